//! What is left to chance in an upload, from the operating system.

use formpost::multipart::Boundary;
use rand::TryRng;
use rand::rngs::SysRng;

use super::error::PlanError;

/// A boundary of 140 bits.
pub(super) fn boundary() -> Result<Boundary, PlanError> {
    octets().map(Boundary::from_random)
}

fn octets<const N: usize>() -> Result<[u8; N], PlanError> {
    let mut random = [0; N];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(|error| PlanError::usage(format!("the system has no random numbers: {error}")))?;
    Ok(random)
}
