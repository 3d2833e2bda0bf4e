//! Whether two parsers read the same in a certificate, and all of it.

use std::collections::HashSet;

use certval::{EXTS_OF_INTEREST, ExtensionProcessing, PDVCertificate};
use der::{
    Encode,
    asn1::ObjectIdentifier,
    oid::db::rfc5912::{
        ID_CE_CRL_REASONS, ID_CE_FRESHEST_CRL, ID_CE_ISSUING_DISTRIBUTION_POINT, ID_QT_CPS,
        ID_QT_UNOTICE,
    },
};
use x509_parser::prelude::{CertificatePolicies, ParsedExtension, X509Certificate, X509Version};

use super::der_fault::DerFault;

/// Extensions that cannot be read, or that their version does not have.
pub(super) fn refuse_unreadable_extensions(
    certificate: &X509Certificate<'_>,
) -> Result<(), DerFault> {
    if certificate.version() != X509Version::V3 && !certificate.extensions().is_empty() {
        return Err(DerFault::Version(certificate.version().0.saturating_add(1)));
    }
    for extension in certificate.extensions() {
        match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } => {
                return Err(DerFault::Extension(extension.oid.to_id_string()));
            }
            ParsedExtension::CertificatePolicies(policies) if extension.critical => {
                refuse_unknown_qualifiers(policies)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Who marks policies as critical wants their qualifiers understood (RFC 5280 section 4.2.1.4).
fn refuse_unknown_qualifiers(policies: &CertificatePolicies<'_>) -> Result<(), DerFault> {
    let qualifiers =
        policies.iter().filter_map(|policy| policy.policy_qualifiers.as_ref()).flatten();
    for qualifier in qualifiers {
        let id = qualifier.policy_qualifier_id.to_id_string();
        if id != ID_QT_CPS.to_string() && id != ID_QT_UNOTICE.to_string() {
            return Err(DerFault::Qualifier(id));
        }
    }
    Ok(())
}

/// Who is who is read once by the validator, and once by whoever reads the certificate after it: two
/// parsers that disagree are how one certificate passes for another.
pub(super) fn refuse_two_readings(
    first: &PDVCertificate,
    second: &X509Certificate<'_>,
) -> Result<(), DerFault> {
    let tbs = first.decoded().tbs_certificate();
    let same = |der: der::Result<Vec<u8>>, raw: &[u8]| der.is_ok_and(|der| der == raw);
    let fields = [
        ("subject", same(tbs.subject().to_der(), second.subject().as_raw())),
        ("issuer", same(tbs.issuer().to_der(), second.issuer().as_raw())),
        ("serial number", tbs.serial_number().as_bytes() == second.raw_serial()),
        ("key", same(tbs.subject_public_key_info().to_der(), second.public_key().raw)),
    ];
    match fields.iter().find(|(_, same)| !same) {
        None => Ok(()),
        Some((field, _)) => Err(DerFault::Ambiguous(field)),
    }
}

/// Extensions about lists of revoked certificates, which the validator keeps as they are.
const NEVER_DECODED: [ObjectIdentifier; 3] =
    [ID_CE_FRESHEST_CRL, ID_CE_CRL_REASONS, ID_CE_ISSUING_DISTRIBUTION_POINT];

/// The validator takes an extension that it cannot decode for absent, and of two alike the first:
/// a limit set in either way would be lost (RFC 5280 section 4.2 allows one of each).
pub(super) fn refuse_ignored_extensions(certificate: &PDVCertificate) -> Result<(), DerFault> {
    let Some(extensions) = certificate.decoded().tbs_certificate().extensions() else {
        return Ok(());
    };
    let mut seen = HashSet::with_capacity(extensions.len());
    for extension in extensions {
        let oid = extension.extn_id;
        if !seen.insert(oid) {
            return Err(DerFault::ExtensionTwice(oid.to_string()));
        }
        let decoded = certificate.get_extension(&oid).ok().flatten().is_some();
        if EXTS_OF_INTEREST.contains(&oid) && !NEVER_DECODED.contains(&oid) && !decoded {
            return Err(DerFault::Extension(oid.to_string()));
        }
    }
    Ok(())
}
