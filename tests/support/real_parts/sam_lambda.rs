//! `sam local start-lambda`: the Invoke API, with the function in a container behind it.

use std::process::Command;

use super::part;
use super::process::Process;

/// A running one. Dropping it ends it, and its container.
pub(crate) struct SamLambda {
    process: Process,
    port: u16,
}

impl SamLambda {
    /// `set_up` adds what `sam` is to be told but the port.
    pub(crate) async fn start(set_up: impl Fn(&mut Command)) -> SamLambda {
        let (process, [port]) = Process::start_on_free_ports(|[port]| {
            Process::start(&part("venv/bin/sam"), tempfile::tempdir().unwrap(), |command| {
                set_up(command);
                command.args(["--port", &port.to_string()]);
            })
        })
        .await;
        SamLambda { process, port }
    }

    /// Where events for that function are posted to.
    pub(crate) fn invoke_url(&self, function: &str) -> String {
        format!("http://127.0.0.1:{}/2015-03-31/functions/{function}/invocations", self.port)
    }

    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}
