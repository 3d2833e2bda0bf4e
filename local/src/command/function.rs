//! The function in this process: the same stages as in Lambda.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use alb_mtls::alb::{self, Target};
use alb_mtls_adapter::{
    App, Invocation,
    event::Delivery,
    forward::credentials::CredentialsError,
    secrets::store::Clock,
    settings::{Settings, SettingsError},
    telemetry::Sink,
};
use aws_config::SdkConfig;

/// What a function behind a load balancer is usually given.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Starts the function, with the settings that it reads from its environment in Lambda, and a clock.
pub(crate) async fn start<'a>(
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    aws: &SdkConfig,
    clock: Clock,
    log: Sink,
) -> Result<Target, FunctionError> {
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::read(variables)?;
    let app = Arc::new(App::open(settings, aws, Arc::clone(&clock), log).await?);
    Ok(Target::in_process(move |call| {
        let (app, deadline) = (Arc::clone(&app), clock() + TIMEOUT);
        async move { Ok(answer(&app, call, deadline).await?) }
    }))
}

async fn answer(
    app: &App,
    call: alb::Invocation,
    deadline: SystemTime,
) -> serde_json::Result<Vec<u8>> {
    let invocation = Invocation { request_id: call.request_id, deadline };
    let response = app.handle(Delivery::from_json(&call.event), invocation).await;
    serde_json::to_vec(&response)
}

/// Why the function does not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Gateway(#[from] CredentialsError),
}
