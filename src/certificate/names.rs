//! The names in a certificate, as far as rules of ours hold for them.
use certval::{ExtensionProcessing, PDVCertificate, PDVExtension};
use der::{
    Tag, Tagged,
    asn1::Any,
    oid::db::rfc5912::{ID_CE_NAME_CONSTRAINTS, ID_CE_SUBJECT_ALT_NAME},
};
use x509_cert::{
    ext::pkix::{NameConstraints, constraints::name::GeneralSubtree, name::GeneralName},
    name::{Name, RelativeDistinguishedName},
};

use crate::printable::printable;

/// The most subject alternative names in one certificate: each is held against each constraint.
const MAX_NAMES: usize = 256;
/// The most constraints on names in one certificate: those of one issuer are intersected with those of
/// the next, in cubic time.
const MAX_CONSTRAINTS: usize = 128;

/// What is wrong with the names of a certificate, if anything.
pub(super) fn fault(certificate: &PDVCertificate) -> Option<&'static str> {
    if alternative_names(certificate).len() > MAX_NAMES {
        return Some("more than 256 subject alternative names");
    }
    (constraints(certificate).count() > MAX_CONSTRAINTS).then_some("more than 128 name constraints")
}

/// The subject alternative names of a certificate (RFC 5280 section 4.2.1.6).
pub(crate) fn alternative_names(certificate: &PDVCertificate) -> &[GeneralName] {
    match certificate.get_extension(&ID_CE_SUBJECT_ALT_NAME) {
        Ok(Some(PDVExtension::SubjectAltName(names))) => &names.0,
        _ => &[],
    }
}

/// The constraints on names that a certificate makes, permitted or excluded.
pub(crate) fn constraints(
    certificate: &impl ExtensionProcessing,
) -> impl Iterator<Item = &GeneralSubtree> {
    name_constraints(certificate).into_iter().flat_map(|constraints| {
        let permitted = constraints.permitted_subtrees.iter().flatten();
        permitted.chain(constraints.excluded_subtrees.iter().flatten())
    })
}

/// The name constraints of a certificate (RFC 5280 section 4.2.1.10).
pub(crate) fn name_constraints(certificate: &impl ExtensionProcessing) -> Option<&NameConstraints> {
    match certificate.get_extension(&ID_CE_NAME_CONSTRAINTS) {
        Ok(Some(PDVExtension::NameConstraints(constraints))) => Some(constraints),
        _ => None,
    }
}

/// Labels of letters, digits, hyphens and underscores, with dots between them.
pub(crate) fn is_host(name: &str) -> bool {
    let in_label = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    name.len() <= 253
        && name.split('.').all(|label| !label.is_empty() && label.bytes().all(in_label))
}

/// `scheme://user@`, the host, and `:port/path?query#fragment` (RFC 3986 section 3). A URI without an
/// authority, as a URN, has no host.
pub(crate) fn around_host(uri: &str) -> (&str, &str, &str) {
    let Some(start) = uri.find("://").map(|colon| colon + 3) else { return (uri, "", "") };
    let (scheme, rest) = uri.split_at(start);
    let (authority, _) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let user = authority.rfind('@').map_or(0, |at| at + 1);
    let (_, host_and_port) = authority.split_at(user);
    let host = match host_and_port.find(']') {
        Some(bracket) => bracket + 1,
        None => host_and_port.find(':').unwrap_or(host_and_port.len()),
    };
    let (before, rest) = uri.split_at(scheme.len() + user);
    let (host, after) = rest.split_at(host);
    (before, host, after)
}

/// Whether a URI has a host, and that a name: constraints are held against nothing else (RFC 5280
/// section 4.2.1.10). A host whose last label is a number is an address to those who read as browsers do.
pub(crate) fn has_host_name(uri: &str) -> bool {
    let (_, host, _) = around_host(uri);
    has_scheme(uri) && is_host(host) && !host.rsplit('.').next().is_some_and(is_number)
}

/// Whether a URI begins with a scheme and an authority (RFC 3986 section 3.1).
fn has_scheme(uri: &str) -> bool {
    let in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    uri.split_once("://").is_some_and(|(scheme, _)| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme.bytes().all(in_scheme)
    })
}

fn is_number(label: &str) -> bool {
    let hexadecimal = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => label.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// Whether every part of a name is a string of a type that is compared by its characters.
pub(crate) fn is_comparable(name: &Name) -> bool {
    let types = [Tag::Utf8String, Tag::PrintableString, Tag::Ia5String];
    name.iter_rdn()
        .flat_map(|rdn| rdn.iter())
        .all(|attribute| types.contains(&attribute.value.tag()))
}

/// A name as RFC 4514 writes it, escaped and bounded.
pub(crate) fn in_words(name: &Name) -> String {
    printable(&name.to_string())
}

/// A name in the form in which two spellings of it are equal: letter case and the amount of white
/// space do not count, nor which of UTF8String, PrintableString and IA5String it is (RFC 5280
/// section 7.1). Other types of string equal only themselves.
pub(crate) fn folded(name: &Name) -> String {
    name.iter_rdn().map(|rdn| fold(rdn, |_| None)).collect()
}

/// One part of a name in that form; a name is its parts, one after the other.
pub(crate) fn folded_rdn(rdn: &RelativeDistinguishedName) -> String {
    fold(rdn, |_| None)
}

/// A name by what it says, in whichever type of string: for rules and lists that people write or a CA
/// makes with other software, and never for who issued whom.
pub(crate) fn folded_text(name: &Name) -> String {
    name.iter_rdn().map(|rdn| fold(rdn, old_text)).collect()
}

fn fold(rdn: &RelativeDistinguishedName, other: fn(&Any) -> Option<String>) -> String {
    let mut attributes: Vec<_> = rdn
        .iter()
        .map(|attribute| {
            let value = comparable_text(&attribute.value).or_else(|| other(&attribute.value));
            match value {
                Some(text) => {
                    let text = text.to_lowercase();
                    let words: Vec<_> = text.split_whitespace().collect();
                    format!("{} {}", attribute.oid, words.join(" "))
                }
                // No text begins with a tab here.
                None => format!("{} \t{:?}", attribute.oid, attribute.value),
            }
        })
        .collect();
    // Its order in DER is that of its bytes, which letter case moves.
    attributes.sort();
    attributes.join("\t") + "\n"
}

fn comparable_text(value: &Any) -> Option<String> {
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => {
            String::from_utf8(value.value().to_vec()).ok()
        }
        _ => None,
    }
}

/// The text of the types of string that RFC 5280 section 4.1.2.4 has for old certificates, and of numbers.
fn old_text(value: &Any) -> Option<String> {
    let bytes = value.value();
    let wide = |size: usize| {
        bytes
            .chunks(size)
            .map(|char| char.iter().fold(0, |code, byte| code << 8 | u32::from(*byte)))
    };
    match value.tag() {
        Tag::BmpString => wide(2).map(char::from_u32).collect(),
        Tag::NumericString | Tag::VisibleString => String::from_utf8(bytes.to_vec()).ok(),
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    fn equal(one: &str, other: &str) -> bool {
        let fold = |text: &str| folded(&Name::from_str(text).unwrap());
        fold(one) == fold(other)
    }

    #[test]
    fn spelling_makes_no_other_name_and_structure_does() {
        assert!(equal("CN=A  client,O=Example", "CN=a Client,O=EXAMPLE"));
        assert!(equal("CN=a+CN=B", "CN=A+CN=b"), "letter case moves them in DER");
        assert!(equal("CN=client+C=DE", "C=DE+CN=client"));
        assert!(!equal("CN=client+C=DE", "C=DE,CN=client"));
        assert!(!equal("CN=client,C=DE", "C=DE,CN=client"));
        assert!(!equal("CN=aclient", "CN=a client"));
        assert!(!equal("2.5.4.3=#1e0400410042", "CN=AB"), "a BMPString");
        assert!(!equal("2.5.4.3=#1e0400410042", "CN=2.5.4.3\\=\\#1e0400410042"));
    }

    #[test]
    fn name_says_the_same_in_any_type_of_string() {
        let text = |name: &str| folded_text(&Name::from_str(name).unwrap());
        for other in ["2.5.4.3=#1e0400410042", "2.5.4.3=#14024142", "CN=ab"] {
            assert_eq!(text(other), text("CN=AB"), "{other}");
        }
        assert_ne!(text("2.5.4.3=#1e0400410043"), text("CN=AB"));
    }

    #[test]
    fn only_the_host_of_a_uri_can_be_a_host_name() {
        for uri in ["https://a.example/b", "spiffe://a.example", "https://u@a.example:1/?c#d"] {
            assert!(has_host_name(uri), "{uri}");
        }
        for uri in
            ["urn:a", "https://", "https:///a", "https://192.0.2.1:443/", "https://[::1]/", "a"]
        {
            assert!(!has_host_name(uri), "{uri}");
        }
    }
}
