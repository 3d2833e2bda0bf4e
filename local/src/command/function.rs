//! The function in this process: the same stages as in Lambda, with this machine's clock.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use alb_mtls::alb::{self, Target};
use alb_mtls_adapter::{
    App, Invocation,
    event::Delivery,
    forward::credentials::CredentialsError,
    settings::{Settings, SettingsError},
    telemetry::Sink,
};
use aws_config::SdkConfig;

/// What a function behind a load balancer is usually given.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Starts the function, with the settings that it reads from its environment in Lambda.
pub(crate) async fn start<'a>(
    variables: impl IntoIterator<Item = (&'a str, &'a str)>,
    aws: &SdkConfig,
    log: Sink,
) -> Result<Target, FunctionError> {
    let variables = variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned()));
    let settings = Settings::read(variables)?;
    let app = Arc::new(App::open(settings, aws, Arc::new(SystemTime::now), log).await?);
    Ok(Target::in_process(move |call| {
        let app = Arc::clone(&app);
        async move { Ok(answer(&app, call).await?) }
    }))
}

async fn answer(app: &App, call: alb::Invocation) -> serde_json::Result<Vec<u8>> {
    let deadline = SystemTime::now() + TIMEOUT;
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
