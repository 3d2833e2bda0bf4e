//! nginx, for its spelling of a client certificate in a header.

use super::process::Process;
use super::{curl, openssl, part};

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
            std::fs::write(folder.path().join("nginx.conf"), configuration(port)).unwrap();
            Process::start(&part("bin/nginx"), folder, |command| {
                // Before it has read its configuration, it would log to where it was built to.
                command.args(["-e", "stderr", "-p", ".", "-c", "nginx.conf"]);
            })
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

/// One process in the foreground, which writes nowhere but into its own folder.
fn configuration(port: u16) -> String {
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
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate server.pem;
                ssl_certificate_key server.pem;
                ssl_verify_client optional_no_ca;
                ssl_verify_depth 16;
                location / {{
                    default_type text/plain;
                    return 200 $ssl_client_escaped_cert;
                }}
            }}
        }}
        "
    )
}
