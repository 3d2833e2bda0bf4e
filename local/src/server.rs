//! What the stand-ins share: a loopback listener that ends with its handle.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::{JoinHandle, JoinSet};

/// How long `stop` waits for requests that are under way.
const GRACE: Duration = Duration::from_secs(5);
/// Pause after a failed `accept`, which mostly means that file descriptors ran out.
const ACCEPT_RETRY: Duration = Duration::from_millis(50);

/// One accepted connection, and what tells it to finish.
pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    pub(crate) peer: SocketAddr,
    /// Counts from 1, in the order of acceptance.
    pub(crate) number: u64,
    pub(crate) watcher: Watcher,
}

/// A running server. Dropping it ends it at once, connections included.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    accepting: JoinHandle<()>,
}

impl Server {
    /// Binds `address` and hands every connection to `serve`, each in a task of its own.
    pub(crate) async fn start<F, C>(address: SocketAddr, serve: F) -> io::Result<Self>
    where
        F: Fn(Connection) -> C + Send + 'static,
        C: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel();
        let accepting = tokio::spawn(accept(listener, serve, stopped));
        Ok(Self { address, stop: Some(stop), accepting })
    }

    /// The address in use, with the real port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes no more connections and lets requests that are under way finish, for a few seconds.
    pub(crate) async fn stop(mut self) {
        // Dropping the sender ends the accept loop; a loop that ended already is as good.
        self.stop.take();
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept<F, C>(listener: TcpListener, serve: F, mut stopped: oneshot::Receiver<()>)
where
    F: Fn(Connection) -> C,
    C: Future<Output = ()> + Send + 'static,
{
    let graceful = GracefulShutdown::new();
    // Owned by this task: when it is aborted, so is every connection.
    let mut connections = JoinSet::new();
    let mut number = 0;
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    // Or an answer in two writes waits 40 ms for an acknowledgement: slow, and no fault.
                    let _ = stream.set_nodelay(true);
                    number += 1;
                    connections.spawn(serve(Connection { stream, peer, number, watcher: graceful.watcher() }));
                }
                Err(error) => {
                    tracing::warn!(%error, "no connection accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                }
            },
            Some(_) = connections.join_next() => {}
            _ = &mut stopped => break,
        }
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections still open after {GRACE:?} are cut");
    }
}
