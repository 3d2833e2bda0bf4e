//! The Lambda function that keeps CRLs fresh.

use std::{
    env, io,
    io::Write,
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use alb_mtls_adapter::{secrets, settings, telemetry};
use crl_fetcher::{Function, settings::Settings};
use lambda_runtime::{Error, LambdaEvent, run, service_fn, tracing};
use serde_json::Value;
use tokio::runtime::Builder;

const OUTSIDE_LAMBDA: &str = "this is crl-fetcher, a Lambda function: it runs only inside Lambda; to fetch CRLs on this \
                              machine, run `alb-mtls crl fetch`";

fn main() -> ExitCode {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let _ = writeln!(io::stderr(), "{OUTSIDE_LAMBDA}");
        return ExitCode::from(2);
    }
    telemetry::init();
    let runtime = Builder::new_current_thread().enable_all().build();
    match runtime.map_err(Error::from).and_then(|runtime| runtime.block_on(start())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function cannot start, or go on");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), Error> {
    let settings = Settings::read(settings::environment());
    let aws = secrets::manager::config().await?;
    let function = Function::new(settings, aws, Arc::new(SystemTime::now), telemetry::stdout());
    let function = &function;
    run(service_fn(move |event: LambdaEvent<Value>| async move {
        let left = left(event.context.deadline());
        Ok::<_, Error>(function.handle(&event.payload, left).await?)
    }))
    .await
}

/// What is left of an invocation. A deadline that has passed is none: some local emulators send one from 1970.
fn left(deadline: SystemTime) -> Duration {
    const WITHOUT_DEADLINE: Duration = Duration::from_secs(300);
    deadline.duration_since(SystemTime::now()).unwrap_or(WITHOUT_DEADLINE)
}
