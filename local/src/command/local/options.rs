//! What the command is told.

use std::{net::SocketAddr, path::PathBuf};

use alb_mtls::wso2::Mode;
use alb_mtls_adapter::admission::Preflight;
use clap::{
    ArgGroup,
    builder::{PossibleValue, PossibleValuesParser, TypedValueParser},
};
use http::HeaderName;

use crate::command::policy::Policy;

/// Stand in for the load balancer, in front of the function
///
/// Listens with TLS, asks for a client certificate, takes any, and invokes the function with the
/// event that a load balancer in passthrough mode would make. The function runs in this process, or
/// wherever `--invoke-url` says; gateway and Secrets Manager are stand-ins unless you name your own.
///
/// Without `--bundle` a PKI is made for the occasion. Prints a `curl` line to begin with, and then a
/// line for each request.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES, group = ArgGroup::new(TRUST).args(["bundle", "secrets_endpoint"]).multiple(true))]
pub(crate) struct Local {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8443")]
    pub(super) listen: SocketAddr,

    /// The trust bundle: PEM files of CA certificates, which add up
    #[arg(long, value_name = "FILE", conflicts_with = "secrets_endpoint")]
    pub(super) bundle: Vec<PathBuf>,

    /// CRLs that the function would have from a bucket: a folder with manifest.json and <SHA-256>.crl files
    ///
    /// A stand-in of S3 serves them. A change in the folder counts from the next time that the function refreshes its
    /// trust.
    #[arg(long, value_name = "DIR", requires = TRUST)]
    pub(super) crls: Option<PathBuf>,

    /// Where the stand-in of S3 listens
    #[arg(long, value_name = "ADDRESS", default_value = FREE, requires = "crls")]
    pub(super) crls_listen: SocketAddr,

    /// The gateway, instead of the stand-in
    #[arg(long, value_name = "URL", conflicts_with = "wso2_mode")]
    pub(super) gateway: Option<String>,

    /// The CA of the gateway's certificate, or that certificate itself, in PEM
    #[arg(long, value_name = "FILE", requires = "gateway", conflicts_with_all = ELSEWHERE)]
    pub(super) gateway_ca: Option<PathBuf>,

    /// The function's own certificate and private key for the gateway, in PEM
    #[arg(long, value_name = "FILE", requires = "gateway", conflicts_with_all = ELSEWHERE)]
    pub(super) gateway_identity: Option<PathBuf>,

    /// How the gateway stand-in reads the certificate header: which WSO2, and which setting
    #[arg(long, value_name = "MODE", default_value = "enc-4.1", value_parser = mode())]
    pub(super) wso2_mode: Mode,

    /// Where the gateway stand-in listens, so that a function in a container can be told of it
    #[arg(long, value_name = "ADDRESS", default_value = FREE, conflicts_with = "gateway")]
    pub(super) gateway_listen: SocketAddr,

    /// A Secrets Manager, instead of the stand-in
    #[arg(long, value_name = "URL", requires = "trust_bundle_secrets")]
    pub(super) secrets_endpoint: Option<String>,

    /// Where the stand-in of Secrets Manager listens
    #[arg(long, value_name = "ADDRESS", default_value = FREE, conflicts_with = "secrets_endpoint")]
    pub(super) secrets_listen: SocketAddr,

    /// A function behind an Invoke API, instead of the one in this process
    #[arg(long, value_name = "URL", conflicts_with_all = ["gateway", "secrets_endpoint"])]
    pub(super) invoke_url: Option<String>,

    /// Of a repeated header or query key deliver the last value only
    #[arg(long)]
    pub(super) single_value: bool,

    #[command(flatten)]
    pub(super) function: FunctionSettings,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "The function's settings")]
pub(super) struct FunctionSettings {
    /// Secrets that add up to the trust bundle, separated by commas (TRUST_BUNDLE_SECRETS)
    #[arg(long, value_name = "NAMES", requires = "secrets_endpoint", conflicts_with_all = HERE)]
    pub(super) trust_bundle_secrets: Option<String>,

    /// Secret with the CA of the gateway's certificate (GATEWAY_CA_SECRET)
    #[arg(long, value_name = "NAME", requires = "secrets_endpoint", conflicts_with_all = HERE)]
    pub(super) gateway_ca_secret: Option<String>,

    /// Secret with the function's certificate and key for the gateway (GATEWAY_IDENTITY_SECRET)
    #[arg(long, value_name = "NAME", requires = "secrets_endpoint", conflicts_with_all = HERE)]
    pub(super) gateway_identity_secret: Option<String>,

    /// Where the load balancer puts the client's chain (CLIENT_CERT_HEADER)
    #[arg(long, value_name = "NAME", default_value = "x-amzn-mtls-clientcert")]
    pub(super) client_cert_header: HeaderName,

    /// Where the gateway looks for the certificate (GATEWAY_CERT_HEADER)
    #[arg(long, value_name = "NAME", default_value = "x-amzn-mtls-clientcert")]
    pub(super) gateway_cert_header: HeaderName,

    /// What becomes of CORS preflights without a certificate (PREFLIGHT)
    #[arg(long, value_name = "SETTING", default_value = "refuse", value_parser = preflight())]
    pub(super) preflight: Preflight,

    #[command(flatten)]
    pub(super) policy: Policy,
}

/// One of those by which the function trusts somebody whom a CRL could be about.
const TRUST: &str = "trust";

/// A free port, for this machine alone.
const FREE: &str = "127.0.0.1:0";

/// With these, files would be of no use: the function has its secrets from elsewhere. What a flag requires
/// does not see to that, as clap lets it go where another flag excludes it.
const ELSEWHERE: [&str; 2] = ["secrets_endpoint", "invoke_url"];
/// With these, names of secrets would be.
const HERE: [&str; 4] = ["bundle", "gateway_ca", "gateway_identity", "invoke_url"];

const EXAMPLES: &str = "\
Examples:
  alb-mtls local
      everything on this machine, with a client certificate made for you
  alb-mtls local --bundle roots.pem --gateway http://localhost:8280
      your certificates and your gateway
  alb-mtls local --bundle roots.pem --crls crls
      with CRLs as from a bucket
  alb-mtls local --gateway https://localhost:8243 --gateway-ca wso2.pem --gateway-identity adapter.pem
      over TLS, with a certificate of the function's own
  alb-mtls local --invoke-url http://127.0.0.1:3001/2015-03-31/functions/NAME/invocations
      the function NAME of `sam local start-lambda`; the path is needed where there are several
  alb-mtls local --bundle events/trust-bundle.pem --invoke-url http://127.0.0.1:3001/2015-03-31/functions/Function/invocations \\
      --gateway-listen 172.17.0.1:8280 --secrets-listen 172.17.0.1:8281
      the same, with the stand-ins where events/env.json has them, as a container sees Docker's host";

impl Local {
    /// Whether a client certificate is made for the occasion.
    pub(super) fn makes_a_client(&self) -> bool {
        self.bundle.is_empty() && self.secrets_endpoint.is_none()
    }
}

fn preflight() -> impl TypedValueParser<Value = Preflight> {
    let settings = [
        PossibleValue::new("refuse").help("the same as of any request without one"),
        PossibleValue::new("forward").help("they go on without the header"),
    ];
    PossibleValuesParser::new(settings).try_map(|name| name.parse::<Preflight>())
}

fn mode() -> impl TypedValueParser<Value = Mode> {
    let names = Mode::all().map(|mode| PossibleValue::new(mode.to_string()));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Mode>())
}
