//! What became of each URL, to be told.

use std::time::{Duration, SystemTime};

use alb_mtls_adapter::trust::crls::manifest::Listed;
use crl_fetcher::report::{Report, Told};
use serde::Serialize;

use crate::command::{remaining, time};

const HOUR: Duration = Duration::from_secs(60 * 60);

/// What `--format json` prints.
#[derive(Debug, Serialize)]
pub(super) struct Fetched {
    /// Whether there is a new manifest.
    pub(super) published: bool,
    /// One for each URL, in their order.
    pub(super) crls: Vec<Outcome>,
}

#[derive(Debug, Serialize)]
pub(super) struct Outcome {
    /// Without its query, which may hold a password.
    pub(super) url: String,
    /// `unchanged`, `replaced`, `kept` or `failed`.
    pub(super) outcome: &'static str,
    /// Why it is not current.
    pub(super) reason: Option<String>,
    /// The CRL that is there now; it may have ended.
    pub(super) crl: Option<Crl>,
}

#[derive(Debug, Serialize)]
pub(super) struct Crl {
    pub(super) sha256: String,
    /// RFC 4514.
    pub(super) issuer: String,
    /// Decimal.
    pub(super) number: Option<String>,
    /// How many certificates it revokes.
    pub(super) entries: u64,
    bytes: u64,
    this_update: String,
    next_update: String,
    /// Whole hours until `nextUpdate`; negative once it is over.
    pub(super) hours_left: Option<i64>,
}

impl Fetched {
    pub(super) fn new(report: &Report, now: SystemTime) -> Self {
        let crls = report.crls.iter().map(|told| Outcome::of(told, now)).collect();
        Self { published: report.published, crls }
    }
}

impl Outcome {
    fn of(told: &Told, now: SystemTime) -> Self {
        Self {
            url: told.url.to_string(),
            outcome: told.outcome.word(),
            reason: told.outcome.reason().map(ToString::to_string),
            crl: told.crl.as_ref().map(|listed| Crl::of(listed, now)),
        }
    }
}

impl Crl {
    fn of(listed: &Listed, now: SystemTime) -> Self {
        let next = time::instant(&listed.next_update).ok();
        let Listed { sha256, issuer, number, entries, bytes, this_update, next_update, .. } =
            listed.clone();
        let hours_left = next.map(|next| remaining::whole(HOUR, now, next));
        Self { sha256, issuer, number, entries, bytes, this_update, next_update, hours_left }
    }
}
