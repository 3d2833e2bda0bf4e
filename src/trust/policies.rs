//! Certificate policies along a path (RFC 5280 sections 6.1.3 (d) to (f), 6.1.4 (a), (b) and (h) to (j), and 6.1.5).

use certval::{
    CertificationPath, CertificationPathResults, ExtensionProcessing, PkiEnvironment,
    policy_graph::check_certificate_policies_graph,
};
use der::oid::db::rfc5912::{ID_CE_POLICY_CONSTRAINTS, ID_CE_POLICY_MAPPINGS};

use super::{
    path::Path,
    path_error::{Member, PathError},
};
use crate::certificate::Certificate;

/// Checks that a path shows a policy, where its anchor or one of its certificates requires one.
pub(super) fn check(path: &Path<'_>) -> Result<(), PathError> {
    if !may_be_refused(path) {
        return Ok(());
    }
    let issuers = path.issuers.iter().rev().map(|issuer| issuer.parsed().clone()).collect();
    let (anchor, target) = (path.anchor.choice().clone(), path.target.parsed().clone());
    let certificates = CertificationPath::new(anchor, issuers, target);
    let mut results = CertificationPathResults::new();
    let (environment, settings) = (PkiEnvironment::new(), path.anchor.settings());
    check_certificate_policies_graph(&environment, settings, &certificates, &mut results)
        .map_err(|error| PathError::of(&error, member(path, results.get_failure_index())))
}

/// Where nothing requires a policy, none can be missing. Beside that a mapping can be wrong by itself.
fn may_be_refused(path: &Path<'_>) -> bool {
    let has =
        |certificate: &Certificate, id| !matches!(certificate.parsed().get_extension(id), Ok(None));
    path.anchor.requires_a_policy()
        || path.downwards().any(|certificate| {
            has(certificate, &ID_CE_POLICY_CONSTRAINTS) || has(certificate, &ID_CE_POLICY_MAPPINGS)
        })
}

/// Whom a failure is about: counted from the anchor, 0, down to the leaf.
fn member(path: &Path<'_>, index: Option<u32>) -> Member {
    let below = index.and_then(|index| usize::try_from(index).ok()?.checked_sub(1));
    match (index, below.and_then(|below| path.downwards().nth(below))) {
        (_, Some(certificate)) => path.member(certificate),
        (Some(0), None) => path.anchor_member(),
        _ => Member::Leaf,
    }
}
