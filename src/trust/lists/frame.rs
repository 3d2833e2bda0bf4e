//! A list but for its entries (RFC 5280 section 5.1).

use std::time::SystemTime;

use bytes::Bytes;
use der::{
    Decode, DecodeValue, Reader, Sequence, SliceReader,
    asn1::{AnyRef, BitString, SequenceRef, Uint},
    oid::{
        ObjectIdentifier,
        db::rfc5912::{
            ID_CE_AUTHORITY_KEY_IDENTIFIER, ID_CE_CRL_NUMBER, ID_CE_DELTA_CRL_INDICATOR,
            ID_CE_ISSUER_ALT_NAME, ID_CE_ISSUING_DISTRIBUTION_POINT,
        },
    },
};
use spki::AlgorithmIdentifierOwned;
use x509_cert::{certificate::Version, name::Name, time::Time};

use super::{
    extension::{Extension, find, not_understood},
    fault::ListFault,
    limitation::Limitation,
    number::CrlNumber,
    scope::Scope,
};

/// The longest that are read, in bytes: what they are made of takes many times as much, and nobody has signed it yet.
const LONGEST_ISSUER: usize = 8 * 1024;
const LONGEST_EXTENSIONS: usize = 64 * 1024;

/// What stands around the entries.
pub(super) struct Frame {
    pub(super) issuer: Name,
    pub(super) this_update: SystemTime,
    pub(super) next_update: Option<SystemTime>,
    pub(super) number: Option<CrlNumber>,
    /// Of a delta list: the number of the complete list that it continues.
    pub(super) base: Option<CrlNumber>,
    pub(super) scope: Scope,
    /// The content of its authority key identifier.
    pub(super) key_identifier: Option<Vec<u8>>,
    /// The signed part, with its tag and length: the list's own bytes, and no copy.
    pub(super) signed: Bytes,
    pub(super) algorithm: AlgorithmIdentifierOwned,
    pub(super) signature: BitString,
    is_v2: bool,
    is_extended: bool,
    limitation: Option<Limitation>,
}

impl Frame {
    /// Reads a DER list, with nothing after it, up to its entries: these come one after the other, unread.
    pub(super) fn read(der: &Bytes) -> Result<(Self, Bytes), ListFault> {
        let mut reader = SliceReader::new(der)?;
        let (signed, algorithm, signature) = reader.sequence(|list| {
            Ok::<_, der::Error>((list.tlv_bytes()?, list.decode()?, list.decode()?))
        })?;
        reader.finish()?;
        let tbs = TbsCertList::from_der(signed)?;
        let issuer: Name = within(LONGEST_ISSUER, "issuer", &tbs.issuer)?.decode_as()?;
        let extensions: Vec<Extension<'_>> = match &tbs.crl_extensions {
            Some(extensions) => {
                within(LONGEST_EXTENSIONS, "crlExtensions", extensions)?.decode_as()?
            }
            None => Vec::new(),
        };
        let scope = match find(&extensions, ID_CE_ISSUING_DISTRIBUTION_POINT) {
            Some(point) => Scope::read(point, &issuer)?,
            None => Scope::default(),
        };
        let number = |oid| find(&extensions, oid).map(Uint::from_der).transpose();
        let frame = Self {
            number: number(ID_CE_CRL_NUMBER)?.map(CrlNumber),
            base: number(ID_CE_DELTA_CRL_INDICATOR)?.map(CrlNumber),
            limitation: tbs.limitation(&extensions, &algorithm, &scope),
            scope,
            key_identifier: find(&extensions, ID_CE_AUTHORITY_KEY_IDENTIFIER).map(<[u8]>::to_vec),
            this_update: tbs.this_update.to_system_time(),
            next_update: tbs.next_update.map(|time| time.to_system_time()),
            is_v2: tbs.version == Some(Version::V2),
            is_extended: tbs.crl_extensions.is_some(),
            issuer,
            signed: der.slice_ref(signed),
            algorithm,
            signature,
        };
        let entries = tbs.revoked_certificates.map(SequenceRef::as_bytes).unwrap_or_default();
        Ok((frame, der.slice_ref(entries)))
    }

    /// Why the list answers for nobody, whatever its entries say, if it does not.
    pub(super) fn limitation(&self, entries_are_extended: bool) -> Option<Limitation> {
        match &self.limitation {
            Some(Limitation::Signature) => Some(Limitation::Signature),
            _ if !self.is_v2 && (self.is_extended || entries_are_extended) => {
                Some(Limitation::Version)
            }
            other => other.clone(),
        }
    }
}

/// A part, unless it is too long.
fn within<'a>(most: usize, what: &'static str, part: &AnyRef<'a>) -> Result<AnyRef<'a>, ListFault> {
    match part.value().len() {
        bytes if bytes > most => Err(ListFault::TooLong { what, bytes, most }),
        _ => Ok(*part),
    }
}

/// The signed part (RFC 5280 section 5.1.2). `x509-cert` has one of its own, which cannot read a list of version 1.
#[derive(DecodeValue)]
struct TbsCertList<'a> {
    #[asn1(optional = "true")]
    version: Option<Version>,
    signature: AlgorithmIdentifierOwned,
    issuer: AnyRef<'a>,
    this_update: Time,
    #[asn1(optional = "true")]
    next_update: Option<Time>,
    #[asn1(optional = "true")]
    revoked_certificates: Option<&'a SequenceRef>,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT", optional = "true")]
    crl_extensions: Option<AnyRef<'a>>,
}

impl<'a> Sequence<'a> for TbsCertList<'a> {}

impl TbsCertList<'_> {
    /// Why it answers for nobody, whatever its entries and its version are.
    fn limitation(
        &self,
        extensions: &[Extension<'_>],
        algorithm: &AlgorithmIdentifierOwned,
        scope: &Scope,
    ) -> Option<Limitation> {
        const UNDERSTOOD: [ObjectIdentifier; 5] = [
            ID_CE_AUTHORITY_KEY_IDENTIFIER,
            ID_CE_CRL_NUMBER,
            ID_CE_DELTA_CRL_INDICATOR,
            ID_CE_ISSUER_ALT_NAME,
            ID_CE_ISSUING_DISTRIBUTION_POINT,
        ];
        if self.signature != *algorithm {
            return Some(Limitation::Signature);
        }
        let is_delta = find(extensions, ID_CE_DELTA_CRL_INDICATOR).is_some();
        if is_delta && find(extensions, ID_CE_CRL_NUMBER).is_none() {
            return Some(Limitation::DeltaWithoutNumber);
        }
        if self.next_update.is_none() {
            return Some(Limitation::NoNextUpdate);
        }
        scope.limitation().or_else(|| not_understood(extensions, &UNDERSTOOD))
    }
}
