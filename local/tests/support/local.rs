//! The command `local`, running.

use std::{
    fs,
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Stdio},
};

use reqwest::{Certificate, Client, ClientBuilder, Identity};
use tempfile::TempDir;

use super::alb_mtls;

/// The command, running until it is dropped.
pub(crate) struct Local {
    pub(crate) child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it said before.
    pub(crate) greeting: Vec<String>,
    /// The words of the curl line: `--cacert`, `--cert` and `--key` with their files, and the URL.
    pub(crate) curl: Vec<String>,
    pub(crate) directory: TempDir,
}

impl Local {
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let all = [&["local", "--listen", "127.0.0.1:0"], arguments].concat();
        let mut command = alb_mtls(&all);
        // Killed at the end, it leaves its files behind: they go with this directory.
        let directory = TempDir::new().unwrap();
        command.env("TMPDIR", directory.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut greeting = Vec::new();
        let curl = loop {
            match lines.next().unwrap().unwrap() {
                curl if curl.contains("curl") => break curl,
                line => greeting.push(line),
            }
        };
        let curl = curl.split_whitespace().map(str::to_owned).collect();
        let mut local = Self { child, lines, greeting, curl, directory };
        local.skip_to("Ctrl-C");
        local
    }

    pub(crate) fn skip_to(&mut self, word: &str) -> String {
        self.lines.by_ref().map(Result::unwrap).find(|line| line.contains(word)).unwrap()
    }

    pub(crate) fn word_after(&self, flag: &str) -> &str {
        let at = self.curl.iter().position(|word| word == flag).unwrap();
        &self.curl[at + 1]
    }

    pub(crate) fn url(&self) -> &str {
        self.curl.last().unwrap()
    }

    pub(crate) fn client(&self) -> ClientBuilder {
        let authority = fs::read(self.word_after("--cacert")).unwrap();
        let authority = Certificate::from_pem(&authority).unwrap();
        Client::builder().no_proxy().tls_certs_only([authority])
    }

    pub(crate) fn identity(&self) -> Identity {
        let mut pem = fs::read(self.word_after("--key")).unwrap();
        pem.extend(fs::read(self.word_after("--cert")).unwrap());
        Identity::from_pem(&pem).unwrap()
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
