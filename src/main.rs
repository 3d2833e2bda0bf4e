//! The Lambda function. Start-up in five steps: logging, settings, trust, gateway, run.

use std::{env, io, io::Write, process::ExitCode, sync::Arc, thread, time::SystemTime};

use alb_mtls_adapter::{App, run, secrets, settings, settings::Settings, telemetry};
use lambda_runtime::{Error, tracing};
use tokio::runtime::{Builder, Runtime};

const OUTSIDE_LAMBDA: &str = "this is alb-mtls-adapter, a Lambda function: it runs only inside Lambda; \
                              to try it on this machine, run `cargo run -p alb-mtls -- demo`";

fn main() -> ExitCode {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let _ = writeln!(io::stderr(), "{OUTSIDE_LAMBDA}");
        return ExitCode::from(2);
    }
    telemetry::init();
    match runtime().map_err(Error::from).and_then(|runtime| runtime.block_on(start())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function cannot start, or go on");
            ExitCode::FAILURE
        }
    }
}

/// One thread for one event at a time. For many, as Lambda Managed Instances hand out, one for each processor, and as
/// many again for what would hold those up: more would only get into each other's way.
fn runtime() -> io::Result<Runtime> {
    let at_a_time = env::var("AWS_LAMBDA_MAX_CONCURRENCY").ok().and_then(|it| it.parse().ok());
    if at_a_time.unwrap_or(1_u32) <= 1 {
        return Builder::new_current_thread().enable_all().build();
    }
    let processors = thread::available_parallelism()?.get();
    Builder::new_multi_thread()
        .worker_threads(processors)
        .max_blocking_threads(processors)
        .enable_all()
        .build()
}

async fn start() -> Result<(), Error> {
    let settings = Settings::read(settings::environment())?;
    let secrets = secrets::manager::config().await?;
    run(App::open(settings, &secrets, Arc::new(SystemTime::now), telemetry::stdout()).await?).await
}
