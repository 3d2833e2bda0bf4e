//! The function's policy settings as flags of the same name, so that what is tried is what runs.

use std::str::FromStr;

use alb_mtls_adapter::trust::policy::ClientCertMode;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "The function's settings")]
pub(crate) struct Policy {
    /// What becomes of a client whose certificate is missing or refused (CLIENT_CERT_MODE)
    #[arg(long, value_name = "MODE", default_value = "required", value_parser = mode())]
    pub(crate) client_cert_mode: ClientCertMode,
}

fn mode() -> impl TypedValueParser<Value = ClientCertMode> {
    let modes = [
        PossibleValue::new("required").help("only a verified client goes on"),
        PossibleValue::new("optional")
            .help("none goes on without the header; a bad one is refused"),
        PossibleValue::new("report").help("nothing is refused, only logged"),
    ];
    PossibleValuesParser::new(modes).try_map(|name| ClientCertMode::from_str(&name))
}
