//! Name constraints along a path (RFC 5280 sections 4.2.1.10 and 6.1.3 (b) and (c)).
//!
//! Each issuer's constraints are held against each name below it. A name that is within all of them is
//! within their intersection, which would take cubic time to make. `certval` compares one name with one
//! constraint, but for directory names: it takes the attributes of a part in the order of their DER, which
//! letter case and spaces move.

mod named;
mod outside;
mod subtrees;

use x509_cert::{ext::pkix::SubjectAltName, name::Name};

use self::{named::Named, subtrees::Constraints};
use super::{
    path::Path,
    path_error::{Member, PathError},
};
use crate::certificate::{
    Certificate,
    enforceable::is_enforceable,
    names::{self, alternative_names},
};

/// How many comparisons [`check`] takes at most: names times constraints.
pub(super) fn work(path: &Path<'_>) -> usize {
    let mut above = names::constraints(path.anchor.certificate().parsed()).count();
    let mut work = 0;
    for certificate in path.downwards() {
        let names = 1 + alternative_names(certificate.parsed()).len();
        work += names * above;
        above += names::constraints(certificate.parsed()).count();
    }
    work
}

/// Checks each certificate of a path against the constraints of all above it, the anchor's included.
///
/// Who is self-issued is spared, but for the last (section 6.1.3 (b)): a CA's new key bears its old name.
pub(super) fn check(path: &Path<'_>) -> Result<(), PathError> {
    let mut above = Vec::new();
    above.extend(Constraints::of(path.anchor.certificate()));
    for certificate in path.downwards() {
        let is_last = certificate == path.target;
        let member = || match is_last {
            true => path.target_member(),
            false => Member::issuer(certificate.parsed()),
        };
        if !above.is_empty() && (is_last || !certificate.is_self_issued()) {
            let named = Named::of(certificate);
            for constraints in &above {
                constraints.check(&named).map_err(|fault| PathError::Rule {
                    member: member(),
                    rule: outside::words(&fault, certificate, constraints),
                })?;
            }
        }
        if !is_last && let Some(constraints) = Constraints::of(certificate) {
            if !names::constraints(certificate.parsed()).all(is_enforceable) {
                let rule = "has a name constraint that cannot be enforced".to_owned();
                return Err(PathError::Rule { member: member(), rule });
            }
            above.push(constraints);
        }
    }
    Ok(())
}

/// Whether a client with these names, and any others besides, could pass the constraints of an anchor. What
/// this does not permit, no path permits.
pub(super) fn permit(anchor: &Certificate, subject: &Name, alternative: &SubjectAltName) -> bool {
    Constraints::of(anchor).is_none_or(|constraints| {
        constraints.check(&Named::new(subject, Some(alternative))).is_ok()
    })
}
