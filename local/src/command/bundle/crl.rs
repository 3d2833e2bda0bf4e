//! What is to be said of a CRL in a bundle, beside others of its issuer.

use std::time::{Duration, SystemTime};

use alb_mtls_adapter::trust::{
    bundle::{Entry, Item},
    revocation::RevocationList,
};
use serde::Serialize;

use super::remaining;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The members that only the entry of a CRL has in `--format json`.
#[derive(Debug, Serialize)]
pub(super) struct Crl {
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
    pub(super) hours_left: Option<i64>,
}

impl Crl {
    pub(super) fn of(list: &RevocationList, now: SystemTime) -> Self {
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
    pub(super) fn words(&self) -> Vec<String> {
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
}

/// What keeps a CRL from clearing anybody, or will, beyond what is wrong with it alone.
pub(super) fn warnings(list: &RevocationList, entries: &[Entry], now: SystemTime) -> Vec<String> {
    let all = || {
        let lists = (1..).zip(entries).filter_map(|(number, entry)| match &entry.item {
            Item::List(list) => Some((number, list)),
            _ => None,
        });
        lists.filter(|(_, other)| other.limitation().is_none())
    };
    let mut warnings = Vec::new();
    if list.this_update() > now {
        warnings.push("it is not valid yet".to_owned());
    }
    if !list.is_proven() {
        warnings.push(
            "no certificate of this bundle signed it: it counts only with a signer that the client sends"
                .to_owned(),
        );
    }
    // What is wrong with its content has been said, and no other list mends it.
    if list.limitation().is_some() {
        return warnings;
    }
    if let Some((number, _)) = all().find(|(_, other)| list.is_superseded_by(other)) {
        warnings.push(format!("it is superseded by {number}, a newer one of the same scope"));
    }
    if let Some((number, _)) = all().find(|(_, other)| list.contradicts(other)) {
        warnings.push(format!(
            "which of it and {number} is the newer cannot be told by number and date"
        ));
    }
    if let Some(base) = list.base()
        && all().all(|(_, other)| !list.is_based_on(other))
    {
        warnings.push(format!(
            "its base is missing, a complete CRL with the number {base} or a later one: it revokes, and clears nobody"
        ));
    }
    if !list.is_delta() && list.leaves_reasons_open(all().map(|(_, other)| other)) {
        warnings.push(
            "it is about some reasons alone, and no CRL of this issuer about the others: it clears nobody"
                .to_owned(),
        );
    }
    warnings
}
