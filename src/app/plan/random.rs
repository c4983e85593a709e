//! What is left to chance in an upload, from the operating system.

use formpost::multipart::Boundary;
use rand::TryRng;
use rand::rngs::SysRng;

use super::error::PlanError;
use crate::app::uuid;

/// A boundary of 140 bits.
pub(super) fn boundary() -> Result<Boundary, PlanError> {
    octets().map(Boundary::from_random)
}

fn octets<const N: usize>() -> Result<[u8; N], PlanError> {
    let mut random = [0; N];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(|error| PlanError::Random(error.to_string()))?;
    Ok(random)
}

/// A nonce of our own for Digest authentication, in hexadecimal.
pub(crate) fn cnonce() -> Result<String, PlanError> {
    octets::<16>().map(|random| format!("{:032x}", u128::from_be_bytes(random)))
}

/// A UUID version 4 (RFC 9562 section 5.4).
pub(super) fn uuid() -> Result<String, PlanError> {
    octets().map(|random| uuid::of(random, 4))
}

/// 128 bits that tell one journal from all others.
pub(crate) fn journal_id() -> Result<[u8; 16], PlanError> {
    octets()
}

/// A number from 0 up to, and without, 1: for the waits between attempts. Without randomness it is a half.
pub(crate) fn fraction() -> f64 {
    octets().map_or(0.5, |random| {
        f64::from(u32::from_be_bytes(random)) / (f64::from(u32::MAX) + 1.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_uuid_is_another_one_each_time() {
        assert_ne!(uuid().unwrap(), uuid().unwrap());
    }

    #[test]
    fn a_fraction_is_less_than_one() {
        let fractions: Vec<f64> = (0..100).map(|_| fraction()).collect();
        assert!(
            fractions
                .iter()
                .all(|fraction| (0.0..1.0).contains(fraction))
        );
        assert!(fractions.iter().any(|fraction| *fraction < 0.5));
        assert!(fractions.iter().any(|fraction| *fraction > 0.5));
    }
}
