//! Critical extensions (RFC 5280 section 4.2): whoever does not understand one has to refuse.

use certval::PDVCertificate;
use der::{
    asn1::ObjectIdentifier,
    oid::db::rfc5912::{
        ID_CE_BASIC_CONSTRAINTS, ID_CE_CERTIFICATE_POLICIES, ID_CE_CRL_DISTRIBUTION_POINTS,
        ID_CE_EXT_KEY_USAGE, ID_CE_INHIBIT_ANY_POLICY, ID_CE_KEY_USAGE, ID_CE_NAME_CONSTRAINTS,
        ID_CE_POLICY_CONSTRAINTS, ID_CE_POLICY_MAPPINGS, ID_CE_SUBJECT_ALT_NAME,
    },
};
use x509_cert::ext::Extension;

use super::path_error::{Member, PathError};
use crate::certificate::oid;

/// What is kept to, in each certificate of a path and in its anchor: by the steps of the validation, and the
/// distribution points by the lists.
const UNDERSTOOD: [ObjectIdentifier; 10] = [
    ID_CE_BASIC_CONSTRAINTS,
    ID_CE_CERTIFICATE_POLICIES,
    ID_CE_CRL_DISTRIBUTION_POINTS,
    ID_CE_EXT_KEY_USAGE,
    ID_CE_INHIBIT_ANY_POLICY,
    ID_CE_KEY_USAGE,
    ID_CE_NAME_CONSTRAINTS,
    ID_CE_POLICY_CONSTRAINTS,
    ID_CE_POLICY_MAPPINGS,
    ID_CE_SUBJECT_ALT_NAME,
];

/// Refuses a certificate with a critical extension that is not understood. That each can be read, and is there
/// once, was seen to when the certificate was read.
pub(super) fn check(
    certificate: &PDVCertificate,
    member: impl FnOnce() -> Member,
) -> Result<(), PathError> {
    match unknown(certificate) {
        None => Ok(()),
        Some(rule) => Err(PathError::Rule { member: member(), rule }),
    }
}

/// The critical extensions that are not understood, in words; none where there is none.
pub(super) fn unknown(certificate: &PDVCertificate) -> Option<String> {
    let extensions = certificate.decoded().tbs_certificate().extensions();
    let extensions = extensions.map(|it| it.as_slice()).unwrap_or_default();
    let is_unknown = |it: &&Extension| it.critical && !UNDERSTOOD.contains(&it.extn_id);
    extensions.iter().any(|it| is_unknown(&it)).then(|| words(extensions.iter().filter(is_unknown)))
}

fn words<'a>(unknown: impl Iterator<Item = &'a Extension>) -> String {
    // What a line of the log can bear; an identifier has at most some hundred digits.
    const SHOWN: usize = 8;
    let names: Vec<_> = unknown.map(|it| oid::numbers_and_name(&it.extn_id)).collect();
    let mut shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if let Some(more) = names.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        shown.push_str(&format!(" and {more} more"));
    }
    let what = match names.len() {
        1 => "a critical extension that is",
        _ => "critical extensions that are",
    };
    format!("has {what} not understood: {shown} (RFC 5280 section 4.2)")
}

#[cfg(test)]
mod tests {
    use certval::EXTS_OF_INTEREST;

    use super::*;

    #[test]
    fn what_is_understood_is_what_the_validator_reads() {
        assert!(UNDERSTOOD.iter().all(|oid| EXTS_OF_INTEREST.contains(oid)));
    }
}
