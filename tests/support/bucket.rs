//! S3, as far as one bucket is read: objects by name, conditions, ranges, and faults on demand.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use alb_mtls_adapter::trust::{
    crls::manifest::{Listed, Manifest},
    revocation::RevocationList,
};
use aws_config::SdkConfig;
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use super::scripted::read_head;

/// `TRUST_CRLS` for it.
pub(crate) const LOCATION: &str = "s3://crls-of-ours/lists/";
const PREFIX: &str = "/crls-of-ours/lists/";

/// A running S3. Dropping it ends it.
pub(crate) struct Bucket {
    url: String,
    shared: Arc<Mutex<State>>,
    door: watch::Sender<Door>,
    task: JoinHandle<()>,
}

/// What becomes of whoever asks for a CRL.
#[derive(Clone, Copy, PartialEq)]
enum Door {
    Open,
    Waits,
    HangsUp,
}

#[derive(Default)]
struct State {
    objects: BTreeMap<String, Vec<u8>>,
    asked: Vec<String>,
    heads: Vec<String>,
    /// After how many bytes of a CRL its connection ends.
    cut: Option<usize>,
    denies: bool,
    delay: Duration,
    unanswered: usize,
}

impl Bucket {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Arc::<Mutex<State>>::default();
        let (door, at_door) = watch::channel(Door::Open);
        let serving = Arc::clone(&shared);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&serving), at_door.clone()));
            }
        });
        Self { url, shared, door, task }
    }

    /// `config`, with S3 here.
    pub(crate) fn beside(&self, config: &SdkConfig) -> SdkConfig {
        config.to_builder().service_config(Here(self.url.clone())).build()
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Puts CRLs and the manifest that names them, all written at the same time.
    pub(crate) fn publish(&self, lists: &[&[u8]]) {
        self.publish_at("2026-06-01T12:00:00Z", lists);
    }

    pub(crate) fn publish_at(&self, written: &str, lists: &[&[u8]]) {
        let crls = lists.iter().map(|der| {
            let crl = listed(der);
            self.put(&crl.file(), der);
            crl
        });
        self.put_manifest(&Manifest::new(written.to_owned(), crls.collect()).unwrap());
    }

    pub(crate) fn put_manifest(&self, manifest: &Manifest) {
        self.put("manifest.json", manifest.to_json().unwrap().as_bytes());
    }

    pub(crate) fn put(&self, file: &str, content: &[u8]) {
        self.shared.lock().unwrap().objects.insert(file.to_owned(), content.to_owned());
    }

    /// The one CRL that is there.
    pub(crate) fn crl(&self) -> Vec<u8> {
        let state = self.shared.lock().unwrap();
        let mut crls = state.objects.iter().filter(|(file, _)| file.ends_with(".crl"));
        let (_, crl) = crls.next().unwrap();
        assert!(crls.next().is_none());
        crl.clone()
    }

    pub(crate) fn remove(&self, file: &str) {
        self.shared.lock().unwrap().objects.remove(file).unwrap();
    }

    /// Ends the connection of each CRL after so many bytes.
    pub(crate) fn cut_after(&self, bytes: usize) {
        self.shared.lock().unwrap().cut = Some(bytes);
    }

    pub(crate) fn deny(&self, denies: bool) {
        self.shared.lock().unwrap().denies = denies;
    }

    /// Lets whoever asks for a CRL wait, until it is told otherwise.
    pub(crate) fn hold(&self, holds: bool) {
        self.door.send(if holds { Door::Waits } else { Door::Open }).unwrap();
    }

    /// Ends the connections of all who wait, and lets those in that come after.
    pub(crate) async fn hang_up(&self) {
        self.door.send(Door::HangsUp).unwrap();
        while self.unanswered() > 0 {
            tokio::task::yield_now().await;
        }
        self.hold(false);
    }

    /// How long each answer takes.
    pub(crate) fn delay(&self, delay: Duration) {
        self.shared.lock().unwrap().delay = delay;
    }

    /// How many questions have no answer yet.
    pub(crate) fn unanswered(&self) -> usize {
        self.shared.lock().unwrap().unanswered
    }

    /// What was asked for since the last look: `manifest`, `manifest unchanged`, `crl`, `crl from BYTE`.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().unwrap().asked)
    }
}

impl Bucket {
    /// The heads of all requests since the last look.
    pub(crate) fn take_heads(&self) -> Vec<String> {
        std::mem::take(&mut self.shared.lock().unwrap().heads)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// As a manifest names a CRL.
pub(crate) fn listed(der: &[u8]) -> Listed {
    let list = RevocationList::from_der(der).unwrap();
    Listed {
        sha256: list.sha256().to_owned(),
        bytes: der.len().try_into().unwrap(),
        url: "http://ca.example/ca.crl".to_owned(),
        issuer: list.issuer(),
        number: None,
        delta: list.is_delta(),
        this_update: String::new(),
        next_update: String::new(),
        entries: list.len().try_into().unwrap(),
        fetched: String::new(),
        etag: None,
        last_modified: None,
    }
}

#[derive(Debug)]
struct Here(String);

impl LoadServiceConfig for Here {
    fn load_config(&self, key: ServiceConfigKey<'_>) -> Option<String> {
        (key.service_id() == "S3").then(|| self.0.clone())
    }
}

async fn serve(mut stream: TcpStream, shared: Arc<Mutex<State>>, mut door: watch::Receiver<Door>) {
    let head = String::from_utf8(read_head(&mut stream).await).unwrap();
    let Some(path) = head.split(' ').nth(1) else { return };
    let header = |name: &str| {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
    };
    assert!(
        header("authorization").is_some_and(|it| it.starts_with("AWS4-HMAC-SHA256 ")),
        "{head}"
    );
    let file = path.strip_prefix(PREFIX).unwrap_or_else(|| panic!("{path}"));
    let is_crl = file.ends_with(".crl");
    let delay = {
        let mut state = shared.lock().unwrap();
        state.unanswered += 1;
        state.heads.push(head.clone());
        state.delay
    };
    tokio::time::sleep(delay).await;
    let opens = !is_crl || *door.wait_for(|door| *door != Door::Waits).await.unwrap() == Door::Open;
    if opens {
        let answer = shared.lock().unwrap().answer(file, header("if-none-match"), header("range"));
        let _ = stream.write_all(&answer).await;
        let _ = stream.shutdown().await;
    }
    shared.lock().unwrap().unanswered -= 1;
}

impl State {
    fn answer(&mut self, file: &str, condition: Option<String>, range: Option<String>) -> Vec<u8> {
        let is_crl = file.ends_with(".crl");
        let from: usize = range.as_ref().map_or(0, |range| {
            range.strip_prefix("bytes=").unwrap().strip_suffix('-').unwrap().parse().unwrap()
        });
        let object = self.objects.get(file).filter(|_| !self.denies);
        let etag = object.map(|object| format!("\"{:x}-{}\"", sum(object), object.len()));
        let is_same = condition.is_some() && condition == etag;
        self.asked.push(match (is_crl, from) {
            (false, _) if is_same => "manifest unchanged".to_owned(),
            (false, _) => "manifest".to_owned(),
            (true, 0) => "crl".to_owned(),
            (true, from) => format!("crl from {from}"),
        });
        let Some(object) = object else {
            let (status, code) = match self.denies {
                true => ("403 Forbidden", "AccessDenied"),
                false => ("404 Not Found", "NoSuchKey"),
            };
            let body = format!("<Error><Code>{code}</Code><Message>told to</Message></Error>");
            return head(status, &[], body.len(), body.as_bytes());
        };
        let etag = etag.unwrap();
        if is_same {
            return head("304 Not Modified", &[("etag", &etag)], 0, &[]);
        }
        let status = if range.is_some() { "206 Partial Content" } else { "200 OK" };
        let rest = &object[from..];
        let sent = self.cut.filter(|_| is_crl).unwrap_or(rest.len()).min(rest.len());
        head(status, &[("etag", &etag)], rest.len(), &rest[..sent])
    }
}

fn head(status: &str, headers: &[(&str, &str)], length: usize, body: &[u8]) -> Vec<u8> {
    let mut text =
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    [format!("{text}\r\n").as_bytes(), body].concat()
}

fn sum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(7, |sum: u64, byte| sum.wrapping_mul(31).wrapping_add(u64::from(*byte)))
}
