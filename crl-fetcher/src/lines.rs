//! The log: one JSON line for each CRL, and one for all with the metrics of the refresh, in CloudWatch's embedded
//! metric format.
//!
//! No line has a query of a URL, or more than a few KB.

use std::time::SystemTime;

use alb_mtls_adapter::{telemetry::Sink, trust::crls::manifest::Listed};
use serde::Serialize;
use serde_json::{Value, json};

use crate::{
    causes::bounded,
    instant::{self, hours, rfc3339},
    report::{Outcome, Report, Told},
};

const NAMESPACE: &str = "AlbMtlsAdapter";
const FUNCTION_NAME: &str = "FunctionName";

/// One URL, as a line and as what the function answers have it.
#[derive(Debug, Serialize)]
pub(crate) struct Line {
    timestamp: String,
    level: &'static str,
    message: &'static str,
    url: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    #[serde(flatten)]
    crl: Option<Crl>,
}

/// The CRL that stands.
#[derive(Debug, Serialize)]
struct Crl {
    sha256: String,
    issuer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
    entries: u64,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    hours_left: Option<i64>,
    /// Since `thisUpdate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    age_hours: Option<i64>,
}

impl Line {
    pub(crate) fn of(told: &Told, now: SystemTime) -> Self {
        let level = match told.outcome {
            Outcome::Unchanged | Outcome::Replaced => "INFO",
            Outcome::Kept(_) => "WARN",
            Outcome::Failed(_) => "ERROR",
        };
        Self {
            timestamp: rfc3339(now),
            level,
            message: "crl",
            url: told.url.to_string(),
            outcome: told.outcome.word(),
            reason: told.outcome.reason().map(|reason| bounded(&reason.to_string())),
            crl: told.crl.as_ref().map(|crl| Crl {
                sha256: crl.sha256.clone(),
                issuer: crl.issuer.clone(),
                number: crl.number.clone(),
                entries: crl.entries,
                bytes: crl.bytes,
                hours_left: hours_left(crl, now),
                age_hours: instant::read(&crl.this_update).map(|then| hours(then, now)),
            }),
        }
    }
}

fn hours_left(crl: &Listed, now: SystemTime) -> Option<i64> {
    instant::read(&crl.next_update).map(|next| hours(now, next))
}

/// What a refresh came to, in numbers. `CrlHoursLeft` is that of the CRL that ends first, and is not told where none
/// stands; `CrlFetchFailed` counts the URLs whose newest CRL does not stand.
pub(crate) struct Metrics {
    hours_left: Option<i64>,
    failed: usize,
    entries: u64,
}

impl Metrics {
    pub(crate) fn of(report: &Report, now: SystemTime) -> Self {
        let crls = || report.crls.iter().filter_map(|told| told.crl.as_ref());
        Self {
            // A delta CRL ends within a day or so, and clears nobody: without it, clients are not refused.
            hours_left: crls()
                .filter(|crl| !crl.delta)
                .filter_map(|crl| hours_left(crl, now))
                .min(),
            failed: report.faults().count(),
            entries: crls().map(|crl| crl.entries).fold(0, u64::saturating_add),
        }
    }

    /// Those of a refresh that came to nothing.
    pub(crate) fn all_failed(urls: usize) -> Self {
        Self { hours_left: None, failed: urls, entries: 0 }
    }

    /// The line for all URLs, with the metrics of `function`.
    fn line(&self, function: Option<&str>, error: Option<&str>, now: SystemTime) -> Value {
        let mut line = json!({
            "timestamp": rfc3339(now),
            "level": if error.is_some() { "ERROR" } else { "INFO" },
            "message": "crls",
        });
        let values = [
            ("CrlHoursLeft", "None", self.hours_left.map(Value::from)),
            ("CrlFetchFailed", "Count", Some(self.failed.into())),
            ("CrlEntries", "Count", error.is_none().then(|| self.entries.into())),
        ];
        let mut definitions = Vec::new();
        let Some(members) = line.as_object_mut() else { return line };
        members.extend(error.map(|error| ("error".to_owned(), bounded(error).into())));
        for (name, unit, value) in values {
            let Some(value) = value else { continue };
            members.insert(name.to_owned(), value);
            definitions.push(json!({ "Name": name, "Unit": unit }));
        }
        if let Some(function) = function {
            let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            members.insert(FUNCTION_NAME.to_owned(), function.into());
            let directive = json!({
                "Namespace": NAMESPACE,
                "Dimensions": [[FUNCTION_NAME]],
                "Metrics": definitions,
            });
            let timestamp = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
            let metadata = json!({ "Timestamp": timestamp, "CloudWatchMetrics": [directive] });
            members.insert("_aws".to_owned(), metadata);
        }
        line
    }

    pub(crate) fn write(
        &self,
        function: Option<&str>,
        error: Option<&str>,
        now: SystemTime,
        sink: &Sink,
    ) {
        write(&self.line(function, error, now), sink);
    }
}

/// Writes one line.
pub(crate) fn write(line: &impl Serialize, sink: &Sink) {
    match serde_json::to_vec(line) {
        Ok(mut line) => {
            line.push(b'\n');
            sink(&line);
        }
        Err(error) => tracing::error!(%error, "a line could not be written"),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn told(delta: bool, hours: u64) -> Told {
        let at = |hours: u64| rfc3339(SystemTime::UNIX_EPOCH + Duration::from_secs(hours * 3600));
        Told {
            url: "http://ca.example/ca.crl".parse().unwrap(),
            outcome: Outcome::Unchanged,
            crl: Some(Listed {
                sha256: String::new(),
                bytes: 0,
                url: String::new(),
                issuer: String::new(),
                number: None,
                delta,
                this_update: at(0),
                next_update: at(hours),
                entries: 1,
                fetched: at(0),
                etag: None,
                last_modified: None,
            }),
        }
    }

    #[test]
    fn hours_left_are_those_of_the_complete_crl_that_ends_first() {
        let crls = vec![told(false, 70), told(false, 50), told(true, 4)];
        let report = Report { crls, published: false };
        let metrics = Metrics::of(&report, SystemTime::UNIX_EPOCH);
        assert_eq!((metrics.hours_left, metrics.entries), (Some(50), 3));
    }
}
