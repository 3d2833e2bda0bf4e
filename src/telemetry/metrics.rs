//! The numbers of a request, as members of its log line that CloudWatch makes metrics of: the embedded
//! metric format.
//!
//! Source: AWS, "Specification: Embedded metric format". `_aws` names metrics and dimensions, and each has
//! to be a member of the line; what has no value is neither named nor there.
//!
//! Each value of a dimension is a metric of its own, paid for and seen by all who see metrics. So there
//! are three: the function's name, the word of a refusal, and where it is asked for the function's version.
//! Nothing that a client or a certificate says is one.

use std::{
    ptr,
    time::{Duration, SystemTime},
};

use serde::{
    Serialize, Serializer,
    ser::{SerializeMap, SerializeSeq},
};

use super::{milliseconds::thousandths, record::Record, written::Written};

const NAMESPACE: &str = "AlbMtlsAdapter";
const FUNCTION_NAME: &str = "FunctionName";
const CODE: &str = "Code";
const VERSION: &str = "Version";

/// What the words of refusals begin with that are the gateway's fault, or that of the way to it.
const OF_THE_GATEWAY: &str = "Gateway";

/// What metrics are counted by.
#[derive(Debug, Clone)]
pub struct Dimensions {
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets.
    pub function: String,
    /// `AWS_LAMBDA_FUNCTION_VERSION`, where `METRICS_BY_VERSION` asks for those of each version, too.
    pub version: Option<String>,
}

/// The metrics of one request.
pub(super) struct Metrics<'a> {
    at: SystemTime,
    by: &'a Dimensions,
    /// The word of a request that was refused.
    code: Option<&'static str>,
    all: [Metric; 15],
}

struct Metric {
    definition: &'static Written<Definition>,
    value: Option<Value>,
}

impl Metric {
    /// Whether a new version is taken back by it: each costs, so these alone are there by version.
    fn judges_a_version(&self) -> bool {
        [&ACCEPTED, &REFUSED, &GATEWAY_ERRORS, &NO_BUNDLE]
            .iter()
            .any(|judging| ptr::eq(*judging, self.definition))
    }
}

/// MetricDefinition.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Definition {
    name: &'static str,
    unit: Unit,
}

static ACCEPTED: Written<Definition> = defined("Accepted", Unit::Count);
static REFUSED: Written<Definition> = defined("Refused", Unit::Count);
static WOULD_REFUSE: Written<Definition> = defined("WouldRefuse", Unit::Count);
static GATEWAY_ERRORS: Written<Definition> = defined("GatewayErrors", Unit::Count);
static ADAPTER_MS: Written<Definition> = defined("AdapterMs", Unit::Milliseconds);
static GATEWAY_MS: Written<Definition> = defined("GatewayMs", Unit::Milliseconds);
static BUNDLE_AGE: Written<Definition> = defined("TrustBundleAge", Unit::Seconds);
static BUNDLE_GENERATION: Written<Definition> = defined("TrustBundleGeneration", Unit::None);
/// Under the word of the refusal that it counts.
static NO_BUNDLE: Written<Definition> = defined("TrustBundleUnavailable", Unit::Count);
static ANCHOR_DAYS_LEFT: Written<Definition> = defined("AnchorDaysLeft", Unit::None);
static CRL_HOURS_LEFT: Written<Definition> = defined("CrlHoursLeft", Unit::None);
static GATEWAY_SECRETS_AGE: Written<Definition> = defined("GatewaySecretsAge", Unit::Seconds);
static GATEWAY_CA_DAYS_LEFT: Written<Definition> = defined("GatewayCaDaysLeft", Unit::None);
static IDENTITY_DAYS_LEFT: Written<Definition> = defined("GatewayIdentityDaysLeft", Unit::None);
static LEAF_DAYS_LEFT: Written<Definition> = defined("LeafDaysLeft", Unit::None);

const fn defined(name: &'static str, unit: Unit) -> Written<Definition> {
    Written::new(Definition { name, unit })
}

#[derive(Clone, Copy, Serialize)]
enum Unit {
    Count,
    Milliseconds,
    Seconds,
    /// For what CloudWatch has no unit, such as days.
    None,
}

#[derive(Clone, Copy, Serialize)]
#[serde(untagged)]
enum Value {
    Whole(i64),
    Part(f64),
}

impl<'a> Metrics<'a> {
    /// Those of a record that has come to its end. A health check is no request of a client's: it tells
    /// how the function is, and counts as neither accepted nor refused.
    pub(super) fn of(record: &Record, by: &'a Dimensions) -> Self {
        let is_request = !record.is_health_check;
        let words = [record.code, record.would_refuse];
        let is_gateways = |word: &str| word.starts_with(OF_THE_GATEWAY);
        let own = |all: Duration| all.saturating_sub(record.gateway_ms.unwrap_or_default());
        let age = |at| record.timestamp.duration_since(at).unwrap_or_default().as_secs();
        let left = |until| whole_until(record.timestamp, until, DAY);
        let hours = |until| whole_until(record.timestamp, until, HOUR);
        let hop = record.hop.as_ref();
        let bundle = record.bundle_versions.as_deref();
        let anchors_until = bundle.and_then(|bundle| bundle.value.anchors_until());
        let client = record.anchor.as_ref();
        let all = [
            count(&ACCEPTED, is_request.then_some(record.code.is_none())),
            count(&REFUSED, is_request.then_some(record.code.is_some())),
            count(&WOULD_REFUSE, is_request.then_some(record.would_refuse.is_some())),
            count(&GATEWAY_ERRORS, Some(record.code.is_some_and(is_gateways))),
            milliseconds(&ADAPTER_MS, record.duration_ms.filter(|_| is_request).map(own)),
            milliseconds(&GATEWAY_MS, record.gateway_ms),
            whole(&BUNDLE_AGE, record.confirmed.map(age).map(signed)),
            whole(&BUNDLE_GENERATION, bundle.map(|it| signed(it.generation))),
            count(&NO_BUNDLE, Some(words.contains(&Some(NO_BUNDLE.value().name)))),
            whole(&ANCHOR_DAYS_LEFT, anchors_until.map(left)),
            whole(&CRL_HOURS_LEFT, record.lists_until.map(hours)),
            whole(&GATEWAY_SECRETS_AGE, hop.map(|hop| signed(age(hop.confirmed)))),
            whole(&GATEWAY_CA_DAYS_LEFT, hop.and_then(|hop| hop.until.ca).map(left)),
            whole(&IDENTITY_DAYS_LEFT, hop.and_then(|hop| hop.until.identity).map(left)),
            whole(&LEAF_DAYS_LEFT, client.map(|client| left(client.not_after()))),
        ];
        let code = record.code.filter(|_| is_request);
        Self { at: record.timestamp, by, code, all }
    }
}

fn count(definition: &'static Written<Definition>, happened: Option<bool>) -> Metric {
    whole(definition, happened.map(i64::from))
}

fn whole(definition: &'static Written<Definition>, value: Option<i64>) -> Metric {
    Metric { definition, value: value.map(Value::Whole) }
}

fn milliseconds(definition: &'static Written<Definition>, time: Option<Duration>) -> Metric {
    Metric { definition, value: time.map(thousandths).map(Value::Part) }
}

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// How often so many seconds pass wholly from one time to another: less than never where it has passed.
fn whole_until(from: SystemTime, to: SystemTime, unit: i64) -> i64 {
    let seconds = match to.duration_since(from) {
        Ok(left) => signed(left.as_secs()),
        Err(passed) => -signed(passed.duration().as_secs()),
    };
    seconds.div_euclid(unit)
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

impl Serialize for Metrics<'_> {
    /// As members of the line.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(None)?;
        members.serialize_entry("_aws", &Metadata::of(self))?;
        members.serialize_entry(FUNCTION_NAME, &self.by.function)?;
        if let Some(version) = &self.by.version {
            members.serialize_entry(VERSION, version)?;
        }
        if let Some(code) = self.code {
            members.serialize_entry(CODE, code)?;
        }
        for metric in &self.all {
            if let Some(value) = metric.value {
                members.serialize_entry(metric.definition.value().name, &value)?;
            }
        }
        members.end()
    }
}

/// What CloudWatch is to do with the line.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata<'a> {
    /// Milliseconds since 1970.
    timestamp: u128,
    cloud_watch_metrics: Directives<'a>,
}

impl<'a> Metadata<'a> {
    fn of(metrics: &'a Metrics<'a>) -> Self {
        let since_1970 = metrics.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { timestamp: since_1970.as_millis(), cloud_watch_metrics: Directives(metrics) }
    }
}

/// All metrics by function; a refusal by its word, too, and what a roll-out is judged by, by version.
struct Directives<'a>(&'a Metrics<'a>);

impl Serialize for Directives<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(metrics) = self;
        let mut directives = serializer.serialize_seq(None)?;
        directives.serialize_element(&Directive {
            namespace: NAMESPACE,
            dimensions: [[FUNCTION_NAME]],
            metrics: Present(&metrics.all, |_| true),
        })?;
        if metrics.by.version.is_some() {
            directives.serialize_element(&Directive {
                namespace: NAMESPACE,
                dimensions: [[FUNCTION_NAME, VERSION]],
                metrics: Present(&metrics.all, Metric::judges_a_version),
            })?;
        }
        if metrics.code.is_some() {
            directives.serialize_element(&Directive {
                namespace: NAMESPACE,
                dimensions: [[FUNCTION_NAME, CODE]],
                metrics: [&REFUSED],
            })?;
        }
        directives.end()
    }
}

/// One MetricDirective: metrics, and the sets of dimensions that each is counted by.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Directive<D, M> {
    namespace: &'static str,
    dimensions: D,
    metrics: M,
}

/// The definitions of those that have a value and are meant.
struct Present<'a>(&'a [Metric], fn(&Metric) -> bool);

impl Serialize for Present<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(all, is_meant) = self;
        let present = all.iter().filter(|metric| metric.value.is_some() && is_meant(metric));
        serializer.collect_seq(present.map(|metric| metric.definition))
    }
}
