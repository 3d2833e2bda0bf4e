//! The line of a request that has come to its end.

use http::StatusCode;
use serde::Serialize;

use super::{
    Sink,
    metrics::{Dimensions, Metrics},
    record::Record,
};

/// More bytes than most lines have.
const USUAL_LINE: usize = 2048;

/// A record as it is written.
#[derive(Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(flatten)]
    metrics: Option<Metrics<'a>>,
}

impl Record {
    /// Writes the line, with metrics where they have a function's name to be under.
    pub(crate) fn end(
        mut self,
        status: StatusCode,
        lost_cookies: usize,
        dimensions: Option<&Dimensions>,
        sink: &Sink,
    ) {
        self.status = status.as_u16();
        self.lost_cookies = lost_cookies;
        self.duration_ms = Some(self.began.elapsed());
        let metrics = dimensions.map(|dimensions| Metrics::of(&self, dimensions));
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
