//! Who the client is, in headers of its own: the setting `IDENTITY_HEADERS`.
//!
//! The names are those that the load balancer itself uses in verify mode, and two more of the same kind.
//! They are managed names whether the setting is on or off: what a client writes under them never travels.

use http::{HeaderName, HeaderValue};
use x509_cert::{ext::pkix::name::GeneralName, name::Name};

use crate::{certificate::identity::general_name, trust::VerifiedClient};

const SHA256: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-sha256");
const SUBJECT: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-subject");
const ISSUER: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-issuer");
const SERIAL: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-serial-number");
const VALIDITY: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-validity");
const ALTERNATIVES: HeaderName = HeaderName::from_static("x-amzn-mtls-clientcert-san");

/// All of them.
pub(super) const NAMES: [HeaderName; 6] = [SHA256, SUBJECT, ISSUER, SERIAL, VALIDITY, ALTERNATIVES];

/// The longest value. One that would be longer is left out: half a name is another name.
const MAX_VALUE: usize = 2048;

/// The headers about a client, in ASCII.
///
/// Not guaranteed: that each is there. One that is too long is left out, and the names of a certificate
/// that has none.
pub(super) fn headers(client: &VerifiedClient) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
    let identity = client.identity();
    let tbs = client.leaf().parsed().decoded().tbs_certificate();
    let names = client.leaf().alternative_names();
    [
        (SHA256, identity.sha256.clone()),
        (SUBJECT, distinguished(tbs.subject())),
        (ISSUER, distinguished(tbs.issuer())),
        (SERIAL, identity.serial.clone()),
        (VALIDITY, format!("NotBefore={};NotAfter={}", identity.not_before, identity.not_after)),
        (ALTERNATIVES, alternative(names)),
    ]
    .into_iter()
    .filter(|(_, text)| !text.is_empty() && text.len() <= MAX_VALUE)
    .filter_map(|(name, text)| Some((name, HeaderValue::try_from(text).ok()?)))
}

/// RFC 4514, with every byte that is not visible ASCII in its hexadecimal form (section 2.4). So is a space
/// at an end of a value: HTTP cuts off what is blank at the ends of a header (RFC 9110 section 5.5), and
/// would make another name of it. A backslash has the same form, so that none is taken for a space's.
fn distinguished(name: &Name) -> String {
    escaped(&name.to_string().replace(r"\\", r"\5C").replace(r"\ ", r"\20"), "")
}

/// Each name after its kind, separated by commas; a comma or backslash in one is escaped as in RFC 4514.
fn alternative(names: &[GeneralName]) -> String {
    let told = |name: &GeneralName| {
        let text = general_name(name);
        let (kind, name) = text.split_at(text.find(':').map_or(0, |colon| colon + 1));
        kind.to_owned() + &escaped(name, ",\\")
    };
    names.iter().map(told).collect::<Vec<_>>().join(",")
}

/// Every byte in its hexadecimal form that is not visible ASCII, or reserved, or a space at an end.
fn escaped(text: &str, reserved: &str) -> String {
    let last = text.len().saturating_sub(1);
    let mut escaped = String::with_capacity(text.len());
    for (at, byte) in text.bytes().enumerate() {
        match char::from(byte) {
            ' ' if at != 0 && at != last => escaped.push(' '),
            char if char.is_ascii_graphic() && !reserved.contains(char) => escaped.push(char),
            _ => escaped.push_str(&format!("\\{byte:02X}")),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use der::asn1::Ia5String;

    use super::*;

    #[test]
    fn whatever_could_end_a_header_or_a_name_is_escaped() {
        let name = Name::from_str("CN=J\u{fc}rgen,O=Example\\, Inc.").unwrap();
        assert_eq!(distinguished(&name), "CN=J\\C3\\BCrgen,O=Example\\, Inc.");
        assert_eq!(escaped("a\r\nb\u{0}", ""), "a\\0D\\0Ab\\00");
    }

    #[test]
    fn space_at_an_end_of_a_name_outlives_readers_that_trim() {
        let told = |name: &str| distinguished(&Name::from_str(name).unwrap());
        for (name, expected) in [
            ("CN=client", "CN=client"),
            ("CN=client\\ ", "CN=client\\20"),
            ("CN=\\ client", "CN=\\20client"),
            ("CN=a\\ ,O=b", "CN=a\\20,O=b"),
            ("O=\\ +CN=a\\ ", "O=\\20+CN=a\\20"),
            ("CN=a b\\\\", "CN=a b\\5C"),
            ("CN=a\\\\ b", "CN=a\\5C b"),
            ("CN=a\\\\\\ ", "CN=a\\5C\\20"),
        ] {
            assert_eq!(told(name), expected, "{name}");
            let again = Name::from_str(expected).unwrap();
            assert_eq!(again, Name::from_str(name).unwrap(), "{expected}");
        }
    }

    #[test]
    fn space_at_an_end_of_an_alternative_name_outlives_readers_that_trim() {
        let email = |text: &str| GeneralName::Rfc822Name(Ia5String::new(text).unwrap());
        let directory = GeneralName::DirectoryName(Name::from_str("CN=a\\ ").unwrap());
        let names = [email("a@b"), email("a@b "), email(" a@b"), email(" "), directory];
        assert_eq!(
            alternative(&names),
            "email:a@b,email:a@b\\20,email:\\20a@b,email:\\20,dirName:CN=a\\5C\\20"
        );
    }

    #[test]
    fn alternative_names_cannot_be_taken_for_two() {
        let uri =
            |text: &str| GeneralName::UniformResourceIdentifier(Ia5String::new(text).unwrap());
        let names = [uri("urn:a,DNS:b"), uri("urn:c\\")];
        assert_eq!(alternative(&names), "URI:urn:a\\2CDNS:b,URI:urn:c\\5C");
    }
}
