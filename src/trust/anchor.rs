//! A CA certificate that paths may end in.

use std::fmt;

use certval::{
    CertificationPathSettings, Error, ExtensionProcessing, ObjectIdentifierSet, PDVExtension,
    PDVTrustAnchorChoice, enforce_trust_anchor_constraints,
};
use der::{
    Decode, Encode, Tag, TagNumber, Tagged,
    asn1::Any,
    oid::db::{rfc5280::ANY_POLICY, rfc5912::ID_CE_POLICY_MAPPINGS},
};
use x509_cert::ext::{Extensions, pkix::PolicyMappings};

use super::{critical, path_error};
use crate::certificate::Certificate;

/// A CA certificate that is trusted as it is. Its own dates and limits bind (RFC 5937), and its critical
/// extensions are understood.
pub struct Anchor {
    certificate: Certificate,
    choice: PDVTrustAnchorChoice,
    settings: CertificationPathSettings,
    path_length: u8,
    requires_a_policy: bool,
}

impl Anchor {
    pub(super) fn new(certificate: Certificate) -> Result<Self, Unenforceable> {
        if let Some(unknown) = critical::unknown_to_anchor(certificate.parsed()) {
            return Err(Unenforceable(unknown));
        }
        let unreadable = |error| Unenforceable(format!("cannot be read as an anchor: {error}"));
        let choice = PDVTrustAnchorChoice::try_from(certificate.der()).map_err(unreadable)?;
        let mut limits = enforce_trust_anchor_constraints(&settings(), &choice);
        if limits == Err(Error::Unrecognized) {
            let uncritical = uncritical(certificate.der())
                .and_then(|der| PDVTrustAnchorChoice::try_from(der.as_slice()))
                .map_err(unreadable)?;
            limits = enforce_trust_anchor_constraints(&settings(), &uncritical);
        }
        let mut settings = limits.map_err(|error| Unenforceable(path_error::words(&error)))?;
        if has_critical_mappings(&certificate)
            && let Ok(Some(PDVExtension::PolicyMappings(mappings))) =
                certificate.parsed().get_extension(&ID_CE_POLICY_MAPPINGS)
        {
            map_policies(&mut settings, mappings)?;
        }
        let path_length = settings.get_initial_path_length_constraint();
        let requires_a_policy = settings.get_initial_explicit_policy_indicator();
        Ok(Self { certificate, choice, settings, path_length, requires_a_policy })
    }

    /// The certificate.
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    pub(super) fn choice(&self) -> &PDVTrustAnchorChoice {
        &self.choice
    }

    /// How many issuers that are not self-issued may be below it.
    pub(super) fn path_length(&self) -> u8 {
        self.path_length
    }

    /// Whether every path to it has to show a policy.
    pub(super) fn requires_a_policy(&self) -> bool {
        self.requires_a_policy
    }

    /// How policies of paths to this anchor are judged: its own limits are in it.
    pub(super) fn settings(&self) -> &CertificationPathSettings {
        &self.settings
    }
}

/// Why the limits of a CA certificate cannot be kept to: what is wrong with it, in words.
#[derive(Debug)]
pub(super) struct Unenforceable(pub(super) String);

/// How every path is judged, before the limits of an anchor and the time are added.
fn settings() -> CertificationPathSettings {
    let mut settings = CertificationPathSettings::new();
    settings.set_enforce_trust_anchor_constraints(true);
    settings.set_enforce_trust_anchor_validity(true);
    settings
}

/// The certificate with no extension marked as critical: the validator, which reads the limits of an anchor,
/// understands fewer than are kept to here.
fn uncritical(certificate: &[u8]) -> der::Result<Vec<u8>> {
    const EXTENSIONS: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(3) };
    let mut certificate = Vec::<Any>::from_der(certificate)?;
    let Some(signed) = certificate.first_mut() else {
        return Err(Tag::Sequence.value_error().into());
    };
    let mut fields: Vec<Any> = signed.decode_as()?;
    for field in fields.iter_mut().filter(|field| field.tag() == EXTENSIONS) {
        let mut extensions = Extensions::from_der(field.value())?;
        extensions.iter_mut().for_each(|extension| extension.critical = false);
        *field = Any::new(EXTENSIONS, extensions.to_der()?)?;
    }
    *signed = Any::encode_from(&fields)?;
    certificate.to_der()
}

/// Whether policy mappings have to be kept to. No standard has an anchor's applied (RFC 5937 section 3.2), so those that
/// may be passed over are.
fn has_critical_mappings(certificate: &Certificate) -> bool {
    let extensions = certificate.parsed().decoded().tbs_certificate().extensions();
    let mut extensions = extensions.into_iter().flat_map(|it| it.iter());
    extensions.any(|it| it.extn_id == ID_CE_POLICY_MAPPINGS && it.critical)
}

/// The policies that a path has to show one of, by the names that the anchor's subjects know them by: what
/// RFC 5280 section 6.1.4 (a) and (b) make of the mappings of an intermediate. Where the anchor names no
/// policies, or any, a mapping changes nothing.
fn map_policies(
    settings: &mut CertificationPathSettings,
    mappings: &PolicyMappings,
) -> Result<(), Unenforceable> {
    let of_any = |oid| oid == ANY_POLICY;
    if mappings
        .0
        .iter()
        .any(|it| of_any(it.issuer_domain_policy) || of_any(it.subject_domain_policy))
    {
        let reason = "maps anyPolicy (RFC 5280 section 6.1.4 (a))".to_owned();
        return Err(Unenforceable(reason));
    }
    let own = settings.get_initial_policy_set_as_oid_set();
    let mapped = |policy| mappings.0.iter().any(|it| it.issuer_domain_policy == policy);
    let mut below: ObjectIdentifierSet =
        own.iter().copied().filter(|policy| !mapped(*policy)).collect();
    let theirs = mappings.0.iter().filter(|it| own.contains(&it.issuer_domain_policy));
    below.extend(theirs.map(|it| it.subject_domain_policy));
    settings.set_initial_policy_set_from_oid_set(below);
    Ok(())
}

impl fmt::Debug for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Anchor({})", self.certificate.sha256())
    }
}
