//! Extensions of a list and of its entries, as they stand in its bytes.

use std::collections::HashSet;

use der::{
    Sequence,
    asn1::{ObjectIdentifier, OctetStringRef},
};

use super::limitation::Limitation;

/// An extension (RFC 5280 section 4.2). `x509-cert` has one of its own, which copies what it reads.
#[derive(Sequence)]
pub(super) struct Extension<'a> {
    extn_id: ObjectIdentifier,
    #[asn1(default = "Default::default")]
    critical: bool,
    extn_value: &'a OctetStringRef,
}

/// The content of the first extension of a kind.
pub(super) fn find<'a>(extensions: &[Extension<'a>], oid: ObjectIdentifier) -> Option<&'a [u8]> {
    let found = extensions.iter().find(|extension| extension.extn_id == oid)?;
    Some(found.extn_value.as_bytes())
}

/// Why extensions, of which these are known, keep a list from being used.
pub(super) fn not_understood(
    extensions: &[Extension<'_>],
    known: &[ObjectIdentifier],
) -> Option<Limitation> {
    let mut seen = HashSet::new();
    extensions.iter().find_map(|extension| {
        let oid = extension.extn_id;
        // Most entries have one, and there may be a million of them.
        if extensions.len() > 1 && !seen.insert(oid) {
            return Some(Limitation::ExtensionTwice(oid.to_string()));
        }
        (extension.critical && !known.contains(&oid))
            .then(|| Limitation::CriticalExtension(oid.to_string()))
    })
}
