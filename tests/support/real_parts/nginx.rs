//! nginx, for its spelling of a client certificate in a header, and as a gateway that is reached by TLS.

use tempfile::TempDir;

use super::process::Process;
use super::{curl, openssl, part};

const ESCAPING: &str = "
    ssl_verify_client optional_no_ca;
    ssl_verify_depth 16;
    location / { default_type text/plain; return 200 $ssl_client_escaped_cert; }";

/// A running nginx that asks for a client certificate and answers with its `$ssl_client_escaped_cert`.
pub(crate) struct Nginx {
    process: Process,
    url: String,
}

impl Nginx {
    pub(crate) async fn start() -> Nginx {
        let server = openssl(
            ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
                .into_iter()
                .chain(["-keyout", "-", "-subj", "/CN=localhost", "-days", "2"]),
        )
        .await;
        let (process, [port]) = Process::start_on_free_ports(|[port]| {
            let folder = tempfile::tempdir().unwrap();
            std::fs::write(folder.path().join("server.pem"), &server).unwrap();
            let configuration = configuration(port, ESCAPING);
            std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
            nginx(folder)
        })
        .await;
        Nginx { process, url: format!("https://127.0.0.1:{port}/") }
    }

    /// Presents the certificates in `chain`, leaf first, in a handshake, and returns how nginx spells the leaf.
    ///
    /// nginx takes any issuer here, but no certificate that has expired.
    ///
    /// # Panics
    ///
    /// If nginx does not take it.
    pub(crate) async fn escaped_cert(&self, chain_pem: &str, key_pem: &str) -> String {
        let identity = tempfile::tempdir().unwrap();
        let file = |name: &str, pem: &str| {
            let path = identity.path().join(name);
            std::fs::write(&path, pem).unwrap();
            path.into_os_string()
        };
        let output = curl([
            "--insecure".into(),
            "--fail".into(),
            "--cert".into(),
            file("chain.pem", chain_pem),
            "--key".into(),
            file("key.pem", key_pem),
            self.url.clone().into(),
        ])
        .await;
        assert!(
            output.status.success(),
            "nginx refused: {}\n{}",
            String::from_utf8_lossy(&output.stderr),
            self.process.log()
        );
        String::from_utf8(output.stdout).unwrap()
    }
}

/// A gateway as it stands behind TLS: who it is, and whom it lets in.
#[derive(Clone)]
pub(crate) struct Tls<'a> {
    /// Its certificate, the intermediates that it needs, and its key.
    pub(crate) server: String,
    /// The authority by which clients have to be known; none asks for no certificate.
    pub(crate) clients: Option<&'a str>,
    /// As nginx's `ssl_protocols` has it.
    pub(crate) protocols: &'a str,
}

/// A running nginx that answers over TLS with the subject of its client and the number of the connection.
pub(crate) struct TlsGateway {
    process: Option<Process>,
    port: u16,
}

impl TlsGateway {
    pub(crate) async fn start(tls: &Tls<'_>) -> TlsGateway {
        let (process, [port]) = Process::start_on_free_ports(|[port]| Self::on(port, tls)).await;
        TlsGateway { process: Some(process), port }
    }

    /// With another certificate or other demands, at the same address.
    pub(crate) async fn restart(&mut self, tls: &Tls<'_>) {
        // Ended, or the port would still be taken.
        self.process = None;
        let mut process = Self::on(self.port, tls);
        assert!(process.listens(self.port).await, "{}", process.log());
        self.process = Some(process);
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn on(port: u16, tls: &Tls<'_>) -> Process {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        write("server.pem", &tls.server);
        let demand = tls.clients.map_or("ssl_verify_client off;", |authority| {
            write("clients.pem", authority);
            "ssl_verify_client on; ssl_client_certificate clients.pem;"
        });
        // Level 0, or OpenSSL would offer nothing below TLS 1.2 whatever the protocols are.
        let server = format!(
            "{demand}
            ssl_protocols {};
            ssl_ciphers DEFAULT@SECLEVEL=0;
            keepalive_timeout 60s;
            location / {{ default_type text/plain; return 200 '$ssl_client_s_dn;$connection'; }}",
            tls.protocols
        );
        write("nginx.conf", &configuration(port, &server));
        nginx(folder)
    }
}

pub(super) fn nginx(folder: TempDir) -> Process {
    Process::start(&part("bin/nginx"), folder, |command| {
        // Before it has read its configuration, it would log to where it was built to.
        command.args(["-e", "stderr", "-p", ".", "-c", "nginx.conf"]);
    })
}

fn configuration(port: u16, server: &str) -> String {
    let tls = format!(
        "listen 127.0.0.1:{port} ssl;
        ssl_certificate server.pem;
        ssl_certificate_key server.pem;
        {server}"
    );
    around(&tls)
}

/// One process in the foreground, which writes nowhere but into its own folder, with one server.
pub(super) fn around(server: &str) -> String {
    format!(
        "daemon off;
        master_process off;
        pid nginx.pid;
        error_log stderr;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path body;
            proxy_temp_path proxy;
            fastcgi_temp_path fastcgi;
            uwsgi_temp_path uwsgi;
            scgi_temp_path scgi;
            server {{ {server} }}
        }}
        "
    )
}
