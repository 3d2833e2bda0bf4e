//! Which certificate WSO2 takes out of a header value.

use std::io::{Seek, Write};
use std::process::Stdio;

use alb_mtls::wso2::Mode;
use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::process::Command;

use super::part;

/// WSO2's own sequence of library calls, in Java. A JVM is started for each batch of questions.
pub(crate) struct Oracle;

/// The modes that can read `url-encoded-pem`.
pub(crate) const READERS: [Mode; 4] = [Mode::Enc31, Mode::Enc41, Mode::EncFix, Mode::ChoreoEnc];

/// The certificate that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Lower-case hex, of the DER.
    pub(crate) sha256: String,
    /// As RFC 2253 writes it.
    pub(crate) subject: String,
}

impl Oracle {
    /// An answer for each question, in order: the certificate that is taken from the header value in that mode, or
    /// why there is none.
    pub(crate) async fn ask(questions: &[(Mode, &str)]) -> Vec<Result<Taken, String>> {
        // A file, since neither side of a pipe could be left alone while the other is at work.
        let mut input = tempfile::tempfile().unwrap();
        for (mode, header) in questions {
            writeln!(input, "{}\t{}", mode, BASE64_STANDARD.encode(header)).unwrap();
        }
        input.rewind().unwrap();

        let output = Command::new(part("bin/java"))
            .arg("-cp")
            .arg(format!("{0}:{0}/commons-codec.jar", part("oracle").display()))
            .arg("Wso2Oracle")
            .stdin(Stdio::from(input))
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        assert!(
            output.status.success(),
            "the oracle failed: {}",
            String::from_utf8_lossy(&output.stderr)
        );

        let answers: Vec<_> =
            String::from_utf8(output.stdout).unwrap().lines().map(answer).collect();
        assert_eq!(answers.len(), questions.len());
        answers
    }
}

fn answer(line: &str) -> Result<Taken, String> {
    match line.split_once('\t').unwrap() {
        ("error", reason) => Err(reason.to_owned()),
        (sha256, subject) => Ok(Taken { sha256: sha256.to_owned(), subject: subject.to_owned() }),
    }
}
