//! Mail addresses, as far as name constraints are held against them (RFC 5280 sections 4.2.1.10 and 7.5).

use der::{
    Tag, Tagged,
    asn1::{Ia5String, ObjectIdentifier},
    oid::db::rfc3280::EMAIL_ADDRESS,
};
use x509_cert::name::Name;

use super::names::is_host;

/// A mail address with a local part in Unicode, as an otherName (RFC 9598).
pub(crate) const ON_SMTP_UTF8_MAILBOX: ObjectIdentifier =
    ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.8.9");

/// The addresses that a directory name holds as `emailAddress`; nothing where one of them is no single
/// mailbox.
pub(crate) fn in_name(name: &Name) -> Option<Vec<Ia5String>> {
    let attributes = name.iter_rdn().flat_map(|rdn| rdn.iter());
    let addresses = attributes.filter(|attribute| attribute.oid == EMAIL_ADDRESS);
    let address = addresses.map(|attribute| match attribute.value.tag() {
        Tag::Ia5String | Tag::Utf8String => {
            let text = str::from_utf8(attribute.value.value()).ok()?;
            Ia5String::new(text).ok().filter(|text| is_mailbox(text.as_str()))
        }
        _ => None,
    });
    address.collect()
}

/// Whether text is one address at a host name: a local part of atoms or in quotes (RFC 5321 section 4.1.2),
/// without comments, spaces and escapes.
pub(crate) fn is_mailbox(text: &str) -> bool {
    let in_atom = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte);
    let in_quotes = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\');
    let Some((local, host)) = text.rsplit_once('@') else { return false };
    let is_local = match quoted(local) {
        Some(inner) => inner.bytes().all(in_quotes),
        None => local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(in_atom)),
    };
    is_local && is_host(host)
}

/// Whether a mailbox is within a constraint that excludes: a mailbox, all those of a host, or of all hosts
/// below a domain. Letter case and quotes make no other mailbox here, not even in the local part.
pub(crate) fn is_excluded(mailbox: &str, base: &str) -> bool {
    let Some((local, host)) = mailbox.rsplit_once('@') else { return true };
    let bare = |local| quoted(local).unwrap_or(local);
    match base.rsplit_once('@') {
        Some((base_local, base_host)) => {
            bare(local).eq_ignore_ascii_case(bare(base_local))
                && host.eq_ignore_ascii_case(base_host)
        }
        None if base.starts_with('.') => {
            host.to_ascii_lowercase().ends_with(&base.to_ascii_lowercase())
        }
        None => host.eq_ignore_ascii_case(base),
    }
}

fn quoted(local: &str) -> Option<&str> {
    local.strip_prefix('"')?.strip_suffix('"')
}
