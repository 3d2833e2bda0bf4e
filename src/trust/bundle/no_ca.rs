//! Certificates that are meant as CAs and do not say so: they stand for one client alone.
//!
//! A root of X.509 version 1, or one that `keytool -genkeypair` made, looks like the self-signed certificate of
//! a client. What it has signed tells it, or what its key is for, or what it is called.

use std::fmt;

use certval::ExtensionProcessing;
use der::{
    asn1::ObjectIdentifier,
    oid::db::rfc5912::{ID_CE_BASIC_CONSTRAINTS, ID_CE_EXT_KEY_USAGE},
};
use x509_cert::certificate::Version;

use crate::{
    certificate::{Certificate, identity, key_usage},
    trust::{
        contents::{Entry, Item},
        signature::signed_by,
        usage::may_sign_certificates,
    },
};

/// What is to be said about a pin that seems to be a CA's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MistakenCa {
    why: &'static str,
    /// Whether the bundle says itself that it is a client's.
    is_said: bool,
}

impl fmt::Display for MistakenCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = self.why;
        write!(
            f,
            "it is no CA: {why} (RFC 5280 section 4.2.1.9); it is trusted as this one client alone, and whom it \
             has issued is refused. If it is a CA, have it issued anew with CA:TRUE"
        )?;
        match self.is_said {
            true => Ok(()),
            false => f.write_str("; if it is a client's, put it under \"pinned\" in a document"),
        }
    }
}

impl Entry {
    /// What is to be said, where it is a pin that seems to be a CA's. Of another pin nothing is said.
    pub fn mistaken_ca(&self, among: &[Self]) -> Option<MistakenCa> {
        let Item::Pinned(certificate) = &self.item else { return None };
        let why = why_no_ca(certificate)?;
        let is_said = self.place.key.is_some();
        let seems = key_usage(certificate.parsed()).is_some_and(|usage| usage.key_cert_sign())
            || has_issued(certificate, among)
            || (!is_said && is_called_a_ca(certificate));
        seems.then_some(MistakenCa { why, is_said })
    }
}

/// Why a certificate may issue nothing; none where it may.
pub(in crate::trust) fn why_no_ca(certificate: &Certificate) -> Option<&'static str> {
    let parsed = certificate.parsed();
    match (certificate.is_ca(), parsed.decoded().tbs_certificate().version()) {
        (true, _) if may_sign_certificates(parsed) => None,
        (true, _) => Some("its key usage lacks keyCertSign"),
        (false, Version::V1) => Some("it is of X.509 version 1, which has no basic constraints"),
        (false, _) if has(certificate, &ID_CE_BASIC_CONSTRAINTS) => {
            Some("its basic constraints say CA:FALSE")
        }
        (false, _) => Some("it has no basic constraints"),
    }
}

fn has(certificate: &Certificate, id: &ObjectIdentifier) -> bool {
    matches!(certificate.parsed().get_extension(id), Ok(Some(_)))
}

/// Whether it has signed another certificate of the bundle. A self-signed client's that was renewed with its
/// old key is none.
fn has_issued(certificate: &Certificate, among: &[Entry]) -> bool {
    let others = among.iter().filter_map(|entry| match &entry.item {
        Item::Anchor(other) | Item::Pinned(other) | Item::Intermediate(other) => Some(other),
        Item::List(_) => None,
    });
    let mut issued = others.filter(|other| {
        !other.is_self_issued() && other.folded_issuer() == certificate.folded_subject()
    });
    issued.any(|other| signed_by(other, certificate))
}

/// Whether it is self-signed, is called as CAs are, and does not say that it is for clients.
fn is_called_a_ca(certificate: &Certificate) -> bool {
    let name = identity::name(certificate.parsed().decoded().tbs_certificate().subject());
    let words = || name.split(|letter: char| !letter.is_alphanumeric());
    let known = ["ca", "root", "authority", "issuing", "rootca", "subca"];
    let is_known = |word: &str| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    certificate.is_self_issued()
        && !has(certificate, &ID_CE_EXT_KEY_USAGE)
        && words().any(|word| is_known(word) || word.ends_with("CA"))
}
