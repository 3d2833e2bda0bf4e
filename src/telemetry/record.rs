//! What is known of one request.

use std::{
    fmt::Display,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::{Method, StatusCode};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::milliseconds::thousandths;
use crate::{
    forward::gateway::Standing,
    printable::{printable, printable_within},
    trust::{KnownClient, Told, store::LoadedBundle},
};

/// The most bytes of what a line says in JSON of a method, and of why a request was refused. A path has as much as
/// a name.
const MAX_METHOD: usize = 64;
const MAX_DETAIL: usize = 1536;
/// The most versions of secrets in a line.
const MAX_VERSIONS: usize = 16;

/// What is known of one request; grows with it and is written at its end.
#[derive(Debug, Serialize)]
pub(crate) struct Record {
    #[serde(serialize_with = "rfc3339")]
    pub(super) timestamp: SystemTime,
    pub(super) level: &'static str,
    pub(super) message: &'static str,
    #[serde(rename = "requestId")]
    pub(super) request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) path: Option<String>,
    pub(super) status: u16,
    /// The word that the client was given, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    /// The reason in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) detail: Option<String>,
    /// In the mode `report`: the word with which the request would have been refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) would_refuse: Option<&'static str>,
    /// That it is a CORS preflight, which `PREFLIGHT` lets pass without a certificate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) preflight: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) client: Option<Arc<RawValue>>,
    /// Of the client that was verified by it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "anchor")]
    pub(super) anchor: Option<Arc<KnownClient>>,
    /// Whether the verdict is one of an earlier request.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) remembered: bool,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "versions")]
    pub(super) bundle_versions: Option<Arc<LoadedBundle>>,
    #[serde(skip_serializing_if = "is_zero")]
    pub(super) lost_cookies: usize,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "milliseconds")]
    pub(super) gateway_ms: Option<Duration>,
    #[serde(serialize_with = "milliseconds")]
    pub(super) duration_ms: Option<Duration>,
    #[serde(skip)]
    pub(super) began: Instant,
    /// When Secrets Manager last said that the bundle is the current one.
    #[serde(skip)]
    pub(super) confirmed: Option<SystemTime>,
    /// How it stands with the secrets of the connection to the gateway.
    #[serde(skip)]
    pub(super) hop: Option<Standing>,
    /// When the first of the bundle's lists ends that count.
    #[serde(skip)]
    pub(super) lists_until: Option<SystemTime>,
    #[serde(skip)]
    pub(super) is_health_check: bool,
}

impl Record {
    /// Begins the record of a request.
    pub(crate) fn begin(request_id: &str, now: SystemTime) -> Self {
        Self {
            timestamp: now,
            level: "INFO",
            message: "request",
            request_id: request_id.to_owned(),
            method: None,
            path: None,
            status: 0,
            code: None,
            detail: None,
            would_refuse: None,
            preflight: false,
            client: None,
            anchor: None,
            remembered: false,
            bundle_versions: None,
            lost_cookies: 0,
            gateway_ms: None,
            duration_ms: None,
            began: Instant::now(),
            confirmed: None,
            hop: None,
            lists_until: None,
            is_health_check: false,
        }
    }

    /// What was asked for; the query stays out, as it may hold secrets.
    pub(crate) fn request(&mut self, method: &Method, path: &str) {
        self.method = Some(printable_within(MAX_METHOD, method.as_str()));
        self.path = Some(printable(path));
    }

    /// Who presented itself and is not verified.
    pub(crate) fn client(&mut self, told: &Told) {
        self.client = Some(Arc::clone(told.identity()));
    }

    /// Who was verified, and by which anchor.
    pub(crate) fn verified(&mut self, client: &Arc<KnownClient>) {
        self.client(client.told());
        self.anchor = Some(Arc::clone(client));
    }

    /// The bundle that decides, and when Secrets Manager last said that it is the current one.
    pub(crate) fn bundle(
        &mut self,
        loaded: Option<Arc<LoadedBundle>>,
        confirmed: Option<SystemTime>,
    ) {
        self.confirmed = confirmed.filter(|_| loaded.is_some());
        self.bundle_versions = loaded;
    }

    /// That the verdict was known from an earlier request.
    pub(crate) fn remembered(&mut self, remembered: bool) {
        self.remembered = remembered;
    }

    /// That no client asks, but the load balancer itself.
    pub(crate) fn health_check(&mut self) {
        self.is_health_check = true;
    }

    /// What would have been refused if anything were enforced: with which word, and why.
    pub(crate) fn would_refuse(&mut self, code: &'static str, reason: &dyn Display) {
        self.level = "WARN";
        self.would_refuse = Some(code);
        self.detail = Some(detail(reason));
    }

    /// That it goes on without a certificate, being a preflight.
    pub(crate) fn preflight(&mut self) {
        self.preflight = true;
    }

    /// What was refused: with which status and word, and why.
    pub(crate) fn refused(&mut self, status: StatusCode, code: &'static str, reason: &dyn Display) {
        self.level = if status.is_server_error() { "ERROR" } else { "WARN" };
        self.code = Some(code);
        self.detail = Some(detail(reason));
    }

    /// How long the gateway took.
    pub(crate) fn gateway(&mut self, took: Duration) {
        self.gateway_ms = Some(took);
    }

    /// When the first of the bundle's lists ends that count.
    pub(crate) fn lists(&mut self, until: Option<SystemTime>) {
        self.lists_until = until;
    }

    /// How it stands with the secrets of the connection to it.
    pub(crate) fn hop(&mut self, standing: Option<Standing>) {
        self.hop = standing;
    }

    /// How long the request has been here.
    pub(crate) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// The reason in full, or as much of it as a line can bear: it may name what a client wrote.
fn detail(reason: &dyn Display) -> String {
    printable_within(MAX_DETAIL, &reason.to_string())
}

/// Of a bundle the versions are told that it was read from, the first of them where there are many.
fn versions<S: Serializer>(
    bundle: &Option<Arc<LoadedBundle>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let versions = bundle.iter().flat_map(|bundle| &bundle.versions);
    serializer.collect_seq(versions.take(MAX_VERSIONS))
}

/// Of an anchor the SHA-256 is told.
fn anchor<S: Serializer>(
    client: &Option<Arc<KnownClient>>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    client.as_ref().map(|client| client.anchor()).serialize(serializer)
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
fn is_false(flag: &bool) -> bool {
    !flag
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

fn milliseconds<S: Serializer>(time: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    time.map(thousandths).serialize(serializer)
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    match der::DateTime::from_system_time(*time) {
        Ok(time) => serializer.collect_str(&time),
        Err(_) => serializer.serialize_none(),
    }
}
