//! The user's own `aws` command: profiles, SSO, proxies and endpoints are as they have set them up.

use std::{
    ffi::OsStr,
    io::{self, Write},
    process::{Output, Stdio},
    time::Duration,
};

use serde_json::Value;
use tokio::{process::Command, time};

use super::failure::{Failure, Refusal};

/// After so long a person wants to know what they are waiting for.
const QUIET: Duration = Duration::from_secs(2);

/// How `aws` is called.
#[derive(Debug)]
pub(super) struct Aws {
    pub(super) profile: Option<String>,
    pub(super) region: Option<String>,
    /// How long one call may take.
    pub(super) patience: Duration,
}

impl Aws {
    /// Calls an operation of Secrets Manager, and reads the JSON that it answers.
    ///
    /// `withheld` is what must not be repeated, should `aws` quote its input in an error. It is never an argument:
    /// whoever lists the processes of the machine reads those.
    pub(super) async fn call(
        &self,
        operation: &'static str,
        arguments: &[impl AsRef<OsStr>],
        withheld: &[u8],
        err: &mut dyn Write,
    ) -> Result<Value, Failure> {
        let mut command = self.command(operation);
        command.args(arguments);
        let output = self.output(operation, command, err).await?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            let profile = self.profile.as_deref();
            return Err(Refusal::read(operation, &said, withheld, profile).into());
        }
        // Of some operations the answer is empty.
        match output.stdout.trim_ascii() {
            [] => Ok(Value::Null),
            json => serde_json::from_slice(json).map_err(|_| Failure::Unintelligible { operation }),
        }
    }

    fn command(&self, operation: &str) -> Command {
        let mut command = Command::new("aws");
        command.args(["secretsmanager", operation, "--output", "json"]);
        command.args(self.options());
        command
            // Nothing may wait for a person, and UTF-8 is what is read; version 1 is Python's own, 2 is not.
            .envs([("AWS_PAGER", ""), ("AWS_CLI_AUTO_PROMPT", "off")])
            .envs([("PYTHONIOENCODING", "utf-8"), ("AWS_CLI_OUTPUT_ENCODING", "utf-8")])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// What is passed on, as it stands on a command line.
    pub(super) fn options(&self) -> Vec<String> {
        let options = [("profile", &self.profile), ("region", &self.region)];
        let given = options.iter().filter_map(|(name, value)| Some((name, value.as_ref()?)));
        given.map(|(name, value)| format!("--{name}={value}")).collect()
    }

    async fn output(
        &self,
        operation: &'static str,
        mut command: Command,
        err: &mut dyn Write,
    ) -> Result<Output, Failure> {
        let child = command.spawn().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => Failure::Missing,
            _ => Failure::Start(error),
        })?;
        let mut output = Box::pin(child.wait_with_output());
        if let Ok(output) = time::timeout(QUIET.min(self.patience), &mut output).await {
            return output.map_err(Failure::Start);
        }
        // Nobody is left to tell where standard error is closed.
        let _ = writeln!(err, "waiting for aws secretsmanager {operation} …");
        match time::timeout(self.patience.saturating_sub(QUIET), output).await {
            Ok(output) => output.map_err(Failure::Start),
            Err(_) => Err(Failure::Silent { operation, seconds: self.patience.as_secs() }),
        }
    }
}
