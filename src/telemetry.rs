//! One log line for each request: a JSON object, whatever the log format of the rest. In Lambda it holds
//! the request's metrics as well.
//!
//! It says all that the client is not told, and never holds a certificate, a secret, a query or a
//! header value. Texts of a client's or a certificate's are escaped and bounded, so that no line has more
//! than 8 KB, whatever is in it.

mod metrics;
mod written;

use std::{
    env,
    io::Write,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use http::{Method, StatusCode};
use lambda_runtime::tracing::subscriber::{self, filter::LevelFilter};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use self::metrics::Metrics;
pub(crate) use self::metrics::Under;
pub(crate) use self::written::{Written, finished};
use crate::{
    forward::gateway::Standing,
    printable::{printable, printable_within},
    rejection::Rejection,
    trust::{KnownClient, Told, store::LoadedBundle},
};

/// More bytes than most lines have.
const USUAL_LINE: usize = 2048;

/// The most bytes of what a line says in JSON of a method, and of why a request was refused. A path has as much as
/// a name.
const MAX_METHOD: usize = 64;
const MAX_DETAIL: usize = 1536;
/// The most versions of secrets in a line.
const MAX_VERSIONS: usize = 16;

/// Takes finished lines, each with its line end.
pub type Sink = Arc<dyn Fn(&[u8]) + Send + Sync>;

/// A sink that writes to standard output, which Lambda collects.
pub fn stdout() -> Sink {
    Arc::new(|line| {
        // A log that cannot be written is no reason to refuse a request.
        let _ = std::io::stdout().lock().write_all(line);
    })
}

/// Sets up logging of everything else as Lambda's logging controls want it. The runtime's own set-up
/// would do the same with a language of filters, which is compiled at each start.
pub fn init() {
    let variable = |name| env::var(name).unwrap_or_default();
    let level = match variable("AWS_LAMBDA_LOG_LEVEL").as_str() {
        "WARN" => LevelFilter::WARN,
        "ERROR" | "FATAL" => LevelFilter::ERROR,
        _ => LevelFilter::INFO,
    };
    let lines = subscriber::fmt().with_target(false).with_max_level(level);
    match variable("AWS_LAMBDA_LOG_FORMAT").as_str() {
        // Lambda takes a line without a time for one of INFO, whatever its level.
        "JSON" => lines.json().init(),
        // Lambda writes the time before it.
        _ => lines.without_time().init(),
    }
}

/// What is known of one request; grows with it and is written at its end.
#[derive(Debug, Serialize)]
pub struct Record {
    #[serde(serialize_with = "rfc3339")]
    timestamp: SystemTime,
    level: &'static str,
    message: &'static str,
    #[serde(rename = "requestId")]
    request_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    status: u16,
    /// The word that the client was given, where it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The reason in full.
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
    /// In the mode `report`: the word with which the request would have been refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    would_refuse: Option<&'static str>,
    /// That it is a CORS preflight, which `PREFLIGHT` lets pass without a certificate.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    preflight: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<Arc<RawValue>>,
    /// Of the client that was verified by it.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "anchor")]
    anchor: Option<Arc<KnownClient>>,
    /// Whether the verdict is one of an earlier request.
    #[serde(skip_serializing_if = "is_false")]
    remembered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    bundle_versions: Option<Arc<LoadedBundle>>,
    #[serde(skip_serializing_if = "is_zero")]
    lost_cookies: usize,
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "milliseconds")]
    gateway_ms: Option<Duration>,
    #[serde(serialize_with = "milliseconds")]
    duration_ms: Option<Duration>,
    #[serde(skip)]
    began: Instant,
    /// When Secrets Manager last said that the bundle is the current one.
    #[serde(skip)]
    confirmed: Option<SystemTime>,
    /// How it stands with the secrets of the connection to the gateway.
    #[serde(skip)]
    hop: Option<Standing>,
    /// When the first of the bundle's lists ends that count.
    #[serde(skip)]
    lists_until: Option<SystemTime>,
    #[serde(skip)]
    is_health_check: bool,
}

/// A record as it is written.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(flatten)]
    metrics: Option<Metrics<'a>>,
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

    /// What would have been refused if anything were enforced.
    pub(crate) fn would_refuse(&mut self, rejection: &Rejection) {
        self.level = "WARN";
        self.would_refuse = Some(rejection.public().code);
        self.detail = Some(detail(rejection));
    }

    /// That it goes on without a certificate, being a preflight.
    pub(crate) fn preflight(&mut self) {
        self.preflight = true;
    }

    /// What was refused, and why.
    pub(crate) fn refused(&mut self, rejection: &Rejection) {
        let public = rejection.public();
        self.level = if public.status.is_server_error() { "ERROR" } else { "WARN" };
        self.code = Some(public.code);
        self.detail = Some(detail(rejection));
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

    /// Writes the line, with metrics where they have a function's name to be under.
    pub(crate) fn end(
        mut self,
        status: StatusCode,
        lost_cookies: usize,
        under: Option<Under<'_>>,
        sink: &Sink,
    ) {
        self.status = status.as_u16();
        self.lost_cookies = lost_cookies;
        self.duration_ms = Some(self.began.elapsed());
        let metrics = under.map(|under| Metrics::of(&self, under));
        let mut line = Vec::with_capacity(USUAL_LINE);
        match serde_json::to_writer(&mut line, &Line { record: &self, metrics }) {
            Ok(()) => {
                line.push(b'\n');
                sink(&line);
            }
            Err(error) => tracing::error!(%error, "a request could not be logged"),
        }
    }
}

/// The reason in full, or as much of it as a line can bear: it may name what a client wrote.
fn detail(rejection: &Rejection) -> String {
    printable_within(MAX_DETAIL, &rejection.to_string())
}

impl Serialize for LoadedBundle {
    /// In a log, a bundle is the versions that it was read from, the first of them where there are many.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.versions.iter().take(MAX_VERSIONS))
    }
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

/// Milliseconds, to the thousandth.
fn thousandths(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}

fn rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    match der::DateTime::from_system_time(*time) {
        Ok(time) => serializer.collect_str(&time),
        Err(_) => serializer.serialize_none(),
    }
}
