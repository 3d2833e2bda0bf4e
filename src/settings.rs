//! Environment to [`Settings`]: the one door through which configuration enters.
//!
//! Every fault is reported at once, by name. An empty variable counts as unset, since that is what
//! SAM hands over for a template value that it cannot resolve.
//!
//! Each stage says itself what it wants to be told, in a small type of its own. Here they are filled in.

mod error;
mod reader;
mod table;
#[cfg(test)]
mod tests;
mod values;

use std::{env, ffi::OsString, str::FromStr, time::Duration};

use http::HeaderName;

pub use self::{
    error::{Fault, SettingsError},
    table::NAMES,
    values::secret_names,
};
use self::{
    reader::Reader,
    values::{
        header_name, host, milliseconds, refresh, seconds, secret_name, switch, target_groups,
    },
};
use crate::{
    admission::{ClientCertMode, Preflight, Terms},
    certificate::outgoing::CertFormat,
    event::Entrance,
    forward::{
        Outgoing, gateway::Reach, gateway_url::GatewayUrl, headers::CertHeaders,
        tells_something_else,
    },
    secrets::Freshness,
    telemetry::Dimensions,
    trust::{Policy, Revocation, crls::location::CrlLocation},
};

/// What the function was told to do, stage by stage. A value of this type is complete and consistent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which events are answered.
    pub entrance: Entrance,
    /// By what a client is verified.
    pub trust: Policy,
    /// Whom the verdict on its certificate lets go on.
    pub admission: Terms,
    /// What the gateway is told.
    pub outgoing: Outgoing,
    /// How the gateway is reached.
    pub gateway: Reach,
    /// How old what secrets say may be.
    pub freshness: Freshness,
    /// What metrics are counted by. There are none where it is not set, outside Lambda.
    pub metrics: Option<Dimensions>,
}

impl Settings {
    /// Reads the settings from environment variables.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] with every fault that was found, not only the first.
    pub fn read(
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut reader = Reader::new(variables);
        let url = reader.required("GATEWAY_URL", GatewayUrl::from_str);
        let bundle_secrets = reader.required("TRUST_BUNDLE_SECRETS", secret_names);
        let (cert_headers, cert_format) = certificate(&mut reader);
        let identity_headers = reader.or("IDENTITY_HEADERS", switch, || false);
        if tells_something_else(&cert_headers.gateway) {
            reader.fault("GATEWAY_CERT_HEADER", "tells something else than the certificate");
        }
        let mode = reader.or("CLIENT_CERT_MODE", ClientCertMode::from_str, Default::default);
        let preflight = reader.or("PREFLIGHT", Preflight::from_str, Default::default);
        let revocation = reader.or("REVOCATION", Revocation::from_str, Default::default);
        let crls = reader.optional("TRUST_CRLS", CrlLocation::from_str);
        if crls.is_some() && revocation == Revocation::Off {
            reader.fault("TRUST_CRLS", "is of no use: REVOCATION is off");
        }
        let freshness = freshness(&mut reader);
        let gateway = reach(&mut reader, url.as_ref());
        let host = reader.optional("GATEWAY_HOST_HEADER", host);
        let entrance = Entrance {
            require_https: reader.or("REQUIRE_HTTPS", switch, || true),
            target_groups: reader.optional("TARGET_GROUP_ARNS", target_groups),
        };
        let metrics = dimensions(&mut reader);

        let (url, bundle_secrets) = reader.finish(url.zip(bundle_secrets))?;
        Ok(Self {
            entrance,
            trust: Policy { bundle_secrets, crls, revocation },
            admission: Terms { header: cert_headers.client.clone(), mode, preflight },
            outgoing: Outgoing {
                url,
                host,
                cert_headers,
                cert_format,
                identity_headers,
                tells_unverified: mode == ClientCertMode::Report,
            },
            gateway,
            freshness,
            metrics,
        })
    }
}

/// Under which names certificates travel, and in which form they go on.
fn certificate(reader: &mut Reader) -> (CertHeaders, CertFormat) {
    let usual = HeaderName::from_static("x-amzn-mtls-clientcert");
    let client = reader.or("CLIENT_CERT_HEADER", header_name, || usual.clone());
    let format = reader.or("GATEWAY_CERT_FORMAT", CertFormat::from_str, Default::default);
    let gateway = reader.or("GATEWAY_CERT_HEADER", header_name, || match format {
        CertFormat::Rfc9440 => HeaderName::from_static("client-cert"),
        _ => usual,
    });
    (CertHeaders { client, gateway }, format)
}

fn freshness(reader: &mut Reader) -> Freshness {
    let refresh = reader.or("TRUST_REFRESH_SECONDS", refresh, || Duration::from_secs(300));
    let max_stale = reader.or("TRUST_MAX_STALE_SECONDS", seconds, || Duration::from_secs(86_400));
    if max_stale < refresh {
        reader.fault("TRUST_MAX_STALE_SECONDS", "must not be less than TRUST_REFRESH_SECONDS");
    }
    Freshness { refresh, max_stale }
}

fn reach(reader: &mut Reader, url: Option<&GatewayUrl>) -> Reach {
    let timeout = reader.or("GATEWAY_TIMEOUT_MS", milliseconds, || Duration::from_millis(29_000));
    let connect_timeout =
        reader.or("GATEWAY_CONNECT_TIMEOUT_MS", milliseconds, || Duration::from_millis(3_000));
    let ca_secret = reader.optional("GATEWAY_CA_SECRET", secret_name);
    let identity_secret = reader.optional("GATEWAY_IDENTITY_SECRET", secret_name);
    let is_https = url.is_none_or(GatewayUrl::is_https);
    if !is_https {
        const UNUSED: &str = "is of no use: GATEWAY_URL is not https";
        let named =
            [("GATEWAY_CA_SECRET", &ca_secret), ("GATEWAY_IDENTITY_SECRET", &identity_secret)];
        for (name, _) in named.into_iter().filter(|(_, secret)| secret.is_some()) {
            reader.fault(name, UNUSED);
        }
    }
    Reach { is_https, timeout, connect_timeout, ca_secret, identity_secret }
}

fn dimensions(reader: &mut Reader) -> Option<Dimensions> {
    let text = |name: &str| Ok(name.to_owned());
    let function = reader.optional("AWS_LAMBDA_FUNCTION_NAME", text);
    let by_version = reader.or("METRICS_BY_VERSION", switch, || false);
    let version = reader.optional("AWS_LAMBDA_FUNCTION_VERSION", text);
    Some(Dimensions { function: function?, version: version.filter(|_| by_version) })
}

/// The variables of this process; what is not UTF-8 in them is replaced, and so fits no setting.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    env::vars_os().map(move |(name, value)| (lossy(name), lossy(value)))
}
