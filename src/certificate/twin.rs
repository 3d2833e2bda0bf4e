//! The other certificate that anybody can make of one whose signature is ECDSA's.
//!
//! Where (r, s) is a signature, (r, n - s) is one too, by the same key over the same bytes, and whoever
//! holds the certificate can write it down: n is the order of the curve. Both certificates say the same and
//! are as valid, under two fingerprints.

use certval::DeferDecodeSigned;
use der::{
    Decode, Encode, Sequence, Tag,
    asn1::{Any, BitString, ObjectIdentifier, Uint},
};
use num_bigint::BigUint;

use super::{Certificate, identity};

/// Of P-256, P-384 and P-521 (NIST SP 800-186 section 3.2.1).
const ORDERS: [&str; 3] = [
    "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    "01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
];

/// ecdsa-with-SHA256, -SHA384 and -SHA512 are below it (RFC 5758 section 3.2).
const ECDSA_WITH_SHA2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3");

#[derive(Sequence)]
struct Signature {
    r: Uint,
    s: Uint,
}

/// The SHA-256 of each twin that a certificate could have, on whichever curve its issuer's key is.
pub(crate) fn fingerprints(certificate: &Certificate) -> Vec<String> {
    let twins = ORDERS.iter().filter_map(|order| twin(certificate.der(), order));
    twins.map(|der| identity::sha256(&der)).collect()
}

fn twin(certificate: &[u8], order: &str) -> Option<Vec<u8>> {
    let signed = DeferDecodeSigned::from_der(certificate).ok()?;
    if signed.signature_algorithm.oid.parent() != Some(ECDSA_WITH_SHA2) {
        return None;
    }
    let Signature { r, s } = Signature::from_der(signed.signature.as_bytes()?).ok()?;
    let order = BigUint::parse_bytes(order.as_bytes(), 16)?;
    let s = BigUint::from_bytes_be(s.as_bytes());
    let other = (s < order).then(|| (order - s).to_bytes_be())?;
    let signature = Signature { r, s: Uint::new(&other).ok()? }.to_der().ok()?;
    let mut content = signed.tbs_field;
    signed.signature_algorithm.encode_to_vec(&mut content).ok()?;
    BitString::from_bytes(&signature).ok()?.encode_to_vec(&mut content).ok()?;
    Any::new(Tag::Sequence, content).ok()?.to_der().ok()
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use alb_mtls::pki::{
        Authority, Key, KeyKind, Validity, pem,
        rcgen::{KeyPair, PKCS_ECDSA_P521_SHA512},
    };
    use time::{Duration, OffsetDateTime, macros::datetime};

    use super::*;
    use crate::{
        certificate::PresentedChain,
        trust::{
            self, Revocation,
            bundle::{Source, TrustBundle},
        },
    };

    const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

    #[test]
    fn twin_is_as_valid_and_has_a_fingerprint_of_its_own() {
        let p521 = KeyPair::generate_for(&PKCS_ECDSA_P521_SHA512).unwrap().serialize_pem();
        let keys = [
            KeyKind::P256.generate().unwrap(),
            KeyKind::P384.generate().unwrap(),
            Key::from_pem(&p521).unwrap(),
        ];
        for (key, order) in keys.into_iter().zip(ORDERS) {
            let valid = Validity::starting(NOW, Duration::days(1));
            let root = Authority::root("Root", key, valid).unwrap();
            let leaf = root.leaf("client", valid).issue().unwrap();
            let twin = twin(leaf.der(), order).unwrap();
            assert_ne!(twin, leaf.der());
            let now = SystemTime::from(NOW);
            let sources = [Source { name: "root".to_owned(), content: root.pem().into_bytes() }];
            let bundle = TrustBundle::read(&sources, now).unwrap();
            let chain = PresentedChain::from_pem(pem(&twin).as_bytes()).unwrap();
            let client = trust::verify(&chain, &bundle, Revocation::Off, now).unwrap();
            assert!(fingerprints(client.leaf()).contains(&identity::sha256(leaf.der())), "{order}");
        }
    }

    #[test]
    fn other_signatures_have_no_twin() {
        let valid = Validity::starting(NOW, Duration::days(1));
        for kind in [KeyKind::Rsa2048, KeyKind::Ed25519] {
            let root = Authority::root("Root", kind.generate().unwrap(), valid).unwrap();
            assert!(fingerprints(&Certificate::from_der(root.der()).unwrap()).is_empty());
        }
    }
}
