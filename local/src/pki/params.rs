use rcgen::{CertificateParams, DistinguishedName, DnType, SerialNumber};

use super::error::PkiError;
use super::validity::Validity;
use crate::random;

/// What every certificate starts from: a name, dates, and a serial number of its own.
pub(super) fn named(common_name: &str, validity: Validity) -> Result<CertificateParams, PkiError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.not_before = validity.not_before;
    params.not_after = validity.not_after;
    params.serial_number = Some(serial()?);
    Ok(params)
}

/// 16 random bytes, positive and never zero in front, so within the 20 of RFC 5280 section 4.1.2.2.
fn serial() -> Result<SerialNumber, PkiError> {
    let random = u128::from_be_bytes(random::bytes()?);
    let positive = random & !(1 << 127) | (1 << 126);
    Ok(SerialNumber::from_slice(&positive.to_be_bytes()))
}
