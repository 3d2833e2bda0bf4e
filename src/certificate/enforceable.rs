//! Name constraints that can be held against names at all (RFC 5280 section 4.2.1.10).

use std::net::Ipv6Addr;

use x509_cert::ext::pkix::{constraints::name::GeneralSubtree, name::GeneralName};

use super::{
    mailbox::is_mailbox,
    names::{is_comparable, is_host},
};

/// Whether names are held against a constraint by what it says. The validator does not hold an empty
/// one against anything, where it means every name, and of an anchor's it takes most as they come.
pub(crate) fn is_enforceable(subtree: &GeneralSubtree) -> bool {
    let by_name = match &subtree.base {
        GeneralName::DnsName(name) => is_host(name.as_str()),
        // What is no mailbox would be equal to none, and permit or exclude nobody.
        GeneralName::Rfc822Name(name) if name.as_str().contains('@') => is_mailbox(name.as_str()),
        GeneralName::Rfc822Name(name) => {
            is_host(name.as_str().strip_prefix('.').unwrap_or(name.as_str()))
        }
        GeneralName::UniformResourceIdentifier(name) => {
            is_host(name.as_str().strip_prefix('.').unwrap_or(name.as_str()))
        }
        GeneralName::DirectoryName(name) => is_comparable(name),
        GeneralName::IpAddress(range) => is_range(range.as_bytes()),
        _ => true,
    };
    by_name && subtree.minimum == 0 && subtree.maximum.is_none()
}

/// An address of version 4 or 6, and a mask without holes. One of version 6 that holds addresses of version 4
/// alone would not be held against these.
fn is_range(bytes: &[u8]) -> bool {
    let (address, mask) = bytes.split_at(bytes.len() / 2);
    let bits = mask.iter().flat_map(|byte| (0..8).rev().map(move |bit| (byte >> bit) & 1));
    let mapped = <[u8; 16]>::try_from(address)
        .is_ok_and(|address| Ipv6Addr::from(address).to_ipv4_mapped().is_some());
    matches!(bytes.len(), 8 | 32)
        && !mapped
        && bits.clone().zip(bits.skip(1)).all(|(bit, next)| bit >= next)
}

#[cfg(test)]
mod tests {
    use der::asn1::Ia5String;

    use super::*;

    fn is_enforced(base: &str) -> bool {
        let base = GeneralName::Rfc822Name(Ia5String::new(base).unwrap());
        is_enforceable(&GeneralSubtree { base, minimum: 0, maximum: None })
    }

    #[test]
    fn constraint_on_mail_addresses_is_a_mailbox_a_host_or_a_domain() {
        for base in ["eve@example.com", "\"e e\"@example.com", "example.com", ".example.com"] {
            assert_eq!(is_enforced(base), !base.contains(' '), "{base}");
        }
        // Equal to no mailbox, it would exclude nobody.
        for base in
            ["@example.com", "a@b@example.com", "\"e\\ve\"@example.com", "a@.example.com", ""]
        {
            assert!(!is_enforced(base), "{base}");
        }
    }
}
