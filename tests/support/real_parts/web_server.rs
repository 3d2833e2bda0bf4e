//! nginx, as a CA publishes files with it.

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::{Duration, SystemTime},
};

use tempfile::TempDir;

use super::{
    nginx::{around, nginx},
    process::Process,
};

/// A running nginx that serves a folder, with `ETag` and `Last-Modified`; under `/packed/` in gzip, under `/away/` with
/// a redirect to the same file under the name `localhost`, and under `/through/` as another server has it.
pub(crate) struct WebServer {
    files: TempDir,
    process: Process,
    port: u16,
    puts: AtomicU64,
}

impl WebServer {
    /// `upstream` is the URL of the other server.
    pub(crate) async fn start(upstream: &str) -> Self {
        let files = tempfile::tempdir().unwrap();
        let root = files.path().to_str().unwrap().to_owned();
        let (process, [port]) = Process::start_on_free_ports(|[port]| {
            let folder = tempfile::tempdir().unwrap();
            let server = format!(
                "listen 127.0.0.1:{port};
                location / {{ root {root}; }}
                location /packed/ {{ alias {root}/; gzip on; gzip_min_length 1; gzip_types *; }}
                location /away/ {{ rewrite ^/away/(.*) http://localhost:{port}/$1 redirect; }}
                location /through/ {{ proxy_pass {upstream}; }}"
            );
            std::fs::write(folder.path().join("nginx.conf"), around(&server)).unwrap();
            nginx(folder)
        })
        .await;
        Self { files, process, port, puts: AtomicU64::new(0) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.port)
    }

    /// Puts a file into the folder, or replaces it: whole, as a CA does it. nginx tells files apart by length and
    /// second, so each is a second younger than the one before.
    pub(crate) fn put(&self, name: &str, content: &[u8]) {
        const HOUR: Duration = Duration::from_secs(3_600);
        let beside = self.path(&format!("{name}.new"));
        std::fs::write(&beside, content).unwrap();
        let second = Duration::from_secs(self.puts.fetch_add(1, Relaxed));
        let file = File::options().write(true).open(&beside).unwrap();
        file.set_modified(SystemTime::now() - HOUR + second).unwrap();
        std::fs::rename(beside, self.path(name)).unwrap();
    }

    /// Puts a file of so many bytes that takes no room.
    pub(crate) fn put_huge(&self, name: &str, bytes: u64) {
        File::create(self.path(name)).unwrap().set_len(bytes).unwrap();
    }

    /// What the server has logged.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }

    fn path(&self, name: &str) -> PathBuf {
        Path::new(self.files.path()).join(name)
    }
}
