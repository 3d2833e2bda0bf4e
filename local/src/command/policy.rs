//! The function's policy settings as flags of the same name, so that what is tried is what runs.

use std::str::FromStr;

use alb_mtls_adapter::{
    admission::ClientCertMode, certificate::outgoing::CertFormat, trust::Revocation,
};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "The function's settings")]
pub(crate) struct Policy {
    /// What becomes of a client whose certificate is missing or refused (CLIENT_CERT_MODE)
    #[arg(long, value_name = "MODE", default_value = "required", value_parser = mode())]
    pub(crate) client_cert_mode: ClientCertMode,

    /// What lists of revoked certificates in the bundle have to say (REVOCATION)
    #[arg(long, value_name = "DEMAND", default_value = "when-listed", value_parser = revocation())]
    pub(crate) revocation: Revocation,

    /// How the certificate is written into the gateway's header (GATEWAY_CERT_FORMAT)
    #[arg(long, value_name = "FORMAT", default_value = "url-encoded-pem", value_parser = format())]
    pub(crate) gateway_cert_format: CertFormat,
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

fn revocation() -> impl TypedValueParser<Value = Revocation> {
    let demands = [
        PossibleValue::new("off").help("no list is looked at"),
        PossibleValue::new("when-listed")
            .help("where an issuer has lists, they have to clear its certificates"),
        PossibleValue::new("require-leaf").help("and the client's issuer has to have one"),
        PossibleValue::new("require-chain").help("and every issuer of the path"),
    ];
    PossibleValuesParser::new(demands).try_map(|name| Revocation::from_str(&name))
}

fn format() -> impl TypedValueParser<Value = CertFormat> {
    let formats = [
        PossibleValue::new("url-encoded-pem")
            .help("fully escaped PEM, for client_certificate_encode=true"),
        PossibleValue::new("single-line-pem")
            .help("PEM with spaces for line breaks, for client_certificate_encode=false"),
        PossibleValue::new("base64-der").help("bare base64"),
        PossibleValue::new("base64-pem").help("base64 of the PEM"),
        PossibleValue::new("rfc9440").help("Client-Cert, and Client-Cert-Chain beside it"),
    ];
    PossibleValuesParser::new(formats).try_map(|name| CertFormat::from_str(&name))
}
