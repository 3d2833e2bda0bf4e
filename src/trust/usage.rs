//! What a certificate says that it may be used for: key usage and extended key usage (RFC 5280 sections 4.2.1.3
//! and 4.2.1.12).

use certval::{ExtensionProcessing, PDVCertificate, PDVExtension};
use der::{
    asn1::ObjectIdentifier,
    oid::db::{
        rfc5280::ANY_EXTENDED_KEY_USAGE,
        rfc5912::{ID_CE_EXT_KEY_USAGE, ID_KP_CLIENT_AUTH},
    },
};
use x509_cert::ext::pkix::KeyUsage;

use crate::certificate::{Certificate, key_usage};

/// Whether key usage, where it is there, leaves room for the signing of certificates.
pub(super) fn may_sign_certificates(certificate: &PDVCertificate) -> bool {
    key_usage(certificate).is_none_or(KeyUsage::key_cert_sign)
}

/// Whether key usage leaves room for the signing of revocation lists. Who is no CA has to say so.
pub(super) fn may_sign_lists(certificate: &Certificate) -> bool {
    key_usage(certificate.parsed()).map_or(certificate.is_ca(), KeyUsage::crl_sign)
}

/// Whether extended key usage leaves room for client authentication.
pub(super) fn extended(certificate: &impl ExtensionProcessing) -> bool {
    names_usage(certificate, &[ID_KP_CLIENT_AUTH, ANY_EXTENDED_KEY_USAGE])
}

/// Whether extended key usage, where it is there, has one of these.
pub(super) fn names_usage(
    certificate: &impl ExtensionProcessing,
    wanted: &[ObjectIdentifier],
) -> bool {
    match certificate.get_extension(&ID_CE_EXT_KEY_USAGE) {
        Ok(Some(PDVExtension::ExtendedKeyUsage(usages))) => {
            usages.0.iter().any(|usage| wanted.contains(usage))
        }
        _ => true,
    }
}
