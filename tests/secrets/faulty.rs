//! What stands between the function and a Secrets Manager: passes every request on, and the answer back,
//! until it is told to do worse.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
    sync::{Mutex, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::support::{PATIENCE, scripted::read_head};

/// How the next answers turn out.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Conduct {
    /// As they come.
    Honest,
    /// As they come, but not before another conduct is asked for.
    Held,
    /// Broken off in the middle of what comes.
    Cut,
    /// Not at all: nobody listens.
    Refused,
    /// All the same, these bytes.
    Instead(Vec<u8>),
}

/// A running one. Dropping it ends it.
pub(crate) struct Faulty {
    address: SocketAddr,
    shared: Arc<Shared>,
    port: Mutex<Port>,
}

struct Shared {
    behind: SocketAddr,
    conduct: watch::Sender<Conduct>,
    requests: watch::Sender<usize>,
}

/// The port stays taken while nobody listens on it: another test could be given it.
enum Port {
    Idle(TcpSocket),
    Serving(JoinHandle<()>),
}

impl Conduct {
    /// A complete answer, whatever is asked.
    pub(crate) fn answer(status: &str, headers: &str, body: &str) -> Self {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        Self::Instead(answer.into_bytes())
    }

    /// An error as the service writes it.
    pub(crate) fn error(status: &str, kind: &str) -> Self {
        let headers =
            format!("content-type: application/x-amz-json-1.1\r\nx-amzn-errortype: {kind}\r\n");
        Self::answer(
            status,
            &headers,
            &format!(r#"{{"__type":"{kind}","message":"failing on demand"}}"#),
        )
    }
}

impl Faulty {
    /// In front of the Secrets Manager at that URL, and honest.
    pub(crate) async fn before(endpoint: &str) -> Self {
        let socket = bound(([127, 0, 0, 1], 0).into());
        let shared = Arc::new(Shared {
            behind: endpoint.strip_prefix("http://").unwrap().parse().unwrap(),
            conduct: watch::Sender::new(Conduct::Refused),
            requests: watch::Sender::new(0),
        });
        let address = socket.local_addr().unwrap();
        let faulty = Self { address, shared, port: Mutex::new(Port::Idle(socket)) };
        faulty.behave(Conduct::Honest).await;
        faulty
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Behaves like this from now on, and towards whoever still waits for an answer.
    pub(crate) async fn behave(&self, conduct: Conduct) {
        let refused = conduct == Conduct::Refused;
        self.shared.conduct.send_replace(conduct);
        let mut port = self.port.lock().await;
        *port = match std::mem::replace(&mut *port, Port::Idle(TcpSocket::new_v4().unwrap())) {
            Port::Serving(task) if refused => {
                task.abort();
                // Ended, or it would still listen.
                let _ = task.await;
                Port::Idle(bound(self.address))
            }
            Port::Idle(socket) if !refused => {
                let listener = socket.listen(1024).unwrap();
                Port::Serving(tokio::spawn(serve(listener, Arc::clone(&self.shared))))
            }
            same => same,
        };
    }

    /// How many requests came so far, and were put to the one behind.
    pub(crate) fn requests(&self) -> usize {
        *self.shared.requests.borrow()
    }

    /// Waits until there were so many; what they will be told honestly is settled then.
    pub(crate) async fn asked(&self, times: usize) {
        let mut requests = self.shared.requests.subscribe();
        timeout(PATIENCE, requests.wait_for(|requests| *requests >= times)).await.unwrap().unwrap();
    }
}

impl Drop for Faulty {
    fn drop(&mut self) {
        if let Port::Serving(task) = self.port.get_mut() {
            task.abort();
        }
    }
}

fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    // Connections of the last listener may still be about to end.
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    // Owned by this task: when it is aborted, so is every connection.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        connections.spawn(answer(stream, Arc::clone(&shared)));
    }
}

/// Answers the one request of a connection.
async fn answer(mut stream: TcpStream, shared: Arc<Shared>) -> io::Result<()> {
    let request = read_request(&mut stream).await?;
    let honest = ask(shared.behind, &request).await?;
    shared.requests.send_modify(|requests| *requests += 1);
    let answer = shared.after_what_is_held(honest).await;
    stream.write_all(&answer).await?;
    stream.shutdown().await
}

impl Shared {
    async fn after_what_is_held(&self, honest: Vec<u8>) -> Vec<u8> {
        let mut conduct = self.conduct.subscribe();
        match &*conduct.wait_for(|conduct| *conduct != Conduct::Held).await.unwrap() {
            Conduct::Cut => honest[..honest.len() / 2].to_vec(),
            Conduct::Instead(answer) => answer.clone(),
            Conduct::Honest | Conduct::Held | Conduct::Refused => honest,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut request = read_head(stream).await;
    let head = String::from_utf8_lossy(&request).to_lowercase();
    let (head, begun) = head.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.map_or(0, |length| length.parse().unwrap());
    let mut rest = vec![0; length - begun.len()];
    stream.read_exact(&mut rest).await?;
    request.append(&mut rest);
    Ok(request)
}

/// The answer of a server that closes the connection after it.
async fn ask(server: SocketAddr, request: &[u8]) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_all(request).await?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await?;
    Ok(answer)
}
