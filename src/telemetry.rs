//! One log line for each request: a JSON object, whatever the log format of the rest. In Lambda it holds
//! the request's metrics as well.
//!
//! It says all that the client is not told, and never holds a certificate, a secret, a query or a
//! header value. Texts of a client's or a certificate's are escaped and bounded, so that no line has more
//! than 8 KB, whatever is in it.

mod line;
mod metrics;
mod milliseconds;
mod record;
mod written;

use std::{env, io::Write, sync::Arc};

use lambda_runtime::tracing::subscriber::{self, filter::LevelFilter};

pub use self::metrics::Dimensions;
pub(crate) use self::record::Record;

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
