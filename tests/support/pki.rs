//! A small PKI at a fixed date.

use std::time::SystemTime;

use alb_mtls::pki::{Authority, Key, KeyKind, Leaf, Validity};
use alb_mtls_adapter::trust::bundle::{Source, TrustBundle};
use time::{Duration as Days, OffsetDateTime, macros::datetime};

/// The date at which the tests stand.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// A year before and after [`NOW`].
pub(crate) fn valid() -> Validity {
    Validity::starting(NOW - Days::days(365), Days::days(730))
}

/// Over the day before [`NOW`].
pub(crate) fn expired() -> Validity {
    Validity::starting(NOW - Days::days(365), Days::days(364))
}

/// From the day after [`NOW`].
pub(crate) fn not_yet_valid() -> Validity {
    Validity::starting(NOW + Days::days(1), Days::days(365))
}

/// A P-256 key.
pub(crate) fn key() -> Key {
    KeyKind::P256.generate().unwrap()
}

/// The certificate of a client that it issues.
pub(crate) fn client_of(authority: &Authority) -> Leaf {
    authority.leaf("client", valid()).issue().unwrap()
}

/// A root, an intermediate under it, and a client's certificate under that.
pub(crate) struct Pki {
    pub(crate) root: Authority,
    pub(crate) issuing: Authority,
    pub(crate) leaf: Leaf,
}

impl Pki {
    pub(crate) fn new() -> Self {
        let root = Authority::root("Test Root", key(), valid()).unwrap();
        let issuing = root.intermediate("Test Issuing", key(), valid()).unwrap();
        let leaf = issuing.leaf("client-1", valid()).issue().unwrap();
        Self { root, issuing, leaf }
    }

    /// Leaf and intermediate, as a client presents them.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.leaf.der().to_vec(), self.issuing.der().to_vec()]
    }

    pub(crate) fn bundle(&self) -> TrustBundle {
        bundle(&[&self.root])
    }
}

pub(crate) fn bundle(anchors: &[&Authority]) -> TrustBundle {
    trusting(anchors.iter().map(|anchor| anchor.pem()).collect::<String>())
}

/// A trust bundle of one secret, which is called `bundle`.
pub(crate) fn trusting(content: impl Into<Vec<u8>>) -> TrustBundle {
    let source = Source { name: "bundle".to_owned(), content: content.into() };
    TrustBundle::read(&[source], SystemTime::from(NOW)).unwrap()
}
