//! A gateway that ends a connection, once it has processed a request, with a TLS alert about the other
//! side's certificate. No TLS library sends one then, so the record is made here.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use alb_mtls::pki::Leaf;
use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rustls::{
    ConnectionTrafficSecrets, ServerConfig, ServerConnection, Stream, SupportedProtocolVersion,
    crypto::aws_lc_rs::{cipher_suite, default_provider},
    pki_types::{CertificateDer, PrivateKeyDer},
    version::TLS13,
};

/// A running gateway.
pub(crate) struct Alerting {
    url: String,
    processed: Arc<AtomicUsize>,
}

impl Alerting {
    /// Its first connection gets the answers to so many requests, and `bad_certificate` after the next
    /// one; all others get answers alone. There is a ticket where there is no answer before the alert.
    pub(crate) fn start(
        server: &Leaf,
        version: &'static SupportedProtocolVersion,
        answers: usize,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let mut config = config(server, version);
        config.send_tls13_tickets = usize::from(answers == 0);
        let config = Arc::new(config);
        let processed = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&processed);
        // It ends with the process.
        thread::spawn(move || {
            let answers = std::iter::once(answers).chain(std::iter::repeat(usize::MAX));
            for (stream, answers) in listener.incoming().zip(answers) {
                let (config, count) = (Arc::clone(&config), Arc::clone(&count));
                thread::spawn(move || serve(stream.unwrap(), config, &count, answers, version));
            }
        });
        Self { url, processed }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// How many requests it has read to their end.
    pub(crate) fn processed(&self) -> usize {
        self.processed.load(Ordering::SeqCst)
    }
}

/// With the one cipher whose records are the same in both versions but for the header.
fn config(server: &Leaf, version: &'static SupportedProtocolVersion) -> ServerConfig {
    let mut provider = default_provider();
    provider.cipher_suites = vec![
        cipher_suite::TLS13_CHACHA20_POLY1305_SHA256,
        cipher_suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    ];
    let chain = vec![CertificateDer::from(server.der().to_vec())];
    let key = PrivateKeyDer::Pkcs8(server.key().der().to_vec().into());
    let mut config = ServerConfig::builder_with_provider(provider.into())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .unwrap();
    config.enable_secret_extraction = true;
    config
}

fn serve(
    mut tcp: TcpStream,
    config: Arc<ServerConfig>,
    processed: &AtomicUsize,
    answers: usize,
    version: &'static SupportedProtocolVersion,
) {
    let mut tls = ServerConnection::new(config).unwrap();
    for _ in 0..answers {
        if !reads_request(&mut Stream::new(&mut tls, &mut tcp)) {
            return;
        }
        processed.fetch_add(1, Ordering::SeqCst);
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
        Stream::new(&mut tls, &mut tcp).write_all(answer).unwrap();
    }
    if reads_request(&mut Stream::new(&mut tls, &mut tcp)) {
        processed.fetch_add(1, Ordering::SeqCst);
        tcp.write_all(&bad_certificate(tls, version)).unwrap();
    }
}

/// Requests without a body are enough here.
fn reads_request(stream: &mut impl Read) -> bool {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut buffer = [0; 4096];
        match stream.read(&mut buffer) {
            Ok(read) if read > 0 => head.extend_from_slice(&buffer[..read]),
            _ => return false,
        }
    }
    true
}

/// The alert as the next record (RFC 8446 section 5.2, RFC 7905 section 2).
fn bad_certificate(tls: ServerConnection, version: &'static SupportedProtocolVersion) -> Vec<u8> {
    const FATAL: u8 = 2;
    const BAD_CERTIFICATE: u8 = 42;
    const ALERT: u8 = 21;
    const APPLICATION_DATA: u8 = 23;
    let (number, secrets) = tls.dangerous_extract_secrets().unwrap().tx;
    let ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv } = secrets else { panic!() };
    let key = LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key.as_ref()).unwrap());
    let mut nonce = [0; 12];
    nonce[4..].copy_from_slice(&number.to_be_bytes());
    nonce.iter_mut().zip(iv.as_ref()).for_each(|(byte, iv)| *byte ^= iv);

    let mut content = vec![FATAL, BAD_CERTIFICATE];
    let (kind, sealed, hidden) = match version == &TLS13 {
        true => (APPLICATION_DATA, 3 + 16, &[ALERT][..]),
        false => (ALERT, 2, &[][..]),
    };
    content.extend_from_slice(hidden);
    let header = |length| [kind, 3, 3, 0, length];
    let mut bound = header(sealed).to_vec();
    if version != &TLS13 {
        bound.splice(0..0, number.to_be_bytes());
    }
    let nonce = Nonce::assume_unique_for_key(nonce);
    key.seal_in_place_append_tag(nonce, Aad::from(bound), &mut content).unwrap();
    let length = u8::try_from(content.len()).unwrap();
    [&header(length)[..], &content].concat()
}
