//! What others say of a client's path: OpenSSL and the JDK.

use std::io::{Seek, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::SystemTime;

use alb_mtls::pki;
use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::process::Command;
use tokio::sync::Semaphore;

use crate::support::real_parts::{finished, part};

/// What a client presents, leaf first, and what is trusted, each in DER.
#[derive(Clone, Debug)]
pub(crate) struct Presented {
    pub(crate) header: Vec<Vec<u8>>,
    pub(crate) anchors: Vec<Vec<u8>>,
}

/// Accepted, or why not.
pub(crate) type Opinion = Result<(), String>;

/// How many processes are waited for at once.
const AT_ONCE: usize = 4;

/// `openssl verify`, as servers that are built on OpenSSL have it check their clients.
///
/// Two options make it judge by the same rules: `-partial_chain`, since any CA certificate in our
/// bundle is an anchor, also one that is not self-signed, and `-auth_level 2`, which asks for 112 bits of
/// security, RSA-2048 and no SHA-1, as TLS does by default and this command does not. `-x509_strict` is
/// left out: it refuses certificates that break the profile for those who issue them (a CA without
/// keyUsage, no key identifier), and RFC 5280 section 6.1 has no such rules for those who verify.
pub(crate) async fn openssl_verify(cases: &[Presented], now: SystemTime) -> Vec<Opinion> {
    let folder = tempfile::tempdir().unwrap();
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_string();
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let runs: Vec<_> = cases
        .iter()
        .enumerate()
        .map(|(number, case)| {
            let name = folder.path().join(number.to_string());
            let (command, turns) = (verify_command(case, &name, &seconds), Arc::clone(&turns));
            tokio::spawn(async move {
                let _turn = turns.acquire().await.unwrap();
                finished(command).await
            })
        })
        .collect();
    let mut opinions = Vec::new();
    for run in runs {
        let output = run.await.unwrap();
        opinions.push(match output.status.success() {
            true => Ok(()),
            false => Err(error_lines(&output.stderr)),
        });
    }
    opinions
}

/// The command for one case, whose files begin with `name`.
fn verify_command(case: &Presented, name: &Path, seconds: &str) -> Command {
    let file = |ending: &str, certificates: &[Vec<u8>]| {
        let path = name.with_extension(ending);
        let pem = pki::chain_pem(certificates.iter().map(Vec::as_slice));
        std::fs::write(&path, pem).unwrap();
        path
    };
    let mut command = Command::new(part("bin/openssl"));
    // The machine's own configuration has no say.
    command
        .env("OPENSSL_CONF", "/dev/null")
        .args(["verify", "-purpose", "sslclient", "-partial_chain", "-auth_level", "2"])
        .args(["-no-CApath", "-no-CAstore", "-attime", seconds])
        .arg("-CAfile")
        .arg(file("anchors", &case.anchors));
    if case.header.len() > 1 {
        command.arg("-untrusted").arg(file("untrusted", &case.header[1..]));
    }
    command.arg(file("leaf", &case.header[..1]));
    command
}

fn error_lines(stderr: &[u8]) -> String {
    let text = String::from_utf8_lossy(stderr);
    let lines: Vec<_> = text.lines().filter(|line| line.contains("error")).collect();
    lines.join("; ")
}

/// The JDK's `X509TrustManager`, in one JVM for all cases.
pub(crate) async fn jdk_trust_manager(cases: &[Presented], now: SystemTime) -> Vec<Opinion> {
    // A file, since neither side of a pipe could be left alone while the other is at work.
    let mut input = tempfile::tempfile().unwrap();
    for case in cases {
        writeln!(input, "{}\t{}", base64_list(&case.header), base64_list(&case.anchors)).unwrap();
    }
    input.rewind().unwrap();

    let mut command = Command::new(part("bin/java"));
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs().to_string();
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"]);
    command.arg("-cp").arg(part("oracle")).arg("PkixOracle").arg(seconds);
    let output = command.stdin(Stdio::from(input)).kill_on_drop(true).output().await.unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "the oracle failed: {errors}");

    let text = String::from_utf8(output.stdout).unwrap();
    let answers: Vec<_> = text.lines().map(answer).collect();
    assert_eq!(answers.len(), cases.len());
    answers
}

fn base64_list(certificates: &[Vec<u8>]) -> String {
    let encoded: Vec<_> = certificates.iter().map(|der| BASE64_STANDARD.encode(der)).collect();
    encoded.join(",")
}

fn answer(line: &str) -> Opinion {
    match line.split_once('\t') {
        Some(("no", reason)) => Err(reason.to_owned()),
        None if line == "yes" => Ok(()),
        _ => panic!("no answer: {line}"),
    }
}
