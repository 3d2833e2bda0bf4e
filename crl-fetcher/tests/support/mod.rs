//! What the tests share: a CA, a web server for its CRLs, and a clock that stands.

#![allow(dead_code, unused_imports, reason = "each program uses its part")]

#[path = "../../../tests/support/emf.rs"]
pub(crate) mod emf;
#[path = "../../../tests/support/lists.rs"]
pub(crate) mod lists;
#[cfg(feature = "real-parts")]
#[path = "../../../tests/support/real_parts/mod.rs"]
pub(crate) mod real_parts;
pub(crate) mod web;

use std::{
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use alb_mtls::pki::{Authority, Key, KeyKind, Leaf, Validity};
use alb_mtls_adapter::trust::bundle::{Source, TrustBundle};
use crl_fetcher::{
    Refresh,
    crl_url::CrlUrl,
    download::Downloader,
    report::{Outcome, Report},
    shelf::{Shelf, ShelfError},
};
use time::{Duration as Days, OffsetDateTime, macros::datetime};

/// The date at which the tests stand.
pub(crate) const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
/// Longer than anything here takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn now() -> SystemTime {
    NOW.into()
}

pub(crate) fn key() -> Key {
    KeyKind::P256.generate().unwrap()
}

/// A year before and after [`NOW`].
pub(crate) fn valid() -> Validity {
    Validity::starting(NOW - Days::days(365), Days::days(730))
}

pub(crate) fn authority(name: &str) -> Authority {
    Authority::root(name, key(), valid()).unwrap()
}

pub(crate) fn client_of(authority: &Authority) -> Leaf {
    authority.leaf("client", valid()).issue().unwrap()
}

pub(crate) fn bundle(authorities: &[&Authority]) -> Arc<TrustBundle> {
    trusting(&authorities.iter().map(|authority| authority.pem()).collect::<String>())
}

pub(crate) fn trusting(content: &str) -> Arc<TrustBundle> {
    let source = Source { name: "bundle".to_owned(), content: content.into() };
    Arc::new(TrustBundle::read(&[source], now()).unwrap())
}

/// One refresh, at [`NOW`].
pub(crate) async fn refresh(
    urls: &[&str],
    bundle: &Arc<TrustBundle>,
    shelf: &impl Shelf,
) -> Result<Report, ShelfError> {
    refresh_at(now(), urls, bundle, shelf).await
}

pub(crate) async fn refresh_at(
    now: SystemTime,
    urls: &[&str],
    bundle: &Arc<TrustBundle>,
    shelf: &impl Shelf,
) -> Result<Report, ShelfError> {
    let urls: Vec<CrlUrl> = urls.iter().map(|url| url.parse().unwrap()).collect();
    let until = Instant::now() + PATIENCE;
    let (bundle, downloader) = (Arc::clone(bundle), Downloader::new().unwrap());
    Refresh { urls: &urls, bundle, downloader, shelf, now, until }.run().await
}

/// What became of each URL, in one word.
pub(crate) fn words(report: &Report) -> Vec<&'static str> {
    report.crls.iter().map(|told| told.outcome.word()).collect()
}

/// Why the only URL that is not current is not.
pub(crate) fn reason(report: &Report) -> String {
    let mut faults = report.faults();
    let (_, reason) = faults.next().unwrap_or_else(|| panic!("{report:?}"));
    assert!(faults.next().is_none(), "{report}");
    reason.to_string()
}

/// The digests of the set that stands.
pub(crate) async fn standing(shelf: &impl Shelf) -> Vec<String> {
    let standing = shelf.standing().await.unwrap();
    let crls = standing.into_iter().flat_map(|standing| standing.manifest.crls);
    crls.map(|crl| crl.sha256).collect()
}
