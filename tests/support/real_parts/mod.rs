//! The programs that the tests run beside the function, in place of what it meets in AWS and at WSO2.
//!
//! `make setup` brings them together in `target/real-parts/`. One that is not there fails the test that wants it.

mod emulator;
mod moto;
mod nginx;
mod oracle;
mod process;
mod s_server;
mod sam_lambda;
mod web_server;

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use tokio::process::Command;

pub(crate) use self::{
    emulator::Emulator,
    moto::{Moto, REGION, Secret},
    nginx::{Nginx, Tls, TlsGateway},
    oracle::{Oracle, READERS, Taken},
    s_server::SServer,
    sam_lambda::SamLambda,
    web_server::WebServer,
};

/// The path of a program or folder in `target/real-parts/`.
///
/// # Panics
///
/// If it is not there, saying how to get it.
pub(crate) fn part(name: &str) -> PathBuf {
    // The folder belongs to the workspace, of which the package being tested may be a member.
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("target/real-parts").join(name))
        .find(|path| path.exists())
        .unwrap_or_else(|| panic!("target/real-parts/{name} is missing: run `make setup`"))
}

/// The function as it is deployed: the release build that `make test` makes before it runs the tests.
///
/// # Panics
///
/// If it is not there, saying how to get it.
pub(crate) fn bootstrap() -> PathBuf {
    std::env::var_os("BOOTSTRAP").map(PathBuf::from).filter(|path| path.is_file()).unwrap_or_else(
        || panic!("the variable BOOTSTRAP names no built function: run `make test`"),
    )
}

/// Runs curl, which is given half a minute and ignores its owner's configuration and proxies.
pub(crate) async fn curl(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let mut command = Command::new(part("bin/curl"));
    command
        .args(["--disable", "--silent", "--show-error", "--max-time", "30", "--noproxy", "*"])
        .args(args);
    finished(command).await
}

/// Runs `openssl`, for keys and certificates that no Rust crate of ours had a hand in.
///
/// # Panics
///
/// If it says no.
pub(crate) async fn openssl(args: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Vec<u8> {
    let mut command = Command::new(part("bin/openssl"));
    command.args(args);
    let output = finished(command).await;
    assert!(output.status.success(), "openssl: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// Runs a program to its end, with nothing on its standard input.
pub(crate) async fn finished(mut command: Command) -> Output {
    command.stdin(Stdio::null()).kill_on_drop(true).output().await.unwrap()
}
