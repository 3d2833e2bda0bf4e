use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use alb_mtls::pki::{
    Authority, Key, KeyKind, Leaf, Validity, chain_pem, pem,
    rcgen::{
        CertificateParams, CertificateRevocationListParams, DnType, Issuer, KeyIdMethod, KeyPair,
        RevokedCertParams, SerialNumber,
    },
};
use alb_mtls_adapter::{
    certificate::PresentedChain,
    trust::{
        self, PathError, Revocation, VerifiedClient,
        bundle::{Contents, Item, Source, TrustBundle},
        revocation::RevocationList,
    },
};
use time::{Duration, OffsetDateTime, macros::datetime};

use crate::made;

/// The name of the secret with the trust bundle.
pub(crate) const BUNDLE_NAME: &str = "bundle";

/// The date at which everything here stands.
const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// A root and an intermediate under it that issues the clients, with a key of the same kind for all: one key, since
/// that makes no difference to who verifies.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
    key: Key,
}

impl Pki {
    pub(crate) fn of(kind: KeyKind) -> Self {
        let key = key(kind);
        let root = made(Authority::root("Example Root", key.clone(), valid()));
        let issuing = made(root.intermediate("Example Issuing", key.clone(), valid()));
        Self { root, issuing, key }
    }

    /// A client that nobody has seen.
    pub(crate) fn client(&self) -> Leaf {
        made(self.issuing.leaf("client", valid()).key(self.key.clone()).issue())
    }

    /// The key of them all, as PEM.
    pub(crate) fn key_pem(&self) -> String {
        self.key.pem()
    }

    /// So many certificates, as DER: of a client that nobody has seen, of the intermediate, of the root.
    pub(crate) fn presented(&self, certificates: usize) -> Vec<Vec<u8>> {
        let chain = [self.client().der(), self.issuing.der(), self.root.der()].map(<[u8]>::to_vec);
        chain.into_iter().take(certificates).collect()
    }

    /// A client that nobody has seen, with its intermediate, as read from a header.
    pub(crate) fn chain(&self) -> PresentedChain {
        let pem = chain_pem(self.presented(2).iter().map(Vec::as_slice));
        made(PresentedChain::from_pem(pem.as_bytes()))
    }

    /// The root among so many anchors, each of a name of its own.
    pub(crate) fn among_anchors(&self, anchors: usize) -> Source {
        let others = (1..anchors).map(|number| {
            let name = format!("Example Root {number}");
            made(Authority::root(&name, self.key.clone(), valid())).pem()
        });
        source(others.chain([self.root.pem()]).collect())
    }

    /// The root, and the intermediate with its list of so many revoked certificates.
    pub(crate) fn with_list(&self, entries: u32) -> Source {
        let document = serde_json::json!({
            "anchors": self.root.pem(),
            "intermediates": self.issuing.pem(),
            "crls": pem(&self.list(entries)).replace("CERTIFICATE", "X509 CRL"),
        });
        source(document.to_string())
    }

    /// The same, with a list that may be longer than any source.
    pub(crate) fn trusting_list(&self, entries: u32) -> TrustBundle {
        let mut contents = made(Contents::read(&[self.with_list(0)]));
        let list = made(RevocationList::from_der(&self.list(entries)));
        for entry in &mut contents.entries {
            if let Item::List(empty) = &mut entry.item {
                *empty = list.clone();
            }
        }
        made(TrustBundle::new(contents, now()))
    }

    /// The list of the intermediate, as DER. It names no client that there is.
    pub(crate) fn list(&self, entries: u32) -> Vec<u8> {
        let revoked = |number: u32| RevokedCertParams {
            serial_number: SerialNumber::from_slice(&(1 << 126 | u128::from(number)).to_be_bytes()),
            revocation_time: NOW - Duration::DAY,
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: NOW - Duration::DAY,
            next_update: NOW + Duration::WEEK,
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: (0..entries).map(revoked).collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let mut issuer = CertificateParams::default();
        issuer.distinguished_name.push(DnType::CommonName, self.issuing.name());
        let key = made(KeyPair::from_pem(&self.key.pem()));
        made(list.signed_by(&Issuer::new(issuer, key))).der().to_vec()
    }
}

/// The key of a kind: there is one, since RSA of 4096 bits takes seconds to make.
fn key(kind: KeyKind) -> Key {
    static KEYS: Mutex<Vec<(KeyKind, Key)>> = Mutex::new(Vec::new());
    let mut keys = KEYS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, key)) = keys.iter().find(|(known, _)| *known == kind) {
        return key.clone();
    }
    let key = made(kind.generate());
    keys.push((kind, key.clone()));
    key
}

fn valid() -> Validity {
    Validity::around(NOW, Duration::days(365))
}

fn source(content: String) -> Source {
    Source { name: BUNDLE_NAME.to_owned(), content: content.into_bytes() }
}

pub(crate) fn now() -> SystemTime {
    NOW.into()
}

pub(crate) fn bundle(source: &Source) -> TrustBundle {
    made(TrustBundle::read(std::slice::from_ref(source), now()))
}

pub(crate) fn verify(
    chain: &PresentedChain,
    bundle: &TrustBundle,
    revocation: Revocation,
) -> Result<VerifiedClient, PathError> {
    trust::verify(chain, bundle, revocation, now())
}
