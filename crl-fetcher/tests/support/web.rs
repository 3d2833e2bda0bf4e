//! A web server that answers with what a test wants, and remembers what it was asked.

use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex},
};

use flate2::{Compression, write::GzEncoder};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// What is at a path.
#[derive(Clone)]
pub(crate) enum Page {
    /// A whole response, byte for byte.
    Raw(Vec<u8>),
    /// A file with an `ETag`: its second answer is 304, if it is asked for that.
    Tagged(Vec<u8>, &'static str),
    /// Never answers.
    Silent,
}

impl Page {
    /// 200.
    pub(crate) fn of(body: &[u8]) -> Self {
        Self::with("200 OK", &format!("Content-Length: {}\r\n", body.len()), body)
    }

    pub(crate) fn with(status: &str, headers: &str, body: &[u8]) -> Self {
        let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
        Self::Raw([head.as_bytes(), body].concat())
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::with("302 Found", &format!("Location: {to}\r\nContent-Length: 0\r\n"), b"")
    }
}

/// A running server. What is at no path is 404.
pub(crate) struct Web {
    pages: Arc<Mutex<HashMap<String, Page>>>,
    heads: Arc<Mutex<Vec<String>>>,
    host: String,
    task: JoinHandle<()>,
}

impl Web {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let (pages, heads) = (Arc::<Mutex<HashMap<_, _>>>::default(), Arc::default());
        let (of, to) = (Arc::clone(&pages), Arc::clone(&heads));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&of), Arc::clone(&to)));
            }
        });
        Self { pages, heads, host, task }
    }

    pub(crate) fn put(&self, path: &str, page: Page) {
        self.pages.lock().unwrap().insert(path.to_owned(), page);
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }

    /// The heads of all requests so far, and of `PUT`s the bodies.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

impl Drop for Web {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    mut stream: TcpStream,
    pages: Arc<Mutex<HashMap<String, Page>>>,
    heads: Arc<Mutex<Vec<String>>>,
) {
    let head = read(&mut stream).await;
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let page = pages.lock().unwrap().get(&path).cloned();
    heads.lock().unwrap().push(head.clone());
    let response = match page {
        None => Page::with("404 Not Found", "Content-Length: 0\r\n", b""),
        Some(Page::Silent) => return std::future::pending().await,
        Some(Page::Tagged(_, tag)) if head.contains(&format!("if-none-match: {tag}\r\n")) => {
            Page::with("304 Not Modified", &format!("ETag: {tag}\r\n"), b"")
        }
        Some(Page::Tagged(body, tag)) => {
            let length = body.len();
            Page::with("200 OK", &format!("ETag: {tag}\r\nContent-Length: {length}\r\n"), &body)
        }
        Some(raw) => raw,
    };
    let Page::Raw(bytes) = response else { return };
    let _ = stream.write_all(&bytes).await;
    let _ = stream.shutdown().await;
}

/// A request with its body, which has a length.
async fn read(stream: &mut TcpStream) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer).await {
            Ok(read) if read > 0 => request.extend_from_slice(&buffer[..read]),
            _ => return text,
        }
    }
}

pub(crate) fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}
