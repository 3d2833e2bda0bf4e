//! A gateway that closes its connections when it is told to, and counts what reached it.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use alb_mtls::alb::Request;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
    time::sleep,
};

use super::get;

/// The header that tells requests apart.
pub(crate) const ID: &str = "x-id";

/// How a connection fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// Every request is answered.
    Answers,
    /// Every request is answered so long after it has been read.
    AnswersAfter(Duration),
    /// The first request is answered, and so long after it the connection is closed unannounced.
    AnswersOnce(Duration),
    /// Closed as soon as it is accepted.
    ClosesUnread,
    /// Closed so long after the first request has been read.
    ClosesUnanswered(Duration),
    /// Closed when the first request has been read and half a head of an answer is out.
    ClosesInHead,
    /// Closed when the first request has been read and a head, but no body, is out.
    ClosesInBody,
    /// Closed when the first request has been read and what is no HTTP is out.
    ClosesAfterNonsense,
    /// Nothing is ever read or answered.
    Silent,
    /// The first request is read, and half a head is all that is ever answered.
    StallsInHead,
    /// The first request is read, and a head and half a body are all that is ever answered.
    StallsInBody,
    /// The first request is read, and of a long body one byte after another is answered.
    Drips,
}

/// A running gateway. Dropping it ends it.
pub(crate) struct Closing {
    address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct State {
    /// How often each request was read to its end, body and all.
    seen: Mutex<HashMap<usize, usize>>,
    accepted: AtomicUsize,
    open: AtomicUsize,
    close: watch::Sender<()>,
}

impl Closing {
    /// With the conduct of the first connections and that of all others.
    pub(crate) async fn start(first: Vec<Conduct>, others: Conduct) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::<State>::default();
        let (serving, mut first) = (Arc::clone(&state), first.into_iter());
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serving.accepted.fetch_add(1, Ordering::SeqCst);
                serving.open.fetch_add(1, Ordering::SeqCst);
                let conduct = first.next().unwrap_or(others);
                tokio::spawn(serve(stream, conduct, Arc::clone(&serving)));
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// How many connections there were so far.
    pub(crate) fn accepted(&self) -> usize {
        self.state.accepted.load(Ordering::SeqCst)
    }

    /// How often the request was read to its end.
    pub(crate) fn seen(&self, id: usize) -> usize {
        self.state.seen.lock().unwrap().get(&id).copied().unwrap_or_default()
    }

    /// Lets further connections be refused.
    pub(crate) async fn stop_listening(&self) {
        self.task.abort();
        while !self.task.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    /// Closes every connection; returns when all are closed.
    pub(crate) async fn close(&self) {
        self.state.close.send_replace(());
        while self.state.open.load(Ordering::SeqCst) > 0 {
            tokio::task::yield_now().await;
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(stream: TcpStream, conduct: Conduct, state: Arc<State>) {
    let mut close = state.close.subscribe();
    tokio::select! {
        () = answer(stream, conduct, &state) => {}
        _ = close.changed() => {}
    }
    state.open.fetch_sub(1, Ordering::SeqCst);
}

async fn answer(stream: TcpStream, conduct: Conduct, state: &State) {
    match conduct {
        Conduct::ClosesUnread => return,
        Conduct::Silent => std::future::pending().await,
        _ => {}
    }
    let mut stream = BufReader::new(stream);
    stream.get_ref().set_nodelay(true).unwrap();
    while let Some(request) = Message::read(&mut stream).await {
        let id = request.headers[ID].parse().unwrap();
        assert!(request.body == body(id), "the body of request {id} is another");
        *state.seen.lock().unwrap().entry(id).or_default() += 1;
        if let Conduct::AnswersAfter(pause) = conduct {
            sleep(pause).await;
        }
        let head =
            format!("HTTP/1.1 200 OK\r\n{ID}: {id}\r\ncontent-length: {}\r\n\r\n", text(id).len());
        let text = text(id);
        let answer = match conduct {
            Conduct::ClosesUnanswered(_) => "",
            Conduct::ClosesAfterNonsense => "HTTP/1.1 two hundred\r\n\r\n",
            Conduct::ClosesInHead | Conduct::StallsInHead => "HTTP/1.1 200 OK\r\nx-",
            Conduct::ClosesInBody => &head,
            Conduct::StallsInBody => &format!("{head}the"),
            Conduct::Drips => "HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n",
            _ if request.line.starts_with("HEAD ") => &head,
            _ => &format!("{head}{text}"),
        };
        let _ = stream.write_all(answer.as_bytes()).await;
        match conduct {
            Conduct::Answers | Conduct::AnswersAfter(_) => {}
            Conduct::AnswersOnce(pause) | Conduct::ClosesUnanswered(pause) => {
                return sleep(pause).await;
            }
            Conduct::StallsInHead | Conduct::StallsInBody => std::future::pending().await,
            Conduct::Drips => return drip(stream).await,
            _ => return,
        }
    }
}

async fn drip(mut stream: BufReader<TcpStream>) {
    const PAUSE: Duration = Duration::from_millis(2);
    while stream.write_all(b".").await.is_ok() {
        sleep(PAUSE).await;
    }
}

/// The methods of the requests that are counted.
pub(crate) const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What the gateway answers with to all but HEAD.
pub(crate) fn text(id: usize) -> String {
    format!("the answer to {id}")
}

/// The body that belongs to a request: of many sizes, a large one now and then.
pub(crate) fn body(id: usize) -> Vec<u8> {
    const LENGTHS: [usize; 7] = [0, 1, 17, 300, 4_096, 20_000, 1_000];
    let length = if id % 400 == 399 { 600_000 } else { LENGTHS[id / 7 % LENGTHS.len()] };
    format!("body of {id}, ").into_bytes().into_iter().cycle().take(length).collect()
}

/// A request, by its number: the header and the body say which one it is.
pub(crate) fn request(method: &str, id: usize, chain: Vec<Vec<u8>>) -> Request {
    let mut request = Request { method: method.to_owned(), body: body(id), ..get(chain) };
    request.headers.push((ID.to_owned(), id.to_string().into_bytes()));
    request
}

/// A message of HTTP/1.1 whose body, if any, says its length.
pub(crate) struct Message {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Message {
    /// `None` where the other side closes before the end.
    pub(crate) async fn read(stream: &mut BufReader<TcpStream>) -> Option<Self> {
        let line = read_line(stream).await?;
        let mut headers = HashMap::new();
        loop {
            let header = read_line(stream).await?;
            let Some((name, value)) = header.split_once(": ") else { break };
            headers.insert(name.to_ascii_lowercase(), value.to_owned());
        }
        let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).await.ok()?;
        Some(Self { line, headers, body })
    }
}

async fn read_line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await.ok()?;
    line.strip_suffix("\r\n").map(str::to_owned)
}
