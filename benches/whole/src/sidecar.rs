//! nginx as people run it where no load balancer is: it ends TLS, verifies the client, and hands its
//! certificate on in a header.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject},
};
use tempfile::TempDir;

use crate::{
    Fault, function,
    gateway::Body,
    http::Connection,
    programs,
    world::{CLIENT_CAS, GATEWAY_CA, SERVER, SERVER_KEY, World},
};

/// nginx, running, and a client that is connected to it.
pub(crate) struct Sidecar {
    nginx: Child,
    client: Connection<StreamOwned<ClientConnection, TcpStream>>,
    /// nginx keeps its files here.
    _folder: TempDir,
}

impl Sidecar {
    pub(crate) fn start(world: &World) -> Result<Self, Fault> {
        let root = programs::root()?;
        let folder = TempDir::new()?;
        // Free until nginx takes it, most likely.
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let template = fs::read_to_string(root.join("benches/peers/nginx/nginx.conf"))?;
        let file = |name| world.file(name).display().to_string();
        let configuration = template
            .replace("@PORT@", &port.to_string())
            .replace("@CERTIFICATE@", &file(SERVER))
            .replace("@KEY@", &file(SERVER_KEY))
            .replace("@CLIENT_CAS@", &file(CLIENT_CAS))
            .replace("@GATEWAY@", &world.gateway().to_string());
        fs::write(folder.path().join("nginx.conf"), configuration)?;
        let nginx = Command::new(root.join("target/real-parts/bin/nginx"))
            .args(["-e", "stderr", "-c", "nginx.conf", "-p"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .spawn()
            .map_err(|error| format!("nginx, which `make setup` brings: {error}"))?;
        let client = connect(world, port)?;
        Ok(Self { nginx, client, _folder: folder })
    }

    /// Sends requests one after another; how long each took.
    pub(crate) fn play(&mut self, body: Body, count: usize) -> Result<Vec<Duration>, Fault> {
        let path = body.path();
        let request = format!(
            "GET {path}?limit=25&offset=50 HTTP/1.1\r\nHost: api.example.com\r\nAccept: application/json\r\n\r\n"
        );
        let mut took = Vec::with_capacity(count);
        for _ in 0..count {
            let began = Instant::now();
            self.client.write(request.as_bytes())?;
            let response = self.client.response()?;
            took.push(began.elapsed());
            if response.status != 200 {
                return Err(format!("nginx answered {}", response.status).into());
            }
        }
        Ok(took)
    }

    /// The time that its worker has spent on a processor.
    pub(crate) fn cpu(&self) -> Result<Duration, Fault> {
        let master = self.nginx.id();
        let workers = fs::read_to_string(format!("/proc/{master}/task/{master}/children"))?;
        let worker = workers.split_whitespace().next().ok_or("nginx has no worker")?;
        function::cpu(worker.parse()?)
    }
}

impl Drop for Sidecar {
    fn drop(&mut self) {
        // Its worker ends with it.
        if let Err(error) = function::end(&mut self.nginx) {
            eprintln!("bench: nginx goes on: {error}");
        }
    }
}

fn connect(
    world: &World,
    port: u16,
) -> Result<Connection<StreamOwned<ClientConnection, TcpStream>>, Fault> {
    let (leaf, chain) = world.client()?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(world.file(GATEWAY_CA))?)?;
    let chain = chain.certificates().iter().cloned().map(CertificateDer::from).collect();
    let key = PrivatePkcs8KeyDer::from(leaf.key().der().to_vec());
    let config = ClientConfig::builder_with_provider(aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_client_auth_cert(chain, PrivateKeyDer::from(key))?;
    let session = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
    let stream = listening(port)?;
    stream.set_nodelay(true)?;
    Ok(Connection::new(StreamOwned::new(session, stream)))
}

/// A connection, as soon as somebody listens.
fn listening(port: u16) -> Result<TcpStream, Fault> {
    let began = Instant::now();
    loop {
        match TcpStream::connect(("127.0.0.1", port)) {
            Err(error) if began.elapsed() > Duration::from_secs(10) => return Err(error.into()),
            Err(_) => thread::sleep(Duration::from_millis(10)),
            Ok(stream) => return Ok(stream),
        }
    }
}
