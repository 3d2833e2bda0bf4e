//! What happened to a request: the load balancer's view of it and the function's log line, in one.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use alb_mtls::alb::{Exchange, Observer};
use alb_mtls_adapter::telemetry::Sink;
use serde::Deserialize;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::style;

/// Takes the function's log lines until the load balancer is done with their requests.
#[derive(Debug, Clone, Default)]
pub(crate) struct Journal(Arc<Mutex<HashMap<String, Line>>>);

impl Journal {
    /// Where the function writes its log.
    pub(crate) fn sink(&self) -> Sink {
        let journal = self.clone();
        Arc::new(move |line| {
            if let Ok(line) = serde_json::from_slice::<Line>(line) {
                journal.lines().insert(line.request_id.clone(), line);
            }
        })
    }

    /// What to tell the load balancer to watch by, and where what it watched comes out.
    pub(crate) fn observer(&self) -> (Observer, UnboundedReceiver<Entry>) {
        let journal = self.clone();
        let (sender, entries) = mpsc::unbounded_channel();
        let observer = Observer::new(move |exchange| {
            let line = journal.lines().remove(&exchange.request_id);
            // Nobody reads the entries of the last moments.
            let _ = sender.send(Entry { exchange, line });
        });
        (observer, entries)
    }

    fn lines(&self) -> MutexGuard<'_, HashMap<String, Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One request, from both sides.
#[derive(Debug)]
pub(crate) struct Entry {
    exchange: Exchange,
    /// `None` where the function runs elsewhere, or was not asked.
    line: Option<Line>,
}

/// What is of interest in the function's log line.
#[derive(Debug, Deserialize)]
struct Line {
    #[serde(rename = "requestId")]
    request_id: String,
    code: Option<String>,
    would_refuse: Option<String>,
    #[serde(default)]
    preflight: bool,
    detail: Option<String>,
    client: Option<Client>,
}

#[derive(Debug, Deserialize)]
struct Client {
    subject: String,
}

impl fmt::Display for Entry {
    /// Status, request, client, and the reason if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Exchange { status, method, target, certificates, fault, .. } = &self.exchange;
        let style = if status.is_success() { style::GOOD } else { style::BAD };
        write!(f, "{style}{}{style:#} {method} {target}", status.as_u16())?;
        match (&self.line, certificates) {
            (Some(Line { client: Some(client), .. }), _) => write!(f, "  {}", client.subject)?,
            (Some(Line { preflight: true, .. }), 0) => write!(f, "  no certificate, a preflight")?,
            (_, 0) => write!(f, "  no certificate")?,
            (_, 1) => write!(f, "  1 certificate")?,
            (_, many) => write!(f, "  {many} certificates")?,
        }
        if let Some(line) = &self.line {
            line.reason(f)?;
        }
        match fault {
            Some(fault) => write!(f, "  by the load balancer: {fault}"),
            None => Ok(()),
        }
    }
}

impl Line {
    fn reason(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let detail = self.detail.as_deref().unwrap_or_default();
        match (&self.code, &self.would_refuse) {
            (Some(code), _) => write!(f, "  {code}: {detail}"),
            (None, Some(code)) => write!(f, "  would be refused, {code}: {detail}"),
            (None, None) => Ok(()),
        }
    }
}
