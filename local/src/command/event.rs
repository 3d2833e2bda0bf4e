//! `alb-mtls event`: a request as the load balancer delivers it to the function.

use std::{
    fs,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    str::FromStr,
    time::SystemTime,
};

use alb_mtls::alb::{EventSettings, HeaderMode, Request, Spelling, trace_id};
use alb_mtls_adapter::certificate::pem::{PemBlocks, PemError};
use http::{HeaderName, Method};
use serde_json::{Value, json};

use super::{error::CommandError, input::Input, outcome::Outcome, terminal::Terminal};

/// Who the requests come from: an address that is kept for examples (RFC 5737).
const CLIENT: IpAddr = IpAddr::V4(Ipv4Addr::new(203, 0, 113, 7));

/// Make the event with which a load balancer would invoke the function for a request
///
/// The event goes to standard output, or to `--out FILE`, for `sam local invoke -e FILE`. Path,
/// query and headers are taken as they are: what a client may send, an event can hold.
///
/// Multi-value headers are on unless `--single-value` is given, as they are in the deployed target
/// group: without them, of two certificate headers only the last one can be seen.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Event {
    /// What the client presents in the TLS handshake: a PEM file, its own certificate first
    #[arg(long, value_name = "FILE")]
    chain: Option<Input>,

    /// Escape `+ / =` in the certificate header too; AWS documents both spellings
    #[arg(long)]
    escaped: bool,

    /// The header that the load balancer puts the chain into
    #[arg(long, value_name = "NAME", default_value = "x-amzn-mtls-clientcert")]
    client_cert_header: HeaderName,

    /// The method
    #[arg(long, default_value = "GET")]
    method: Method,

    /// Path and query, as they stand in the request
    #[arg(long, value_name = "PATH?QUERY", default_value = "/")]
    path: String,

    /// A header of the client's; may be repeated
    #[arg(long, value_name = "NAME: VALUE")]
    header: Vec<Header>,

    /// The body, from a file; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    body: Option<Input>,

    /// The body, as text
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,

    /// Every value of a repeated header or query key (the default)
    #[arg(long, conflicts_with = "single_value")]
    multi_value: bool,

    /// Of a repeated header or query key the last value only
    #[arg(long)]
    single_value: bool,

    /// The target group's own health check, which comes from no client
    #[arg(long, conflicts_with_all = ["chain", "header", "body", "data", "method"])]
    health_check: bool,

    /// Where to write the event
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  alb-mtls event --chain client.pem --path '/orders?id=7' > event.json
  alb-mtls event --chain client.pem --method POST --header 'Content-Type: application/json' \\
      --data '{\"id\": 7}' --out event.json
  sam local invoke -e event.json";

impl Event {
    pub(crate) fn run(self, terminal: &mut Terminal<'_>) -> Result<Outcome, CommandError> {
        let settings = EventSettings {
            header_mode: if self.single_value { HeaderMode::Single } else { HeaderMode::Multi },
            certificate_header: self.client_cert_header.to_string(),
            spelling: if self.escaped { Spelling::Escaped } else { Spelling::Raw },
            ..EventSettings::default()
        };
        let event = settings.event(&self.request(terminal)?)?;
        let mut event: Value = serde_json::from_slice(&event)?;
        if self.health_check {
            health_check(&mut event);
        }
        let text = serde_json::to_string_pretty(&event)? + "\n";
        match self.out {
            None => terminal.out.write_all(text.as_bytes())?,
            Some(path) => fs::write(&path, text).map_err(|source| CommandError::Write {
                path: path.display().to_string(),
                source,
            })?,
        }
        Ok(Outcome::Yes)
    }

    fn request(&self, terminal: &mut Terminal<'_>) -> Result<Request, CommandError> {
        let body = match (&self.body, &self.data) {
            (Some(input), _) => input.read(terminal.input)?,
            (None, Some(text)) => text.clone().into_bytes(),
            (None, None) => Vec::new(),
        };
        let chain = match &self.chain {
            Some(input) => certificates(input, &input.read(terminal.input)?)?,
            None => Vec::new(),
        };
        let (path, query) = match self.path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (self.path.as_str(), None),
        };
        Ok(Request {
            method: self.method.to_string(),
            path: path.to_owned(),
            query,
            headers: self.headers(&body),
            body,
            chain,
            client: CLIENT,
            trace_id: trace_id(SystemTime::now())?,
        })
    }

    /// The given headers, and those that no client leaves out.
    fn headers(&self, body: &[u8]) -> Vec<(String, Vec<u8>)> {
        let given = |Header { name, value }: &Header| (name.clone(), value.clone().into_bytes());
        let mut headers: Vec<_> = self.header.iter().map(given).collect();
        let mut default = |name: &str, value: String| {
            if !headers.iter().any(|(given, _)| given.eq_ignore_ascii_case(name)) {
                headers.push((name.to_owned(), value.into_bytes()));
            }
        };
        default("host", "api.example.com".to_owned());
        default("user-agent", concat!("alb-mtls/", env!("CARGO_PKG_VERSION")).to_owned());
        default("accept", "*/*".to_owned());
        if !body.is_empty() {
            default("content-length", body.len().to_string());
        }
        headers
    }
}

/// A health check passes no listener, so nothing of a listener's or a client's is in it.
fn health_check(event: &mut Value) {
    const AGENT: &str = "ELB-HealthChecker/2.0";
    let Some(event) = event.as_object_mut() else { return };
    if let Some(headers) = event.get_mut("headers") {
        *headers = json!({"user-agent": AGENT});
    }
    if let Some(headers) = event.get_mut("multiValueHeaders") {
        *headers = json!({"user-agent": [AGENT]});
    }
    event.insert("isBase64Encoded".to_owned(), json!(false));
}

/// The blocks of a PEM file as they are. Whether they hold certificates is for the function to see;
/// that no private key is among them, for us.
fn certificates(input: &Input, text: &[u8]) -> Result<Vec<Vec<u8>>, ChainError> {
    let mut chain = Vec::new();
    for block in PemBlocks::among_text(text) {
        let block = block.map_err(|error| ChainError::Pem { input: input.clone(), error })?;
        if block.label != "CERTIFICATE" {
            return Err(ChainError::Label { input: input.clone(), label: block.label });
        }
        chain.push(block.der);
    }
    match chain.is_empty() {
        true => Err(ChainError::Empty { input: input.clone() }),
        false => Ok(chain),
    }
}

/// A header as it is typed.
#[derive(Debug, Clone)]
struct Header {
    name: String,
    value: String,
}

impl FromStr for Header {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some((name, value)) if !name.is_empty() => {
                Ok(Self { name: name.to_owned(), value: value.trim().to_owned() })
            }
            _ => Err("expected a name, a colon and a value, such as 'Accept: text/plain'"),
        }
    }
}

/// Why a file is no chain to present.
#[derive(Debug, thiserror::Error)]
enum ChainError {
    #[error("{input} is not PEM: {error}")]
    Pem { input: Input, error: PemError },
    #[error("{input} holds a \"{label}\"; leave only the certificates in it")]
    Label { input: Input, label: String },
    #[error("{input} holds no certificate; leave out --chain for a client without one")]
    Empty { input: Input },
}

impl From<ChainError> for CommandError {
    fn from(error: ChainError) -> Self {
        Self::own(error)
    }
}
