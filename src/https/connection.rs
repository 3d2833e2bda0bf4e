//! A connection that knows whether the server is through with the TLS handshake.

use std::{
    io,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
};

use http::Extensions;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::{
    client::legacy::connect::{self, Connected},
    rt::TokioIo,
};
use rustls::ProtocolVersion;
use tokio::net::TcpStream;

pub(super) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;

/// In TLS 1.3 our side is through, and may send, before the server has seen our certificate; until it has
/// accepted that, it reads nothing of what was sent.
pub(crate) struct Connection {
    stream: Stream,
    accepted: Accepted,
}

/// Whether the server is known to be through. Goes with every error on the connection.
#[derive(Clone, Default)]
struct Accepted(Arc<AtomicBool>);

impl Connection {
    pub(super) fn new(stream: Stream) -> Self {
        Self { stream, accepted: Accepted::default() }
    }

    /// It is through before us up to TLS 1.2. In TLS 1.3 it is when it sends a ticket (RFC 8446 section
    /// 4.6.1: not before it has our certificate, where it wants one).
    fn is_accepted(&self) -> bool {
        let Stream::Https(stream) = &self.stream else { return true };
        let (_, tls) = stream.inner().get_ref();
        tls.protocol_version() != Some(ProtocolVersion::TLSv1_3) || tls.tls13_tickets_received() > 0
    }
}

/// Whether the server was through with the handshake of this connection, so that it may have processed
/// what was sent.
pub(crate) fn was_accepted(connected: &Connected) -> bool {
    let mut extras = Extensions::new();
    connected.get_extras(&mut extras);
    extras.get::<Accepted>().is_none_or(|accepted| accepted.0.load(Ordering::Relaxed))
}

impl connect::Connection for Connection {
    fn connected(&self) -> Connected {
        self.stream.connected().extra(self.accepted.clone())
    }
}

impl Read for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_read(context, buffer);
        if matches!(outcome, Poll::Ready(Ok(()))) || self.is_accepted() {
            self.accepted.0.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

impl Write for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }
}
