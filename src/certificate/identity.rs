//! Who a certificate speaks of, in words that are fit for a log line or a person.
//!
//! Whatever stands in a certificate is its issuer's text, and a stranger's where nothing has been
//! verified: every part is escaped and bounded.

use serde::Serialize;
use x509_cert::ext::pkix::name::GeneralName;

pub use super::fingerprint::sha256;
pub(crate) use super::names::in_words as name;
use super::{Certificate, fingerprint::hexadecimal};
use crate::printable::{CUT, printable, printable_within, width};

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
        let issuer = certificate.parsed().decoded().tbs_certificate().issuer();
        Self::with_issuer(certificate, name(issuer))
    }

    /// The same, of a certificate whose issuer is at hand: that one's name is in words already, for all that it
    /// issued.
    pub(crate) fn issued_by(certificate: &Certificate, issuer: &Certificate) -> Self {
        let named = certificate.parsed().decoded().tbs_certificate().issuer();
        match issuer.parsed().decoded().tbs_certificate().subject() == named {
            true => Self::with_issuer(certificate, issuer.subject_in_words().to_owned()),
            false => Self::of(certificate),
        }
    }

    fn with_issuer(certificate: &Certificate, issuer: String) -> Self {
        let tbs = certificate.parsed().decoded().tbs_certificate();
        let validity = tbs.validity();
        Self {
            sha256: certificate.sha256().to_owned(),
            subject: certificate.subject_in_words().to_owned(),
            issuer,
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
