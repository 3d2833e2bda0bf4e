//! Why a command could not do its work.

use std::{error::Error, io};

use alb_mtls::{
    alb::{EventError, InvokeError, ListenError},
    pki::{NoRandomness, PkiError},
};
use alb_mtls_adapter::{forward::credentials::CredentialsError, trust::bundle::BundleError};

use super::{function::FunctionError, input::InputError};

/// What several commands meet, and what one alone does.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
    #[error("the function would not take this bundle: nobody could be accepted by it")]
    UnusableBundle,
    #[error(transparent)]
    Event(#[from] EventError),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Function(#[from] FunctionError),
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Invoke(#[from] InvokeError),
    #[error(transparent)]
    Pki(#[from] PkiError),
    #[error(transparent)]
    Random(#[from] NoRandomness),
    #[error("no HTTP client can be made: {0}")]
    Client(#[from] reqwest::Error),
    #[error("no stand-in for the {what} can be started: {source}")]
    StandIn { what: &'static str, source: io::Error },
    #[error("cannot write {path}: {source}")]
    Write { path: String, source: io::Error },
    #[error("no threads to serve with: {0}")]
    Runtime(#[source] io::Error),
    #[error("a key was not made to its end: {0}")]
    Task(#[from] tokio::task::JoinError),
    #[error("cannot write the output: {0}")]
    Output(#[from] io::Error),
    /// Somebody who was asked said no, or nothing; a command may answer with that.
    #[error(transparent)]
    Refused(Box<dyn Error>),
    /// What one command alone knows of.
    #[error(transparent)]
    Own(Box<dyn Error>),
}

impl CommandError {
    /// Of an error that is told, and that nobody else has to tell apart.
    pub(crate) fn own(error: impl Error + 'static) -> Self {
        Self::Own(Box::new(error))
    }
}
