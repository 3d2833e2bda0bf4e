//! The gateway's stand-in: answers what the path asks for, over TCP or TLS.

use std::{
    collections::HashMap,
    io::{self, Read, Write},
    net::SocketAddr,
    sync::Arc,
    thread,
    time::Duration,
};

use alb_mtls::pki::Leaf;
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
};

use crate::{
    Fault,
    http::{self, Connection},
};

/// What the gateway answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Body {
    /// So many bytes of text, with what JSON has to escape in it as often as in JSON.
    Text(usize),
    /// So many bytes that are not UTF-8.
    Binary(usize),
    /// A short text, after so many milliseconds.
    Slow(u64),
}

impl Body {
    /// The path that asks for it, before any query.
    pub(crate) fn path(self) -> String {
        match self {
            Self::Text(bytes) => format!("/text/{bytes}"),
            Self::Binary(bytes) => format!("/binary/{bytes}"),
            Self::Slow(milliseconds) => format!("/slow/{milliseconds}"),
        }
    }

    fn asked_for_by(target: &str) -> Option<Self> {
        let path = target.split('?').next()?;
        let (kind, number) = path.strip_prefix('/')?.split_once('/')?;
        match kind {
            "text" => number.parse().ok().map(Self::Text),
            "binary" => number.parse().ok().map(Self::Binary),
            "slow" => number.parse().ok().map(Self::Slow),
            _ => None,
        }
    }

    fn message(self) -> Vec<u8> {
        const JSON: &[u8] = b"{\"order\":\"2026-11-27/0815\",\"lines\":[1,2,3]},\n";
        let (kind, body): (_, Vec<u8>) = match self {
            Self::Text(bytes) => ("application/json", repeated(JSON, bytes)),
            Self::Binary(bytes) => ("application/octet-stream", repeated(b"\xff\xd8\x00PK", bytes)),
            Self::Slow(_) => ("application/json", JSON.to_vec()),
        };
        let headers =
            format!("Content-Type: {kind}\r\nX-Request: 1\r\nCache-Control: no-store\r\n");
        http::answer(200, &headers, &body)
    }
}

/// So many bytes of a pattern, over and over.
pub(crate) fn repeated(pattern: &[u8], bytes: usize) -> Vec<u8> {
    pattern.iter().copied().cycle().take(bytes).collect()
}

/// Starts a gateway without TLS.
pub(crate) fn start() -> io::Result<SocketAddr> {
    http::serve(|stream| answer(Connection::new(stream)))
}

/// Starts one with TLS.
pub(crate) fn start_tls(certificate: &Leaf) -> Result<SocketAddr, Fault> {
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivatePkcs8KeyDer::from(certificate.key().der().to_vec());
    let config = ServerConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from(key))?;
    let config = Arc::new(config);
    let address = http::serve(move |stream| {
        let session = ServerConnection::new(Arc::clone(&config)).map_err(io::Error::other)?;
        answer(Connection::new(StreamOwned::new(session, stream)))
    })?;
    Ok(address)
}

fn answer<S: Read + Write>(mut connection: Connection<S>) -> io::Result<()> {
    let mut messages = HashMap::new();
    while let Some(request) = connection.request()? {
        let Some(body) = Body::asked_for_by(&request.target) else {
            connection.write(&http::answer(404, "", b"no such body"))?;
            continue;
        };
        if let Body::Slow(milliseconds) = body {
            thread::sleep(Duration::from_millis(milliseconds));
        }
        connection.write(messages.entry(body).or_insert_with(|| body.message()))?;
    }
    Ok(())
}
