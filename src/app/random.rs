//! What is left to chance, from the operating system.

use formpost::multipart::Boundary;
use rand::TryRng;
use rand::rngs::SysRng;
use thiserror::Error;

use super::uuid;

/// The system has no random numbers.
#[derive(Debug, Error)]
#[error("the system has no random numbers: {0}")]
pub(crate) struct RandomError(String);

/// A boundary of 140 bits.
pub(crate) fn boundary() -> Result<Boundary, RandomError> {
    octets().map(Boundary::from_random)
}

fn octets<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut random = [0; N];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(|error| RandomError(error.to_string()))?;
    Ok(random)
}

/// A nonce of our own for Digest authentication, in hexadecimal.
pub(crate) fn cnonce() -> Result<String, RandomError> {
    octets::<16>().map(|random| format!("{:032x}", u128::from_be_bytes(random)))
}

/// A UUID version 4 (RFC 9562 section 5.4).
pub(crate) fn uuid() -> Result<String, RandomError> {
    octets().map(|random| uuid::of(random, 4))
}

/// 128 bits that tell one journal from all others.
pub(crate) fn journal_id() -> Result<[u8; 16], RandomError> {
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
