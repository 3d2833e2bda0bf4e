//! The Lambda function. Start-up in five steps: logging, settings, trust, gateway, run.

use std::{env, io, io::Write, process::ExitCode, sync::Arc, time::SystemTime};

use alb_mtls_adapter::{App, run, secrets, settings, settings::Settings, telemetry};
use lambda_runtime::{Error, tracing};

const OUTSIDE_LAMBDA: &str = "this is alb-mtls-adapter, a Lambda function: it runs only inside Lambda; \
                              to try it on this machine, run `cargo run -p alb-mtls -- demo`";

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    if env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        let _ = writeln!(io::stderr(), "{OUTSIDE_LAMBDA}");
        return ExitCode::from(2);
    }
    telemetry::init();
    match start().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error, "the function cannot start, or go on");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), Error> {
    let settings = Settings::read(settings::environment())?;
    let secrets = secrets::manager::config().await?;
    run(App::open(settings, &secrets, Arc::new(SystemTime::now), telemetry::stdout()).await?).await
}
