//! The Lambda function. Start-up in five steps: logging, settings, trust, gateway, run.

use std::{
    env,
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::SystemTime,
};

use alb_mtls_adapter::{
    App, Invocation,
    event::Delivery,
    forward::gateway::Gateway,
    response::AlbResponse,
    settings::Settings,
    telemetry,
    trust::store::{Clock, TrustStore, secrets_manager},
};
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn, tracing};

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
            tracing::error!(error, "the function cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn start() -> Result<(), Error> {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    let environment = env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    let settings = Settings::read(environment)?;
    let clock: Clock = Arc::new(SystemTime::now);
    let secrets = settings.trust_bundle_secrets.clone();
    let trust = TrustStore::open(secrets_manager().await?, secrets, Arc::clone(&clock)).await;
    let gateway = Gateway::new(&settings)?;
    let app = Arc::new(App { settings, trust, gateway, clock, log: telemetry::stdout() });
    let handler = service_fn(move |event: LambdaEvent<Delivery>| {
        let app = Arc::clone(&app);
        async move {
            let invocation = Invocation::from(event.context);
            Ok::<AlbResponse, Error>(app.handle(event.payload, invocation).await)
        }
    });
    Runtime::new(handler).run_concurrent().await
}
