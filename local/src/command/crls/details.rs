//! Which CRL it is, what it is about, and how long it lasts.

use std::time::{Duration, SystemTime};

use alb_mtls_adapter::trust::revocation::RevocationList;
use serde::Serialize;

use crate::command::remaining;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The members that a CRL has in `--format json`, and nothing else.
#[derive(Debug, Serialize)]
pub(crate) struct Details {
    /// Decimal.
    number: Option<String>,
    /// Of a delta CRL: the number of the complete one whose changes it has.
    base: Option<String>,
    /// The kind of certificates that it is about: `all`, or the member of its extension that limits them.
    scope: &'static str,
    /// The reasons that it is about; `None` if it is about all.
    reasons: Option<Vec<&'static str>>,
    /// Whether it is about certificates of other issuers too.
    indirect: bool,
    distribution_points: Vec<String>,
    /// Whole hours until `nextUpdate`; negative once it is over.
    hours_left: Option<i64>,
}

impl Details {
    pub(crate) fn of(list: &RevocationList, now: SystemTime) -> Self {
        let scope = list.scope();
        Self {
            number: list.number().map(ToString::to_string),
            base: list.base().map(ToString::to_string),
            scope: scope.kind().unwrap_or("all"),
            reasons: scope.some_reasons(),
            indirect: scope.is_indirect(),
            distribution_points: scope.distribution_points(),
            hours_left: list.next_update().map(|next| remaining::whole(HOUR, now, next)),
        }
    }

    /// The same in words: which one it is, and what it is about where that is not everything.
    pub(crate) fn words(&self) -> Vec<String> {
        let number = self.number.as_ref().map(|number| format!("number {number}"));
        let base = self.base.as_ref().map(|base| format!("delta since number {base}"));
        let scope = Some(self.scope).filter(|scope| *scope != "all").map(str::to_owned);
        let indirect = self.indirect.then(|| "indirectCRL".to_owned());
        let reasons = self.reasons.as_ref().map(|all| format!("onlySomeReasons {}", all.join(" ")));
        let first: Vec<_> =
            [number, base, scope, indirect, reasons].into_iter().flatten().collect();
        let points = self.distribution_points.iter().map(|point| format!("for {point}"));
        std::iter::once(first.join(", ")).filter(|line| !line.is_empty()).chain(points).collect()
    }

    /// In which time the next one is due, for people.
    pub(crate) fn left(&self) -> String {
        self.hours_left.map(|hours| format!("{hours} h")).unwrap_or_default()
    }
}
