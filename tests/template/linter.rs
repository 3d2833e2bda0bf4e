//! The SAM CLI's own linter, without the network and without a home.

use std::{path::Path, process::Command};

use crate::support::real_parts::part;

pub(crate) fn assert_passes() {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(part("venv/bin/sam"))
        .args(["validate", "--lint", "--template-file"])
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("template.yaml"))
        .current_dir(home.path())
        .env("HOME", home.path())
        .env("AWS_DEFAULT_REGION", "eu-west-1")
        .env("SAM_CLI_TELEMETRY", "0")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
}
