//! Headers that cost most of all that were found: nothing in them can be refused before it has been reckoned with.

#![allow(dead_code, reason = "each program uses its own share of this")]
#![allow(clippy::unwrap_used, reason = "it is for tests: what is made here can be made")]

use alb_mtls::pki::{
    Validity,
    rcgen::{
        BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair,
        KeyUsagePurpose, PKCS_ECDSA_P521_SHA512,
    },
};

/// As many as a header may have beside the client's own.
const AUTHORITIES: usize = 15;

/// Authorities of one name with keys that take long to reckon with: each key could have signed for each. The last
/// says that an authority of another name has signed it.
pub(crate) struct Circle {
    issuing: KeyPair,
    authorities: Vec<Vec<u8>>,
    validity: Validity,
}

impl Circle {
    /// One that an anchor of this common name seems to be above.
    pub(crate) fn below(anchor: &str, validity: Validity) -> Self {
        let key = || KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap();
        let keys: Vec<_> = (0..=AUTHORITIES).map(|_| key()).collect();
        let signers = keys.iter().skip(1);
        let authorities = keys.iter().zip(signers).enumerate().map(|(number, (own, signer))| {
            let above = named(if number + 1 == AUTHORITIES { anchor } else { "Circle" }, validity);
            let issuer = Issuer::from_params(&above, signer);
            named("Circle", validity).signed_by(own, &issuer).unwrap().der().to_vec()
        });
        let authorities = authorities.collect();
        Self { issuing: keys.into_iter().next().unwrap(), authorities, validity }
    }

    /// What a client presents whom it has issued a certificate; the number tells it from others.
    pub(crate) fn chain(&self, number: usize) -> Vec<Vec<u8>> {
        let circle = named("Circle", self.validity);
        let issuer = Issuer::from_params(&circle, &self.issuing);
        let mut leaf = named(&format!("stranger-{number}"), self.validity);
        leaf.is_ca = IsCa::NoCa;
        leaf.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        let leaf = leaf.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        [leaf.der().to_vec()].into_iter().chain(self.authorities.iter().cloned()).collect()
    }
}

fn named(name: &str, validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (validity.not_before, validity.not_after);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}
