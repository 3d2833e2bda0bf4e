//! Where a row is played, and what has to hold of it.

use std::{fmt::Debug, net::TcpListener};

use alb_mtls::{
    alb::{Answer, HeaderMode, Spelling, certificate_header},
    pki::{Authority, Leaf, fingerprint},
    wso2::{Config, Gateway, Seen},
};
use alb_mtls_adapter::{
    certificate::{Certificate, identity::Identity, outgoing::CertFormat},
    settings::Settings,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::{
    AnsweredHere, CERTIFICATE, Client, Event, Forwarded, Nobody, Outcome, Refused, Row, Stranger,
    TARGET_GROUP, Victim, Who,
};
use crate::support::{self, Journey, Pki, key, valid};

pub(crate) type Variables<'a> = &'a [(&'a str, &'a str)];

#[derive(Default)]
pub(crate) struct Setup<'a> {
    pub(crate) variables: Variables<'a>,
    pub(crate) base_path: &'a str,
    /// Whether the gateway insists on a certificate, and echoes the headers of whoever has none.
    pub(crate) insists: bool,
}

/// Who takes part: all but the stranger have certificates of the trusted authority.
pub(crate) struct Cast {
    pub(crate) pki: Pki,
    pub(crate) victim: Leaf,
    pub(crate) stranger: Leaf,
}

impl Cast {
    fn new() -> Self {
        let pki = Pki::new();
        let victim = pki.issuing.leaf("victim", valid()).issue().unwrap();
        let stranger = Authority::root("Stranger Root", key(), valid()).unwrap();
        let stranger = stranger.leaf("stranger", valid()).issue().unwrap();
        Self { pki, victim, stranger }
    }

    fn leaf(&self, who: Who) -> Option<&Leaf> {
        match who {
            Client => Some(&self.pki.leaf),
            Victim => Some(&self.victim),
            Stranger => Some(&self.stranger),
            Nobody => None,
        }
    }
}

/// The function between a client and its gateway, and a listener that nobody is to knock at.
pub(crate) struct Arena {
    pub(crate) cast: Cast,
    pub(crate) settings: Settings,
    insists: bool,
    journey: Journey,
    gateway: Gateway,
    elsewhere: TcpListener,
}

impl Arena {
    pub(crate) async fn open(setup: &Setup<'_>) -> Self {
        let cast = Cast::new();
        let config = Config { mandatory: setup.insists, ..Config::default() };
        let gateway = Gateway::start(config).await.unwrap();
        let url = format!("{}{}", gateway.url(), setup.base_path);
        let mut variables = vec![
            ("GATEWAY_URL", url.as_str()),
            ("TRUST_BUNDLE_SECRETS", "bundle"),
            // A request that the gateway waits for the rest of is a fault soon.
            ("GATEWAY_TIMEOUT_MS", "5000"),
        ];
        variables.extend_from_slice(setup.variables);
        let journey = Journey::new(&cast.pki, &variables).await;
        let settings = support::read(&variables);
        let elsewhere = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        elsewhere.set_nonblocking(true).unwrap();
        Self { cast, settings, insists: setup.insists, journey, gateway, elsewhere }
    }

    /// The address of the listener that nobody is to knock at.
    pub(crate) fn evil(&self) -> String {
        self.elsewhere.local_addr().unwrap().to_string()
    }

    /// The name under which the load balancer delivers the certificate.
    pub(crate) fn incoming(&self) -> &str {
        self.settings.admission.header.as_str()
    }

    /// The name under which the gateway looks for it.
    pub(crate) fn outgoing(&self) -> &str {
        self.settings.outgoing.cert_headers.gateway.as_str()
    }

    pub(crate) fn clients(&self) -> String {
        self.value_of(&self.cast.pki.leaf)
    }

    pub(crate) fn victims(&self) -> String {
        self.value_of(&self.cast.victim)
    }

    fn value_of(&self, leaf: &Leaf) -> String {
        certificate_header([leaf.der(), self.cast.pki.issuing.der()], Spelling::Raw)
    }

    fn honest(&self) -> Event {
        let headers = [
            ("host", "api.example.com"),
            ("x-forwarded-for", "192.0.2.7"),
            ("x-forwarded-port", "443"),
            ("x-forwarded-proto", "https"),
            ("x-amzn-trace-id", "Root=1-67891233-abcdef012345678912345678"),
            ("x-imforwards", "20"),
            (self.incoming(), &self.clients()),
        ];
        Event {
            method: "GET".to_owned(),
            path: "/api".to_owned(),
            query: vec![("a".to_owned(), "b".to_owned())],
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
            other_map: None,
            body: String::new(),
            is_base64_encoded: false,
            target_group: json!(TARGET_GROUP),
        }
    }

    /// What the client gets; of an answer that the load balancer does not take, its bare 502.
    async fn deliver(&self, event: &Event, maps: HeaderMode) -> Answer {
        let answer = self.journey.deliver(event.json(maps).as_bytes()).await;
        let maps = if event.other_map.is_some() { HeaderMode::Multi } else { maps };
        Answer::check(&answer, maps).unwrap_or(Answer {
            status: StatusCode::BAD_GATEWAY,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        })
    }

    /// Plays a row, and an honest request after it.
    pub(crate) async fn trial(&self, row: &Row, maps: HeaderMode) -> Trial {
        let mut event = self.honest();
        (row.change)(&mut event, self);
        let answer = self.deliver(&event, maps).await;
        let next = Event { path: "/next".to_owned(), ..self.honest() };
        let after = self.deliver(&next, maps).await;
        let seen = self.gateway.take_seen();

        let (before, last) = seen.split_at(seen.len().saturating_sub(1));
        let mut faults = self.faults(row.outcome, &event, &answer, before);
        faults.extend(unlike("the status afterwards", after.status.as_u16(), 200));
        for last in last {
            let mistold = self.mistold(last, &next, Client);
            faults.extend(mistold.map(|fault| format!("afterwards, {fault}")));
            let connections = before.iter().map(|seen| seen.connection);
            faults.extend(
                connections.filter_map(|before| unlike("the connection", before, last.connection)),
            );
        }
        Trial {
            name: row.name.clone(),
            maps,
            got: format!("{} {}", answer.status.as_u16(), code(&answer)),
            saw: before.iter().map(|seen| self.shown(seen)).collect::<Vec<_>>().join(" AND "),
            faults,
        }
    }

    /// What is wrong about an answer, and about what was seen of its request.
    fn faults(
        &self,
        outcome: Outcome,
        event: &Event,
        answer: &Answer,
        seen: &[Seen],
    ) -> Vec<String> {
        let (status, word) = match outcome {
            Refused(status, word) => (status, word),
            // As the gateway says it to whoever has no certificate.
            Forwarded(Nobody) if self.insists => (401, "900901"),
            AnsweredHere | Forwarded(_) => (200, ""),
        };
        let mut faults = Vec::new();
        faults.extend(unlike("the status", answer.status.as_u16(), status));
        faults.extend(unlike("the code", code(answer).as_str(), word));
        faults.extend(self.echoed(&answer.headers));
        match (outcome, seen) {
            (Forwarded(who), [only]) => {
                faults.extend(self.mistold(only, event, who));
                let echo = serde_json::from_slice::<Value>(&answer.body).unwrap_or_default();
                if let Some(target) = echo["target"].as_str() {
                    faults.extend(unlike("the target of the answer", target, &only.target));
                }
            }
            (_, seen) => {
                let expected = usize::from(matches!(outcome, Forwarded(_)));
                faults.extend(unlike("the number of requests seen", seen.len(), expected));
            }
        }
        if self.elsewhere.accept().is_ok() || !self.journey.gateway.take_seen().is_empty() {
            faults.push("something reached another host".to_owned());
        }
        faults
    }

    /// What the gateway was told that is not so.
    fn mistold(&self, seen: &Seen, event: &Event, who: Who) -> impl Iterator<Item = String> {
        let target = format!("{}{}", self.settings.outgoing.url.base_path, event.target());
        let managed = seen.headers.iter().filter(|(name, _)| self.is_managed(name)).cloned();
        let mut managed: Vec<_> = managed.map(|header| self.named(header)).collect();
        let mut told: Vec<_> =
            self.told(who).into_iter().map(|header| self.named(header)).collect();
        managed.sort();
        told.sort();
        let mut faults = Vec::new();
        faults.extend(unlike("the managed headers", managed, told));
        faults.extend(unlike("the method", &seen.method, &event.method));
        faults.extend(unlike("the target", &seen.target, &target));
        faults.extend(unlike("the body", seen.body.as_slice(), event.body.as_bytes()));
        faults.extend(unlike("the hosts", values(seen, "host"), vec![self.host(event)]));
        faults.extend(unlike("the lengths", values(seen, "content-length"), lengths(event)));
        for name in END_TO_END {
            let sent = event.values(name).into_iter().map(lossy).collect();
            faults.extend(unlike(name, values(seen, name), sent));
        }
        for (name, value) in &seen.headers {
            let plain = folded(name);
            let twin = plain == "content-length" && *name != plain;
            if twin || CONNECTION.contains(&plain.as_str()) {
                faults.push(format!("{name} of the connection is there"));
            }
            let ours = self.is_managed(name) || ["host", "content-length"].contains(&name.as_str());
            if !ours && !event.values(name).contains(&value.as_slice()) {
                faults.push(format!("{name} came out of nowhere"));
            }
        }
        faults.into_iter()
    }

    /// Headers of an answer that are the client's own words about somebody's certificate, or the load
    /// balancer's to the gateway.
    fn echoed(&self, headers: &HeaderMap) -> Vec<String> {
        let hidden = |name: &str| {
            let plain = folded(name);
            self.is_managed(name)
                || CONNECTION.contains(&plain.as_str())
                || plain == "cookie"
                || plain.starts_with("x-forwarded-")
                || plain.starts_with("x-amzn-")
        };
        let names = headers.keys().filter(|name| hidden(name.as_str()));
        names.map(|name| format!("the answer has {name}")).collect()
    }

    /// All that may stand under managed names, worked out from the certificates alone.
    fn told(&self, who: Who) -> Vec<(String, Vec<u8>)> {
        let Some(leaf) = self.cast.leaf(who) else { return Vec::new() };
        let format = self.settings.outgoing.cert_format;
        let mut told = vec![(self.outgoing().to_owned(), format.write(leaf.der()))];
        if who != Stranger && format == CertFormat::Rfc9440 {
            told.push(("client-cert-chain".to_owned(), format.write(self.cast.pki.issuing.der())));
        }
        if who != Stranger && self.settings.outgoing.identity_headers {
            let identity = Identity::of(&Certificate::from_der(leaf.der()).unwrap());
            let validity =
                format!("NotBefore={};NotAfter={}", identity.not_before, identity.not_after);
            for (name, value) in [
                ("sha256", fingerprint(leaf.der())),
                ("subject", identity.subject),
                ("issuer", "CN=Test Issuing".to_owned()),
                ("serial-number", identity.serial),
                ("validity", validity),
            ] {
                told.push((format!("{CERTIFICATE}-{name}"), value));
            }
        }
        told.into_iter().map(|(name, value)| (name, value.into_bytes())).collect()
    }

    fn host(&self, event: &Event) -> String {
        match (&self.settings.outgoing.host, event.values("host").first()) {
            (Some(host), _) => lossy(host.as_bytes()),
            (None, Some(host)) => lossy(host),
            // HTTP/1.1 has one in any case.
            (None, None) => self.settings.outgoing.url.authority.to_string(),
        }
    }

    pub(crate) fn managed_names(&self) -> Vec<String> {
        let suffixes =
            ["-leaf", "-sha256", "-subject", "-issuer", "-serial-number", "-validity", "-san"];
        let mut names = vec![CERTIFICATE.to_owned(), "x-amzn-mtls-anything-new".to_owned()];
        names.extend(suffixes.map(|suffix| format!("{CERTIFICATE}{suffix}")));
        names.extend(MANAGED.map(str::to_owned));
        names.extend([self.incoming().to_owned(), self.outgoing().to_owned()]);
        names.sort();
        names.dedup();
        names
    }

    fn is_managed(&self, name: &str) -> bool {
        let name = folded(name);
        name.starts_with("x-amzn-mtls-")
            || MANAGED.contains(&name.as_str())
            || [self.incoming(), self.outgoing()].map(folded).contains(&name)
    }

    /// A header for a person: whose certificate it is, where it is one.
    fn named(&self, (name, value): (String, Vec<u8>)) -> String {
        let format = self.settings.outgoing.cert_format;
        let whose = [Client, Victim, Stranger].into_iter().find(|who| {
            self.cast.leaf(*who).is_some_and(|leaf| format.write(leaf.der()).into_bytes() == value)
        });
        match whose {
            Some(who) => format!("{name}: <{who:?}>"),
            None => format!("{name}: {}", lossy(&value)),
        }
    }

    fn shown(&self, seen: &Seen) -> String {
        let managed = seen.headers.iter().filter(|(name, _)| self.is_managed(name)).cloned();
        let managed: Vec<_> = managed.map(|header| cut(&self.named(header))).collect();
        format!("{} {} [{}]", seen.method, cut(&seen.target), managed.join(", "))
    }
}

/// The names that README promises to keep clean, beside the two of the settings and those that begin with `x-amzn-mtls-`.
const MANAGED: [&str; 4] =
    ["client-cert", "client-cert-chain", "x-forwarded-client-cert", "x-wso2-client-certificate"];

/// What never travels, folded.
const CONNECTION: [&str; 11] = [
    "connection",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-imforwards",
];

/// What always does, whatever `Connection` says.
const END_TO_END: [&str; 9] = [
    "access-control-request-method",
    "authorization",
    "content-type",
    "cookie",
    "origin",
    "x-amzn-trace-id",
    "x-forwarded-for",
    "x-forwarded-port",
    "x-forwarded-proto",
];

/// Lower case, and a hyphen for whatever is neither letter nor digit.
fn folded(name: &str) -> String {
    name.to_ascii_lowercase().replace(|char: char| !char.is_ascii_alphanumeric(), "-")
}

fn lengths(event: &Event) -> Vec<String> {
    let expected = ["POST", "PUT", "PATCH"].contains(&event.method.as_str());
    let told = expected || !event.body.is_empty();
    told.then(|| event.body.len().to_string()).into_iter().collect()
}

fn values(seen: &Seen, name: &str) -> Vec<String> {
    seen.values(name).map(lossy).collect()
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn cut(text: &str) -> String {
    let visible = |char: char| match char.is_control() {
        true => char.escape_default().to_string(),
        false => char.to_string(),
    };
    let mut short: String = text.chars().take(80).map(visible).collect();
    if text.chars().count() > 80 {
        short.push('…');
    }
    short
}

/// The `code` of an answer that has one.
fn code(answer: &Answer) -> String {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    body["code"].as_str().unwrap_or_default().to_owned()
}

fn unlike<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Option<String> {
    let fault =
        || format!("{what}: {}, not {}", cut(&format!("{found:?}")), cut(&format!("{expected:?}")));
    (found != expected).then(fault)
}

/// What became of a row in one variant.
pub(crate) struct Trial {
    name: String,
    maps: HeaderMode,
    got: String,
    saw: String,
    pub(crate) faults: Vec<String>,
}

impl Trial {
    pub(crate) fn line(&self) -> String {
        let Self { name, maps, got, saw, faults } = self;
        let mark = if faults.is_empty() { "  " } else { "✗ " };
        let saw = if saw.is_empty() { "nothing" } else { saw };
        let faults: String = faults.iter().map(|fault| format!("\n      {fault}")).collect();
        format!("{mark}{} | {maps} | got {got} | saw {saw}{faults}", cut(name))
    }
}
