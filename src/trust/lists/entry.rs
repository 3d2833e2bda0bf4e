//! One entry of a list.

use der::{
    Decode, Header, Reader, Sequence, SliceReader,
    asn1::IntRef,
    oid::{
        ObjectIdentifier,
        db::rfc5912::{ID_CE_CRL_REASONS, ID_CE_INVALIDITY_DATE},
    },
};
use x509_cert::{ext::pkix::CrlReason, time::Time};

use super::{
    extension::{Extension, find, not_understood},
    limitation::Limitation,
};

/// A revoked certificate (RFC 5280 section 5.1.2.6). `x509-cert` has one of its own, which copies what it reads.
#[derive(Sequence)]
pub(super) struct Entry<'a> {
    serial: IntRef<'a>,
    revocation_date: Time,
    #[asn1(optional = "true")]
    extensions: Option<Vec<Extension<'a>>>,
}

impl<'a> Entry<'a> {
    /// The serial number, as DER has it.
    pub(super) fn serial(&self) -> &'a [u8] {
        self.serial.as_bytes()
    }

    /// Why the certificate was revoked.
    pub(super) fn reason(&self) -> der::Result<CrlReason> {
        match find(self.extensions(), ID_CE_CRL_REASONS) {
            Some(reason) => CrlReason::from_der(reason),
            None => Ok(CrlReason::Unspecified),
        }
    }

    /// Whether it has extensions, be it none of them.
    pub(super) fn is_extended(&self) -> bool {
        self.extensions.is_some()
    }

    /// Why it keeps its list from being used, if it does.
    pub(super) fn limitation(&self) -> Option<Limitation> {
        const UNDERSTOOD: [ObjectIdentifier; 2] = [ID_CE_CRL_REASONS, ID_CE_INVALIDITY_DATE];
        not_understood(self.extensions(), &UNDERSTOOD)
    }

    fn extensions(&self) -> &[Extension<'a>] {
        self.extensions.as_deref().unwrap_or_default()
    }
}

/// The serial number of the entry that bytes begin with. What follows it is not looked at.
pub(super) fn serial_of(der: &[u8]) -> der::Result<&[u8]> {
    let mut reader = SliceReader::new(der)?;
    Header::decode(&mut reader)?;
    Ok(reader.decode::<IntRef<'_>>()?.as_bytes())
}
