//! OpenSSL's own server, which ends the handshake where it does not know its client. nginx ends it well, and
//! answers with an error page.

use super::part;
use super::process::Process;

/// A running `openssl s_server` that answers HTTP with a page about the connection.
pub(crate) struct SServer {
    process: Process,
    port: u16,
}

impl SServer {
    /// As the holder of certificate and key in `server`, for clients of the authority `clients`.
    /// `protocol` is an option such as `-tls1_3`.
    pub(crate) async fn start(server: &str, clients: &str, protocol: &str) -> SServer {
        let (process, [port]) = Process::start_on_free_ports(|[port]| {
            let folder = tempfile::tempdir().unwrap();
            let write = |name: &str, text: &str| {
                std::fs::write(folder.path().join(name), text).unwrap();
            };
            write("server.pem", server);
            write("clients.pem", clients);
            Process::start(&part("bin/openssl"), folder, |command| {
                command
                    .args(["s_server", "-www", "-accept", &format!("127.0.0.1:{port}")])
                    .args(["-cert", "server.pem", "-key", "server.pem", protocol])
                    .args(["-Verify", "1", "-verify_return_error", "-CAfile", "clients.pem"]);
            })
        })
        .await;
        SServer { process, port }
    }

    pub(crate) fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}
