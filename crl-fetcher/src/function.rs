//! The Lambda function: one refresh at each invocation, whoever asks.

use std::{
    panic::AssertUnwindSafe,
    sync::Arc,
    time::{Duration, Instant},
};

use alb_mtls_adapter::{
    secrets::store::{Clock, SecretsManager, StoreError},
    settings::SettingsError,
    telemetry::Sink,
    trust::bundle::{BundleError, TrustBundle},
};
use aws_config::SdkConfig;
use futures_util::{FutureExt, future::try_join_all};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::{
    custom_resource::{AnswerError, Request},
    download::{DownloadError, Downloader},
    lines::{self, Line, Metrics},
    refresh::Refresh,
    report::Report,
    settings::Settings,
    shelf::{Bucket, ShelfError},
};

/// What of an invocation's time is kept for CloudFormation's answer, and before that for putting what was fetched.
const FOR_THE_ANSWER: Duration = Duration::from_secs(10);
const FOR_PUTTING: Duration = Duration::from_secs(10);
/// The longest that Lambda lets an invocation run.
const LAMBDA_LIMIT: Duration = Duration::from_secs(900);

/// What the function knows from its start.
pub struct Function {
    settings: Result<Settings, SettingsError>,
    aws: SdkConfig,
    clock: Clock,
    sink: Sink,
}

impl Function {
    /// Makes one. Settings that cannot be used are an error of each invocation, so that CloudFormation hears of it.
    pub fn new(
        settings: Result<Settings, SettingsError>,
        aws: SdkConfig,
        clock: Clock,
        sink: Sink,
    ) -> Self {
        Self { settings, aws, clock, sink }
    }

    /// Refreshes all CRLs, whatever the event is, and answers with what became of each. An event of CloudFormation's
    /// custom resource is answered as that wants it.
    ///
    /// # Errors
    ///
    /// [`FunctionError`], where not every URL's newest CRL stands afterwards. CloudFormation is told of a failure only
    /// where a URL has no CRL that is within its dates, and is no error once it was told: Lambda would try again. That
    /// there is no trust bundle is no failure to CloudFormation, since a new stack has none: nobody is let in without.
    pub async fn handle(&self, event: &Value, left: Duration) -> Result<Value, FunctionError> {
        let request = Request::of(event);
        if let Some(delete) = request.as_ref().filter(|request| request.is_delete()) {
            delete.answer(Ok(())).await?;
            return Ok(Value::Null);
        }
        let left = left.min(LAMBDA_LIMIT).saturating_sub(FOR_THE_ANSWER);
        let outcome = self.refreshed(left).await;
        self.tell(&outcome);
        let Some(request) = request else {
            let report = outcome?;
            return match report.is_current() {
                true => Ok(self.lines(&report)),
                false => Err(FunctionError::NotCurrent(report.to_string())),
            };
        };
        let (answer, lines) = match &outcome {
            Ok(report) if report.is_complete() => (Ok(()), self.lines(report)),
            Ok(report) => (Err(report.to_string()), self.lines(report)),
            Err(error) => {
                let lines = json!({ "error": error.to_string() });
                (if error.is_of_the_bundle() { Ok(()) } else { Err(error.to_string()) }, lines)
            }
        };
        request.answer(answer).await?;
        Ok(lines)
    }

    /// One refresh, which ends in time.
    async fn refreshed(&self, left: Duration) -> Result<Report, FunctionError> {
        let until = Instant::now() + left.saturating_sub(FOR_PUTTING);
        // On the heap: what is waited for inside is too deep for one piece.
        let refresh = AssertUnwindSafe(self.refresh(until).boxed()).catch_unwind();
        match timeout(left, refresh).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(FunctionError::Panicked),
            Err(_) => Err(FunctionError::TooSlow(left)),
        }
    }

    async fn refresh(&self, until: Instant) -> Result<Report, FunctionError> {
        let settings =
            self.settings.as_ref().map_err(|error| FunctionError::Settings(error.clone()))?;
        let now = (self.clock)();
        let manager = SecretsManager::new(&self.aws);
        let secrets = settings.bundle_secrets.iter().map(|name| manager.current(name));
        let sources: Vec<_> =
            try_join_all(secrets).await?.into_iter().map(|(source, _)| source).collect();
        let refresh = Refresh {
            urls: &settings.urls,
            bundle: Arc::new(TrustBundle::read(&sources, now)?),
            downloader: Downloader::new()?,
            shelf: &Bucket::new(&self.aws, settings.location.clone()),
            now,
            until,
        };
        Ok(refresh.run().await?)
    }

    /// Writes what became of it.
    fn tell(&self, outcome: &Result<Report, FunctionError>) {
        let now = (self.clock)();
        let settings = self.settings.as_ref().ok();
        let function = settings.and_then(|settings| settings.function.as_deref());
        let (metrics, error) = match outcome {
            Ok(report) => {
                let lines = report.crls.iter().map(|told| Line::of(told, now));
                lines.for_each(|line| lines::write(&line, &self.sink));
                (Metrics::of(report, now), None)
            }
            Err(error) => {
                let urls = settings.map_or(0, |settings| settings.urls.len());
                (Metrics::all_failed(urls), Some(error.to_string()))
            }
        };
        metrics.write(function, error.as_deref(), now, &self.sink);
    }

    fn lines(&self, report: &Report) -> Value {
        let now = (self.clock)();
        json!(report.crls.iter().map(|told| Line::of(told, now)).collect::<Vec<_>>())
    }
}

/// Why an invocation failed.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(SettingsError),
    /// A secret of the trust bundle cannot be fetched.
    #[error(transparent)]
    Secret(#[from] StoreError),
    /// The trust bundle cannot be read.
    #[error("the trust bundle cannot be used: {0}")]
    Bundle(#[from] BundleError),
    /// There is nothing to fetch with.
    #[error(transparent)]
    Downloader(#[from] DownloadError),
    /// What stands cannot be read, or nothing can be put.
    #[error(transparent)]
    Shelf(#[from] ShelfError),
    /// Some URLs failed, and why; what could be put was put. The report itself would show a URL's query to a debugger,
    /// and so to the runtime's log.
    #[error("{0}")]
    NotCurrent(String),
    /// It took too long.
    #[error("the refresh did not end within {} seconds; give the function more time or memory", .0.as_secs())]
    TooSlow(Duration),
    /// A fault of this program.
    #[error(
        "the refresh ended by a panic, which is a fault of this program; its message is in the log"
    )]
    Panicked,
    /// CloudFormation could not be told.
    #[error(transparent)]
    Answer(#[from] AnswerError),
}

impl FunctionError {
    /// Whether it is for want of a trust bundle.
    fn is_of_the_bundle(&self) -> bool {
        matches!(self, Self::Secret(_) | Self::Bundle(_))
    }
}
