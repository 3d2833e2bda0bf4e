//! The Lambda runtime, as AWS's runtime interface emulator plays it.

use std::path::Path;

use tokio::sync::Mutex;

use super::moto::REGION;
use super::part;
use super::process::Process;

/// A running emulator with a function in it. The function itself is started by the first call.
///
/// The emulator is Lambda without the load balancer and without the sandbox: it enforces neither the size of an
/// answer nor the memory, and takes any bytes for an event.
pub(crate) struct Emulator {
    process: Process,
    url: String,
    client: reqwest::Client,
    /// Two calls at once crash the emulator.
    one_at_a_time: Mutex<()>,
}

impl Emulator {
    /// Makes ready to run `bootstrap` with nothing in its environment but what Lambda sets, and `env`.
    pub(crate) async fn start(bootstrap: &Path, env: &[(&str, &str)]) -> Emulator {
        let bootstrap = bootstrap.canonicalize().unwrap();
        let (process, [port, _]) = Process::start_on_free_ports(|[port, runtime_api]| {
            Process::start(&part("bin/aws-lambda-rie"), tempfile::tempdir().unwrap(), |command| {
                command
                    // Both have defaults, on all addresses and the same for every emulator.
                    .args(["--runtime-interface-emulator-address", &format!("127.0.0.1:{port}")])
                    .args(["--runtime-api-address", &format!("127.0.0.1:{runtime_api}")])
                    // Named by its path: the emulator starts it in its own working directory.
                    .arg(&bootstrap)
                    .env_clear()
                    .env("PATH", std::env::var_os("PATH").unwrap_or_default())
                    .env("AWS_REGION", REGION)
                    // Unset credentials reach the function as empty ones, and no SDK can work with those.
                    .env("AWS_ACCESS_KEY_ID", "test")
                    .env("AWS_SECRET_ACCESS_KEY", "test")
                    .env("AWS_LAMBDA_FUNCTION_NAME", "alb-mtls-adapter")
                    .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
                    // The deadline of each call, the first one's start of the function included; 300 if unset.
                    .env("AWS_LAMBDA_FUNCTION_TIMEOUT", "30")
                    .envs(env.iter().copied());
            })
        })
        .await;
        Emulator {
            process,
            url: format!("http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            one_at_a_time: Mutex::new(()),
        }
    }

    /// Where events are posted to.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Calls the function, after all calls before this one.
    ///
    /// Past its deadline the function is ended and the answer is the text `Task timed out after 30.00 seconds`; an
    /// error that the function reports is an answer too, an object with `errorType`.
    ///
    /// # Panics
    ///
    /// If the function ends without an answer.
    pub(crate) async fn invoke(&self, event: impl Into<Vec<u8>>) -> Vec<u8> {
        let _turn = self.one_at_a_time.lock().await;
        let response = self.client.post(&self.url).body(event.into()).send().await;
        match response.and_then(reqwest::Response::error_for_status) {
            Ok(response) => response.bytes().await.unwrap().to_vec(),
            Err(error) => panic!("the emulator gave no answer: {error}; its log:\n{}", self.log()),
        }
    }

    /// What the function has logged so far, among the emulator's own lines.
    pub(crate) fn log(&self) -> String {
        self.process.log()
    }
}
