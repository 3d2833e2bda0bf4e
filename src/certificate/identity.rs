//! Who a certificate speaks of, in words that are fit for a log line or a person.
//!
//! Whatever stands in a certificate is its issuer's text, and a stranger's where nothing has been
//! verified: every part is escaped and bounded.

use aws_lc_rs::digest;
use serde::Serialize;
use x509_cert::{ext::pkix::name::GeneralName, name::Name};

use super::Certificate;

/// The longest text of one name, in bytes as JSON has it; a longer one ends in `…`.
const MAX_NAME: usize = 512;
/// The most subject alternative names that are told, and the bytes that they may have together; where there
/// are more, the last is `…`.
const MAX_SAN: usize = 32;
const MAX_SAN_BYTES: usize = 2048;

/// What identifies a certificate.
///
/// Not guaranteed: that names are unique, or complete where they are longer than a log can bear.
/// Only the SHA-256 stands for the certificate itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Identity {
    /// SHA-256 of the DER, in lower-case hexadecimal.
    pub sha256: String,
    /// RFC 4514.
    pub subject: String,
    /// RFC 4514.
    pub issuer: String,
    /// Upper-case hexadecimal, as the load balancer writes it in verify mode.
    pub serial: String,
    /// RFC 3339, UTC.
    pub not_before: String,
    /// RFC 3339, UTC.
    pub not_after: String,
    /// Subject alternative names, each after its kind: `DNS:`, `URI:`, `email:`, `IP:`, `dirName:`.
    pub san: Vec<String>,
}

impl Identity {
    /// Reads a certificate's identity. Nothing is verified by it.
    pub fn of(certificate: &Certificate) -> Self {
        let tbs = certificate.parsed().decoded().tbs_certificate();
        let validity = tbs.validity();
        Self {
            sha256: sha256(certificate.der()),
            subject: name(tbs.subject()),
            issuer: name(tbs.issuer()),
            serial: serial(tbs.serial_number().as_bytes()),
            not_before: validity.not_before.to_date_time().to_string(),
            not_after: validity.not_after.to_date_time().to_string(),
            san: alternatives(certificate.alternative_names()),
        }
    }
}

fn alternatives(names: &[GeneralName]) -> Vec<String> {
    // Two quotes and a comma.
    const AROUND: usize = 3;
    let mut room = MAX_SAN_BYTES;
    let mut told: Vec<_> = names
        .iter()
        .take(MAX_SAN)
        .map(|name| printable(&general_name(name)))
        .take_while(|name| {
            let left = room.checked_sub(name.chars().map(width).sum::<usize>() + AROUND);
            room = left.unwrap_or_default();
            left.is_some()
        })
        .collect();
    if told.len() < names.len() {
        told.push(CUT.to_string());
    }
    told
}

/// SHA-256 in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    hexadecimal(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// A name as RFC 4514 writes it, escaped and bounded.
pub(crate) fn name(name: &Name) -> String {
    printable(&name.to_string())
}

/// What stands for all that is not shown.
const CUT: char = '…';

/// Text of a stranger's with its control characters escaped, cut where it grows too long.
pub(crate) fn printable(text: &str) -> String {
    printable_within(MAX_NAME, text)
}

/// The same, cut where it would have more than `most` bytes in JSON.
pub(crate) fn printable_within(most: usize, text: &str) -> String {
    let is_plain =
        |byte: u8| byte == b' ' || (byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    // Nearly every path and name, and each request has some.
    if text.len() <= most && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut room = most;
    for char in text.chars() {
        let escaped = match char.is_control() || is_invisible(char) {
            true => char.escape_unicode().to_string(),
            false => char.to_string(),
        };
        match room.checked_sub(escaped.chars().map(width).sum()) {
            Some(left) => room = left,
            None => {
                shown.push(CUT);
                break;
            }
        }
        shown.push_str(&escaped);
    }
    shown
}

/// The first few of what there may be many of, after each other; the others are not even asked for.
pub(crate) fn some(items: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 3;
    let count = items.len();
    let shown = items.take(SHOWN).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(SHOWN) {
        0 if count == 0 => "none".to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The bytes of a character in JSON, control characters aside.
fn width(char: char) -> usize {
    char.len_utf8() + usize::from(matches!(char, '"' | '\\'))
}

/// Characters that rearrange or break the text around them: line and paragraph separators, and marks
/// of direction.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn serial(bytes: &[u8]) -> String {
    // At most 20 bytes are allowed (RFC 5280 section 4.1.2.2), and more are found.
    const SHOWN: usize = 40;
    let significant = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    let mut shown = hexadecimal(significant.get(..SHOWN).unwrap_or(significant)).to_uppercase();
    if significant.len() > SHOWN {
        shown.push('…');
    }
    shown
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A name after its kind, as a log can bear it: escaped, and cut where it is long.
pub(crate) fn shown(name: &GeneralName) -> String {
    const LONGEST: usize = 200;
    printable_within(LONGEST, &general_name(name))
}

/// A name after its kind, as it stands in the certificate.
pub(crate) fn general_name(name: &GeneralName) -> String {
    match name {
        GeneralName::DnsName(name) => format!("DNS:{}", name.as_str()),
        GeneralName::UniformResourceIdentifier(uri) => format!("URI:{}", uri.as_str()),
        GeneralName::Rfc822Name(mailbox) => format!("email:{}", mailbox.as_str()),
        GeneralName::DirectoryName(name) => format!("dirName:{name}"),
        GeneralName::IpAddress(octets) => ip_address(octets.as_bytes()),
        GeneralName::RegisteredId(oid) => format!("RID:{oid}"),
        _ => "otherName".to_owned(),
    }
}

pub(crate) fn ip_address(octets: &[u8]) -> String {
    use std::net::{Ipv4Addr, Ipv6Addr};
    if let Ok(octets) = <[u8; 4]>::try_from(octets) {
        return format!("IP:{}", Ipv4Addr::from(octets));
    }
    match <[u8; 16]>::try_from(octets) {
        Ok(octets) => format!("IP:{}", Ipv6Addr::from(octets)),
        Err(_) => format!("IP:#{}", hexadecimal(octets)),
    }
}
