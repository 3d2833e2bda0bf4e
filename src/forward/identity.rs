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

/// RFC 4514, with every byte that is not visible ASCII in its hexadecimal form (section 2.4).
fn distinguished(name: &Name) -> String {
    escaped(&name.to_string(), "")
}

/// Each name after its kind, separated by commas; a comma or backslash in one is escaped as in RFC 4514.
fn alternative(names: &[GeneralName]) -> String {
    let names: Vec<_> = names.iter().map(|name| escaped(&general_name(name), ",\\")).collect();
    names.join(",")
}

fn escaped(text: &str, reserved: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match char::from(byte) {
            char if (char == ' ' || char.is_ascii_graphic()) && !reserved.contains(char) => {
                escaped.push(char);
            }
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
    fn alternative_names_cannot_be_taken_for_two() {
        let uri =
            |text: &str| GeneralName::UniformResourceIdentifier(Ia5String::new(text).unwrap());
        let names = [uri("urn:a,DNS:b"), uri("urn:c\\")];
        assert_eq!(alternative(&names), "URI:urn:a\\2CDNS:b,URI:urn:c\\5C");
    }
}
