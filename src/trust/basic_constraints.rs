//! Whether each issuer of a path is a CA, and has no more below it than it may (RFC 5280 section 6.1.4 (k) to (m)).

use certval::{Error, PathValidationStatus, is_self_issued};

use super::{path::Path, path_error::PathError};
use crate::certificate::Certificate;

/// Checks the issuers of a path, from the anchor down.
///
/// Who is self-issued is not counted: a CA's new key bears its old name. Whether two names are one is for `certval` to
/// say, as it does for policies.
pub(super) fn check(path: &Path<'_>) -> Result<(), PathError> {
    let mut room = path.anchor.path_length();
    for issuer in path.issuers.iter().rev().copied() {
        if !is_self_issued(issuer.parsed().decoded()) {
            let left = room.checked_sub(1);
            room =
                left.ok_or_else(|| broken(PathValidationStatus::InvalidPathLength, path, issuer))?;
        }
        if !issuer.is_ca() {
            return Err(broken(PathValidationStatus::InvalidBasicConstraints, path, issuer));
        }
        room = issuer.path_length().map_or(room, |most| room.min(most));
    }
    Ok(())
}

fn broken(rule: PathValidationStatus, path: &Path<'_>, issuer: &Certificate) -> PathError {
    PathError::of(&Error::PathValidation(rule), path.member(issuer))
}
