//! The one thing in an upload that is left to chance.

use formpost::multipart::Boundary;
use rand::TryRng;
use rand::rngs::SysRng;

use super::error::PlanError;

/// 140 bits from the operating system.
pub(super) fn random_boundary() -> Result<Boundary, PlanError> {
    let mut random = [0; 28];
    SysRng
        .try_fill_bytes(&mut random)
        .map_err(|error| PlanError::usage(format!("the system has no random numbers: {error}")))?;
    Ok(Boundary::from_random(random))
}
