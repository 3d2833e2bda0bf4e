//! Many events at a time, as Lambda Managed Instances hand them out: the function as a process of its own, on all
//! processors. A program of its own, since it takes them all.

#![cfg(test)]

#[path = "../support/mod.rs"]
mod support;

use std::{collections::HashMap, net::SocketAddr, process::Stdio, sync::Arc, time::SystemTime};

use alb_mtls::{
    alb::{Answer, EventSettings, HeaderMode},
    pki::{Authority, Validity},
    secrets::{SecretValue, Secrets},
};
use alb_mtls_adapter::certificate::outgoing::CertFormat;
use serde_json::Value;
use support::{PATIENCE, closing::Message, get, hostile::Circle, key};
use tempfile::NamedTempFile;
use time::{Duration, OffsetDateTime};
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::{Mutex, mpsc},
    time::timeout,
};

/// How many events the function asks for at a time.
const AT_A_TIME: usize = 32;

/// The common name of the one anchor.
const ANCHOR: &str = "Root";

type Chain = Vec<Vec<u8>>;

/// An event, and the id of its invocation.
type Delivered = (String, Vec<u8>);

#[tokio::test]
async fn every_answer_is_its_requests_and_every_certificate_its_clients() {
    const CLIENTS: usize = 24;
    const ROUNDS: usize = 12;
    let mut function = Function::start().await;
    let clients: Vec<_> = (0..CLIENTS).map(|number| function.client(number)).collect();
    let circle = function.circle();
    let strangers: Vec<_> = (0..ROUNDS).map(|round| circle.chain(round)).collect();
    // Never seen at first, and known from then on; each round with a stranger and with somebody who presents nothing.
    let mut sent = HashMap::new();
    for (round, stranger) in strangers.iter().enumerate() {
        let known = clients.iter().map(|client| (client.clone(), 200));
        for (chain, status) in known.chain([(stranger.clone(), 403), (Chain::new(), 401)]) {
            let path = format!("/round-{round}-{}", sent.len());
            function.give(&path, chain.clone(), vec![b'.'; sent.len() * 300]);
            sent.insert(path, (chain, status));
        }
    }
    for _ in 0..sent.len() {
        let (path, answer) = function.answer().await;
        let (chain, status) = sent.remove(&path).unwrap();
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        if status == 200 {
            let told = CertFormat::UrlEncodedPem.write(&chain[0]);
            assert_eq!(String::from_utf8_lossy(&answer.body), format!("{path} {told}"));
        }
    }
    assert_eq!(function.lines().len(), strangers.len() * (CLIENTS + 2));
    for line in function.lines() {
        let (path, client) = (line["path"].as_str().unwrap(), &line["client"]["subject"]);
        assert_eq!(path.strip_prefix('/'), line["requestId"].as_str(), "{line}");
        let accepted = line["status"] == 200;
        assert_eq!(client.as_str().is_some_and(|name| name.starts_with("CN=client-")), accepted);
    }
}

#[tokio::test]
async fn known_client_is_answered_while_strangers_are_still_reckoned_with() {
    const STRANGERS: usize = AT_A_TIME - 2;
    let mut function = Function::start().await;
    let (client, circle) = (function.client(0), function.circle());
    function.give("/first", client.clone(), Vec::new());
    assert_eq!(function.answer().await.1.status, 200);
    for number in 0..STRANGERS {
        function.give(&format!("/stranger-{number}"), circle.chain(number), Vec::new());
    }
    function.give("/known", client, Vec::new());
    let mut order = Vec::new();
    for _ in 0..=STRANGERS {
        let (path, answer) = function.answer().await;
        assert_eq!(answer.status, if path == "/known" { 200 } else { 403 }, "{path}: {answer:?}");
        order.push(path);
    }
    // Those who came first have the processors first, and there are more of them than processors.
    let place = order.iter().position(|path| path == "/known").unwrap();
    assert!(place < STRANGERS / 2, "{place} of {STRANGERS} strangers came before: {order:?}");
}

/// The function, with a Runtime API and a gateway that tells what reached it.
struct Function {
    _process: Child,
    log: NamedTempFile,
    events: mpsc::UnboundedSender<Delivered>,
    answers: mpsc::UnboundedReceiver<Delivered>,
    settings: EventSettings,
    root: Authority,
    issuing: Authority,
    validity: Validity,
    _secrets: Secrets,
}

impl Function {
    async fn start() -> Self {
        let validity = Validity::around(OffsetDateTime::now_utc(), Duration::days(30));
        let root = Authority::root(ANCHOR, key(), validity).unwrap();
        let issuing = root.intermediate("Issuing", key(), validity).unwrap();
        let secrets = Secrets::start(([127, 0, 0, 1], 0).into()).await.unwrap();
        secrets.put("clients", SecretValue::Text(root.pem())).unwrap();
        let (events, queue) = mpsc::unbounded_channel();
        let (answered, answers) = mpsc::unbounded_channel();
        let queue = Arc::new(Mutex::new(queue));
        let api = serve(move |stream| invoke(stream, Arc::clone(&queue), answered.clone())).await;
        let gateway = serve(tell).await;
        let log = NamedTempFile::new().unwrap();
        let process = Command::new(env!("CARGO_BIN_EXE_bootstrap"))
            .env_clear()
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_LAMBDA_FUNCTION_NAME", "adapter")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "2048")
            .env("AWS_LAMBDA_MAX_CONCURRENCY", AT_A_TIME.to_string())
            .env("AWS_LAMBDA_RUNTIME_API", api.to_string())
            .env("AWS_ENDPOINT_URL_SECRETS_MANAGER", secrets.url())
            .env("TRUST_BUNDLE_SECRETS", "clients")
            .env("GATEWAY_URL", format!("http://{gateway}"))
            .stdin(Stdio::null())
            .stdout(log.reopen().unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let settings = EventSettings { header_mode: HeaderMode::Multi, ..EventSettings::default() };
        Self {
            _process: process,
            log,
            events,
            answers,
            settings,
            root,
            issuing,
            validity,
            _secrets: secrets,
        }
    }

    fn client(&self, number: usize) -> Chain {
        let leaf = self.issuing.leaf(&format!("client-{number}"), self.validity).issue().unwrap();
        vec![leaf.der().to_vec(), self.issuing.der().to_vec()]
    }

    fn circle(&self) -> Circle {
        Circle::below(self.root.name(), self.validity)
    }

    /// Makes an event available, whose invocation has its path, without the slash, for an id.
    fn give(&self, path: &str, chain: Chain, body: Vec<u8>) {
        let mut request = get(chain);
        (request.method, request.path, request.body) = ("POST".to_owned(), path.to_owned(), body);
        let event = self.settings.event(&request).unwrap();
        self.events.send((path.replacen('/', "", 1), event)).unwrap();
    }

    /// The next answer, and the path whose id it came under.
    async fn answer(&mut self) -> (String, Answer) {
        let answer = timeout(PATIENCE, self.answers.recv()).await;
        let (id, answer) = answer.unwrap_or_else(|_| panic!("log:\n{}", self.log())).unwrap();
        (format!("/{id}"), Answer::check(&answer, self.settings.header_mode).unwrap())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.log.path()).unwrap()
    }

    /// What it has logged of requests.
    fn lines(&self) -> Vec<Value> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| serde_json::from_str(line).ok());
        lines.filter(|line: &Value| line["message"] == "request").collect()
    }
}

async fn serve<F: Future<Output = Option<()>> + Send + 'static>(
    connection: impl Fn(BufReader<TcpStream>) -> F + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            stream.set_nodelay(true).unwrap();
            tokio::spawn(connection(BufReader::new(stream)));
        }
    });
    address
}

/// The Runtime API: hands out events, and takes answers under the ids that they come under.
async fn invoke(
    mut stream: BufReader<TcpStream>,
    queue: Arc<Mutex<mpsc::UnboundedReceiver<Delivered>>>,
    answered: mpsc::UnboundedSender<Delivered>,
) -> Option<()> {
    loop {
        let message = Message::read(&mut stream).await?;
        let (_, rest) = message.line.split_once("/invocation/")?;
        if rest.starts_with("next ") {
            let (id, event) = queue.lock().await.recv().await?;
            stream.write_all(&next(&id, &event)).await.ok()?;
            continue;
        }
        let (id, _) = rest.split_once("/response ").unwrap_or_else(|| panic!("{}", message.line));
        let answer = (id.to_owned(), message.body);
        stream.write_all(b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n").await.ok()?;
        answered.send(answer).ok()?;
    }
}

fn next(id: &str, event: &[u8]) -> Vec<u8> {
    let deadline = (SystemTime::now() + PATIENCE).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let head = format!(
        "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: {id}\r\n\
         lambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn:aws:lambda:us-east-1:123456789012:function:f\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n",
        deadline.as_millis(),
        event.len()
    );
    [head.as_bytes(), event].concat()
}

/// The gateway: answers with the path and the certificate that reached it.
async fn tell(mut stream: BufReader<TcpStream>) -> Option<()> {
    loop {
        let message = Message::read(&mut stream).await?;
        let path = message.line.split(' ').nth(1)?;
        let certificate = message.headers.get("x-amzn-mtls-clientcert").map_or("", String::as_str);
        let body = format!("{path} {certificate}");
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all(format!("{head}{body}").as_bytes()).await.ok()?;
    }
}
