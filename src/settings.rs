//! Environment to [`Settings`]: the one door through which configuration enters.
//!
//! Every fault is reported at once, by name. An empty variable counts as unset, since that is what
//! SAM hands over for a template value that it cannot resolve.

mod gateway_url;

use std::{
    collections::BTreeMap, env, ffi::OsString, fmt, ops::RangeInclusive, str::FromStr,
    time::Duration,
};

use http::{HeaderName, HeaderValue, uri};

pub use self::gateway_url::GatewayUrl;
use self::gateway_url::has_usable_port;
use crate::{
    certificate::outgoing::CertFormat,
    secrets::store::MIN_REFRESH,
    trust::{
        Revocation,
        policy::{ClientCertMode, Preflight},
    },
};

/// What the function was told to do. A value of this type is complete and consistent.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `GATEWAY_URL`: where requests go, and nowhere else.
    pub gateway_url: GatewayUrl,
    /// `TRUST_BUNDLE_SECRETS`: names or ARNs of the secrets that add up to the trust bundle.
    pub trust_bundle_secrets: Vec<String>,
    /// `CLIENT_CERT_HEADER`: where the load balancer puts the client's chain.
    pub client_cert_header: HeaderName,
    /// `GATEWAY_CERT_HEADER`: where the gateway looks for the client's certificate.
    pub gateway_cert_header: HeaderName,
    /// `GATEWAY_CERT_FORMAT`: how the certificate is written there.
    pub gateway_cert_format: CertFormat,
    /// `IDENTITY_HEADERS`: whether the gateway is also told who the client is in headers of their own.
    pub identity_headers: bool,
    /// `CLIENT_CERT_MODE`: what becomes of a request whose certificate is missing or refused.
    pub client_cert_mode: ClientCertMode,
    /// `PREFLIGHT`: whether a CORS preflight goes on without a certificate.
    pub preflight: Preflight,
    /// `REQUIRE_HTTPS`: whether what came through another listener than an HTTPS one is refused.
    pub require_https: bool,
    /// `TARGET_GROUP_ARNS`: the target groups whose events are answered; all, where it is not set.
    pub target_group_arns: Option<Vec<String>>,
    /// `REVOCATION`: what lists of revoked certificates have to say.
    pub revocation: Revocation,
    /// `TRUST_REFRESH_SECONDS`: the age at which secrets are fetched again.
    pub trust_refresh: Duration,
    /// `TRUST_MAX_STALE_SECONDS`: the age at which what they said is no longer used.
    pub trust_max_stale: Duration,
    /// `GATEWAY_TIMEOUT_MS`: how long the gateway may take for its whole answer.
    pub gateway_timeout: Duration,
    /// `GATEWAY_CONNECT_TIMEOUT_MS`: how long a connection may take, its TLS handshake included.
    pub gateway_connect_timeout: Duration,
    /// `GATEWAY_CA_SECRET`: name or ARN of the secret with the authorities of the gateway's certificate;
    /// public authorities, where it is not set.
    pub gateway_ca_secret: Option<String>,
    /// `GATEWAY_IDENTITY_SECRET`: name or ARN of the secret with the certificate and the private key by
    /// which the gateway knows the function.
    pub gateway_identity_secret: Option<String>,
    /// `GATEWAY_HOST_HEADER`: the `host` that the gateway is told, where it is not to be the client's.
    pub gateway_host: Option<HeaderValue>,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets: the name that metrics are under. There are none
    /// where it is not set, outside Lambda.
    pub function_name: Option<String>,
}

/// The settings by name: what [`Settings::read`] knows, but for what Lambda sets.
pub const NAMES: [&str; 18] = [
    "GATEWAY_URL",
    "TRUST_BUNDLE_SECRETS",
    "CLIENT_CERT_HEADER",
    "GATEWAY_CERT_HEADER",
    "GATEWAY_CERT_FORMAT",
    "IDENTITY_HEADERS",
    "CLIENT_CERT_MODE",
    "PREFLIGHT",
    "REVOCATION",
    "TRUST_REFRESH_SECONDS",
    "TRUST_MAX_STALE_SECONDS",
    "GATEWAY_TIMEOUT_MS",
    "GATEWAY_CONNECT_TIMEOUT_MS",
    "GATEWAY_CA_SECRET",
    "GATEWAY_IDENTITY_SECRET",
    "GATEWAY_HOST_HEADER",
    "REQUIRE_HTTPS",
    "TARGET_GROUP_ARNS",
];

/// Beginnings that belong to this function: a name with one of them that is not in [`NAMES`] is a
/// slip of the pen, and ignoring it would run with a default that nobody chose.
const OWN_PREFIXES: [&str; 8] = [
    "CLIENT_CERT_",
    "GATEWAY_",
    "IDENTITY_",
    "PREFLIGHT",
    "REQUIRE_",
    "REVOCATION",
    "TARGET_GROUP_",
    "TRUST_",
];

/// The longest that Lambda lets an invocation run.
const LAMBDA_LIMIT: Duration = Duration::from_secs(900);

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
        let gateway_url = reader.required("GATEWAY_URL", GatewayUrl::from_str);
        let trust_bundle_secrets = reader.required("TRUST_BUNDLE_SECRETS", secret_names);
        let client_cert_header = reader.or("CLIENT_CERT_HEADER", header_name, || {
            HeaderName::from_static("x-amzn-mtls-clientcert")
        });
        let gateway_cert_format =
            reader.or("GATEWAY_CERT_FORMAT", CertFormat::from_str, Default::default);
        let gateway_cert_header = reader.or("GATEWAY_CERT_HEADER", header_name, || {
            HeaderName::from_static(match gateway_cert_format {
                CertFormat::Rfc9440 => "client-cert",
                _ => "x-amzn-mtls-clientcert",
            })
        });
        let identity_headers = reader.or("IDENTITY_HEADERS", switch, || false);
        if crate::forward::tells_something_else(&gateway_cert_header) {
            reader.fault("GATEWAY_CERT_HEADER", "tells something else than the certificate");
        }
        let client_cert_mode =
            reader.or("CLIENT_CERT_MODE", ClientCertMode::from_str, Default::default);
        let preflight = reader.or("PREFLIGHT", Preflight::from_str, Default::default);
        let revocation = reader.or("REVOCATION", Revocation::from_str, Default::default);
        let trust_refresh =
            reader.or("TRUST_REFRESH_SECONDS", refresh, || Duration::from_secs(300));
        let trust_max_stale =
            reader.or("TRUST_MAX_STALE_SECONDS", seconds, || Duration::from_secs(86_400));
        if trust_max_stale < trust_refresh {
            reader.fault("TRUST_MAX_STALE_SECONDS", "must not be less than TRUST_REFRESH_SECONDS");
        }
        let gateway_timeout =
            reader.or("GATEWAY_TIMEOUT_MS", milliseconds, || Duration::from_millis(29_000));
        let gateway_connect_timeout =
            reader.or("GATEWAY_CONNECT_TIMEOUT_MS", milliseconds, || Duration::from_millis(3_000));
        let gateway_ca_secret = reader.optional("GATEWAY_CA_SECRET", secret_name);
        let gateway_identity_secret = reader.optional("GATEWAY_IDENTITY_SECRET", secret_name);
        if gateway_url.as_ref().is_some_and(|url| !url.is_https()) {
            const UNUSED: &str = "is of no use: GATEWAY_URL is not https";
            let named = [
                ("GATEWAY_CA_SECRET", &gateway_ca_secret),
                ("GATEWAY_IDENTITY_SECRET", &gateway_identity_secret),
            ];
            for (name, _) in named.into_iter().filter(|(_, secret)| secret.is_some()) {
                reader.fault(name, UNUSED);
            }
        }
        let gateway_host = reader.optional("GATEWAY_HOST_HEADER", host);
        let require_https = reader.or("REQUIRE_HTTPS", switch, || true);
        let target_group_arns = reader.optional("TARGET_GROUP_ARNS", target_groups);
        let function_name = reader.optional("AWS_LAMBDA_FUNCTION_NAME", |name| Ok(name.to_owned()));
        reader.refuse_unknown();

        match (gateway_url, trust_bundle_secrets) {
            (Some(gateway_url), Some(trust_bundle_secrets)) if reader.faults.is_empty() => {
                Ok(Self {
                    gateway_url,
                    trust_bundle_secrets,
                    client_cert_header,
                    gateway_cert_header,
                    gateway_cert_format,
                    identity_headers,
                    client_cert_mode,
                    preflight,
                    require_https,
                    target_group_arns,
                    revocation,
                    trust_refresh,
                    trust_max_stale,
                    gateway_timeout,
                    gateway_connect_timeout,
                    gateway_ca_secret,
                    gateway_identity_secret,
                    gateway_host,
                    function_name,
                })
            }
            _ => Err(SettingsError(reader.faults)),
        }
    }
}

/// The variables of this process; what is not UTF-8 in them is replaced, and so fits no setting.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    let lossy = |text: OsString| text.to_string_lossy().into_owned();
    env::vars_os().map(move |(name, value)| (lossy(name), lossy(value)))
}

/// Every setting that is wrong, in the order of the documentation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct SettingsError(pub Vec<Fault>);

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of the settings cannot be used", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "; {fault}"))
    }
}

/// One setting that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A required variable is absent or empty.
    #[error("{name} is not set, and has no default")]
    Missing {
        /// The variable.
        name: &'static str,
    },
    /// A variable holds what it may not.
    #[error("{name}: {problem}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What was expected. The value is not repeated: it may hold a password.
        problem: String,
    },
    /// A variable looks like one of ours and is none.
    #[error("{name} is no setting of this function; did you mean {nearest}?")]
    Unknown {
        /// The variable.
        name: String,
        /// The known name that shares the longest beginning with it.
        nearest: &'static str,
    },
}

/// Takes variables one by one and collects what is wrong with them.
struct Reader {
    variables: BTreeMap<String, String>,
    faults: Vec<Fault>,
}

impl Reader {
    fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let variables = variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        Self { variables, faults: Vec::new() }
    }

    fn optional<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(self.variables.get(name)?) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.fault(name, &problem);
                None
            }
        }
    }

    fn fault(&mut self, name: &'static str, problem: &str) {
        self.faults.push(Fault::Invalid { name, problem: problem.to_owned() });
    }

    fn or<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
        default: impl FnOnce() -> T,
    ) -> T {
        self.optional(name, parse).unwrap_or_else(default)
    }

    fn required<T>(
        &mut self,
        name: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        if !self.variables.contains_key(name) {
            self.faults.push(Fault::Missing { name });
        }
        self.optional(name, parse)
    }

    fn refuse_unknown(&mut self) {
        let unknown = self.variables.keys().filter(|name| {
            OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix))
                && !NAMES.contains(&name.as_str())
        });
        let faults =
            unknown.map(|name| Fault::Unknown { name: name.clone(), nearest: nearest(name) });
        self.faults.extend(faults.collect::<Vec<_>>());
    }
}

fn nearest(name: &str) -> &'static str {
    let shared = |known: &&str| {
        known.chars().zip(name.chars()).take_while(|(known, given)| known == given).count()
    };
    NAMES.into_iter().max_by_key(shared).unwrap_or("GATEWAY_URL")
}

fn secret_name(text: &str) -> Result<String, String> {
    match text.trim() {
        "" => Err("expected the name or ARN of a secret".to_owned()),
        several if several.contains(',') => {
            Err("expected one name or ARN, and no comma".to_owned())
        }
        pattern if pattern.contains(NO_NAME) => Err(NOT_ONE_NAME.to_owned()),
        name => Ok(name.to_owned()),
    }
}

/// What is in no name of a secret and in no ARN of one. Permissions take patterns; a request for a secret
/// does not.
const NO_NAME: [char; 4] = ['*', '?', ' ', '\t'];
const NOT_ONE_NAME: &str = "expected names or ARNs of secrets in full, without blanks, * or ?";

fn secret_names(text: &str) -> Result<Vec<String>, String> {
    let names: Vec<String> = text.split(',').map(|name| name.trim().to_owned()).collect();
    if names.iter().any(String::is_empty) {
        return Err("an entry is empty: expected names or ARNs, separated by commas".to_owned());
    }
    if names.iter().any(|name| name.contains(NO_NAME)) {
        return Err(NOT_ONE_NAME.to_owned());
    }
    let mut sorted = names.clone();
    sorted.sort();
    match sorted.windows(2).find_map(|pair| match pair {
        [first, second] if first == second => Some(first),
        _ => None,
    }) {
        Some(twice) => Err(format!("{twice} is named twice")),
        None => Ok(names),
    }
}

fn target_groups(text: &str) -> Result<Vec<String>, String> {
    let arns: Vec<String> = text.split(',').map(|arn| arn.trim().to_owned()).collect();
    match arns.iter().all(|arn| is_target_group(arn)) {
        true => Ok(arns),
        false => Err("expected ARNs of target groups in full, separated by commas and without wildcards, such as \
                      arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/name/0123456789abcdef"
            .to_owned()),
    }
}

/// Whether this can be the ARN of a target group. They are compared as they are: a wildcard matches none.
fn is_target_group(arn: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let parts: Vec<_> = arn.splitn(6, ':').collect();
    let ["arn", partition, "elasticloadbalancing", region, account, group] = parts[..] else {
        return false;
    };
    let parts: Vec<_> = group.split('/').collect();
    let ["targetgroup", name, id] = parts[..] else { return false };
    [partition, region, account, name, id].into_iter().all(is_part)
}

fn header_name(text: &str) -> Result<HeaderName, String> {
    let name = HeaderName::from_str(text)
        .map_err(|_| "expected the name of an HTTP header, such as X-Client-Cert".to_owned())?;
    if crate::forward::headers::is_spoken_for(&name) {
        return Err(format!(
            "{name} cannot carry a certificate: it tells something else to the gateway or on the way there"
        ));
    }
    Ok(name)
}

fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "expected true or false".to_owned())
}

fn milliseconds(text: &str) -> Result<Duration, String> {
    let limit = LAMBDA_LIMIT.as_secs().saturating_mul(1000);
    whole(text, "milliseconds", 1..=limit).map(Duration::from_millis)
}

/// Up to a year: nobody means more.
const YEAR: u64 = 365 * 24 * 60 * 60;

fn seconds(text: &str) -> Result<Duration, String> {
    whole(text, "seconds", 1..=YEAR).map(Duration::from_secs)
}

/// An age that can be kept to: a Secrets Manager that fails is not asked more often than that.
fn refresh(text: &str) -> Result<Duration, String> {
    whole(text, "seconds", MIN_REFRESH.as_secs()..=YEAR).map(Duration::from_secs)
}

fn whole(text: &str, unit: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("expected whole {unit} from {} to {}", range.start(), range.end())),
    }
}

fn host(text: &str) -> Result<HeaderValue, String> {
    const EXPECTED: &str =
        "expected a host, with a port where needed, such as api.example.com:8243";
    let authority = uri::Authority::from_str(text).map_err(|_| EXPECTED.to_owned())?;
    if authority.as_str().contains('@') || !has_usable_port(&authority) {
        return Err(EXPECTED.to_owned());
    }
    HeaderValue::from_str(authority.as_str()).map_err(|_| EXPECTED.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: (&str, &str) = ("GATEWAY_URL", "https://wso2.internal:8243");
    const SECRETS: (&str, &str) = ("TRUST_BUNDLE_SECRETS", "clients");

    fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        Settings::read(
            variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        )
    }

    fn fault_of(name: &str, value: &str) -> String {
        let error = read(&[URL, SECRETS, (name, value)]).unwrap_err();
        assert_eq!(error.0.len(), 1, "{error}");
        error.0[0].to_string()
    }

    #[test]
    fn two_variables_are_enough_and_the_rest_has_the_documented_defaults() {
        let settings = read(&[URL, SECRETS]).unwrap();
        assert_eq!(settings.gateway_url.authority, "wso2.internal:8243");
        assert_eq!(settings.gateway_url.base_path, "");
        assert_eq!(settings.trust_bundle_secrets, ["clients"]);
        assert_eq!(settings.client_cert_header, "x-amzn-mtls-clientcert");
        assert_eq!(settings.gateway_cert_header, "x-amzn-mtls-clientcert");
        assert_eq!(settings.gateway_cert_format, CertFormat::UrlEncodedPem);
        assert!(!settings.identity_headers);
        assert_eq!(settings.client_cert_mode, ClientCertMode::Required);
        assert_eq!(settings.preflight, Preflight::Refuse);
        assert_eq!(settings.revocation, Revocation::WhenListed);
        assert_eq!(settings.trust_refresh, Duration::from_secs(300));
        assert_eq!(settings.trust_max_stale, Duration::from_secs(86_400));
        assert_eq!(settings.gateway_timeout, Duration::from_millis(29_000));
        assert_eq!(settings.gateway_connect_timeout, Duration::from_millis(3_000));
        assert_eq!(settings.gateway_ca_secret, None);
        assert_eq!(settings.gateway_identity_secret, None);
        assert_eq!(settings.gateway_host, None);
        assert!(settings.require_https);
        assert_eq!(settings.target_group_arns, None);
    }

    #[test]
    fn header_of_rfc_9440_has_its_name_unless_another_is_set() {
        let format = ("GATEWAY_CERT_FORMAT", "rfc9440");
        assert_eq!(read(&[URL, SECRETS, format]).unwrap().gateway_cert_header, "client-cert");
        let named = read(&[URL, SECRETS, format, ("GATEWAY_CERT_HEADER", "X-Cert")]).unwrap();
        assert_eq!(named.gateway_cert_header, "x-cert");
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let error = read(&[
            ("GATEWAY_URL", "wso2.internal"),
            ("CLIENT_CERT_MODE", "Required"),
            ("GATEWAY_TIMEOUT", "5000"),
        ])
        .unwrap_err();
        let names: Vec<_> = error.0.iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), 4, "{error}");
        for (name, text) in
            ["GATEWAY_URL", "TRUST_BUNDLE_SECRETS", "CLIENT_CERT_MODE", "GATEWAY_TIMEOUT"]
                .iter()
                .zip(&names)
        {
            assert!(text.starts_with(name), "{text}");
        }
    }

    #[test]
    fn unknown_name_under_an_own_prefix_is_refused_with_the_nearest_known_one() {
        assert_eq!(
            fault_of("GATEWAY_TIMEOUT", "5000"),
            "GATEWAY_TIMEOUT is no setting of this function; did you mean GATEWAY_TIMEOUT_MS?"
        );
        for name in [
            "TARGET_GROUP_ARN",
            "REQUIRE_HTTP",
            "IDENTITY_HEADER",
            "REVOCATIONS",
            "TRUST_X",
            "PREFLIGHTS",
        ] {
            assert!(fault_of(name, "x").starts_with(name), "{name}");
        }
        assert!(read(&[URL, SECRETS, ("AWS_REGION", "eu-west-1")]).is_ok());
    }

    #[test]
    fn empty_variable_counts_as_unset() {
        assert!(read(&[URL, SECRETS, ("GATEWAY_HOST_HEADER", "")]).is_ok());
        assert!(read(&[URL, ("TRUST_BUNDLE_SECRETS", "")]).is_err());
    }

    #[test]
    fn gateway_url_that_could_mean_two_things_is_refused() {
        for url in [
            "wso2.internal:8243",
            "ftp://wso2.internal",
            "https://user:secret@wso2.internal",
            "https://wso2.internal/?a=b",
            "https://wso2.internal/#top",
            "https:///path",
        ] {
            let error = read(&[("GATEWAY_URL", url), SECRETS]).unwrap_err();
            assert!(error.to_string().contains("GATEWAY_URL: expected a URL"), "{url}: {error}");
            assert!(!error.to_string().contains("secret@"), "{error}");
        }
        for port in ["", "0", "65536", "82430", "99999", "-1", "+1", "8243:8243"] {
            for host in ["wso2.internal", "192.0.2.1", "[2001:db8::1]"] {
                let url = format!("https://{host}:{port}/path");
                let error = read(&[("GATEWAY_URL", &url), SECRETS]).unwrap_err();
                assert!(
                    error.to_string().contains("GATEWAY_URL: expected a URL"),
                    "{url}: {error}"
                );
            }
        }
        for url in ["https://wso2.internal:1", "http://[2001:db8::1]:65535/", "https://[::1]"] {
            assert!(read(&[("GATEWAY_URL", url), SECRETS]).is_ok(), "{url}");
        }
        let settings = read(&[("GATEWAY_URL", "http://127.0.0.1:8080/wso2/"), SECRETS]).unwrap();
        assert_eq!(settings.gateway_url.base_path, "/wso2");
        assert!(!settings.gateway_url.is_https());
    }

    #[test]
    fn values_out_of_range_or_out_of_the_list_are_refused() {
        for (name, value) in [
            ("CLIENT_CERT_HEADER", "two words"),
            ("GATEWAY_CERT_HEADER", "connection"),
            ("GATEWAY_CERT_HEADER", "Client-Cert-Chain"),
            ("GATEWAY_CERT_HEADER", "X-Amzn-Mtls-Clientcert-Subject"),
            ("GATEWAY_CERT_HEADER", "Host"),
            ("GATEWAY_CERT_FORMAT", "pem"),
            ("IDENTITY_HEADERS", "yes"),
            ("REQUIRE_HTTPS", "1"),
            ("TARGET_GROUP_ARNS", "my-group"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/b,"),
            ("CLIENT_CERT_MODE", "off"),
            ("PREFLIGHT", "true"),
            ("PREFLIGHT", "Forward"),
            ("REVOCATION", "on"),
            ("TRUST_REFRESH_SECONDS", "0"),
            ("TRUST_REFRESH_SECONDS", "9"),
            ("TRUST_REFRESH_SECONDS", "5m"),
            ("TRUST_MAX_STALE_SECONDS", "299"),
            ("TRUST_MAX_STALE_SECONDS", "31536001"),
            ("GATEWAY_TIMEOUT_MS", "0"),
            ("GATEWAY_TIMEOUT_MS", "29s"),
            ("GATEWAY_CONNECT_TIMEOUT_MS", "900001"),
            ("GATEWAY_CA_SECRET", "a,b"),
            ("GATEWAY_IDENTITY_SECRET", " "),
            ("GATEWAY_HOST_HEADER", "a b"),
            ("GATEWAY_HOST_HEADER", "user@host"),
            ("GATEWAY_HOST_HEADER", "host:"),
            ("GATEWAY_HOST_HEADER", "host:0"),
            ("GATEWAY_HOST_HEADER", "host:82430"),
            ("GATEWAY_HOST_HEADER", "[::1]:-1"),
            ("TARGET_GROUP_ARNS", "*"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/*"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/*"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:*:1:targetgroup/a/b"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:*:targetgroup/a/b"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/b/c"),
            ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/?"),
            ("TRUST_BUNDLE_SECRETS", "clients-*"),
            ("GATEWAY_CA_SECRET", "*"),
            ("GATEWAY_IDENTITY_SECRET", "a b"),
        ] {
            assert!(fault_of(name, value).starts_with(name), "{name}={value}");
        }
        for (name, value) in [
            ("PREFLIGHT", "refuse"),
            ("PREFLIGHT", "forward"),
            ("GATEWAY_HOST_HEADER", "api.example.com"),
            ("GATEWAY_HOST_HEADER", "[::1]:65535"),
            (
                "TARGET_GROUP_ARNS",
                "arn:aws-cn:elasticloadbalancing:r-1:1:targetgroup/a-1/0123456789abcdef",
            ),
            (
                "GATEWAY_CA_SECRET",
                "arn:aws:secretsmanager:eu-west-1:1:secret:rds!db/A_b+c=d.e@f-AbCd12",
            ),
        ] {
            assert!(read(&[URL, SECRETS, (name, value)]).is_ok(), "{name}={value}");
        }
    }

    #[test]
    fn header_that_means_something_else_to_whoever_reads_it_is_refused_in_any_spelling() {
        for name in [
            "client_cert_chain",
            "x_amzn_mtls_clientcert_subject",
            "X-Amzn_Mtls.Clientcert-San",
            "expect",
            "range",
            "if-match",
            "if_none_match",
            "accept",
            "Accept-Encoding",
            "user-agent",
            "via",
            "forwarded",
            "x-forwarded-for",
            "X_Forwarded_Proto",
            "x-amzn-trace-id",
            "x-amzn-oidc-data",
            "max-forwards",
            "content_length",
            "transfer_encoding",
        ] {
            let fault = fault_of("GATEWAY_CERT_HEADER", name);
            assert!(fault.starts_with("GATEWAY_CERT_HEADER: "), "{name}: {fault}");
        }
        for name in ["expect", "x_forwarded_for", "upgrade", "cookie"] {
            assert!(fault_of("CLIENT_CERT_HEADER", name).starts_with("CLIENT_CERT_HEADER: "));
        }
        for name in [
            "X-Amzn-Mtls-Clientcert",
            "x-amzn-mtls-clientcert-leaf",
            "X-WSO2-CLIENT-CERTIFICATE",
            "Client-Cert",
            "x-forwarded-client-cert",
            "X-Forwarded-Tls-Client-Cert",
            "x-amzn-our-client-cert",
            "ssl_client_cert",
            "x-client-cert-chain",
        ] {
            assert!(read(&[URL, SECRETS, ("GATEWAY_CERT_HEADER", name)]).is_ok(), "{name}");
            assert!(read(&[URL, SECRETS, ("CLIENT_CERT_HEADER", name)]).is_ok(), "{name}");
        }
    }

    #[test]
    fn secrets_of_the_hop_are_named_where_there_is_tls_and_refused_where_there_is_none() {
        for name in ["GATEWAY_CA_SECRET", "GATEWAY_IDENTITY_SECRET"] {
            assert!(read(&[URL, SECRETS, (name, "hop")]).is_ok());
            let plain = ("GATEWAY_URL", "http://wso2.internal");
            let error = read(&[plain, SECRETS, (name, "hop")]).unwrap_err();
            assert!(error.to_string().contains(&format!("{name}: is of no use")), "{error}");
        }
    }

    #[test]
    fn secrets_are_a_list_without_gaps_or_repeats() {
        let settings = read(&[URL, ("TRUST_BUNDLE_SECRETS", "a, b,c")]).unwrap();
        assert_eq!(settings.trust_bundle_secrets, ["a", "b", "c"]);
        assert!(read(&[URL, ("TRUST_BUNDLE_SECRETS", "a,,b")]).is_err());
        assert!(read(&[URL, ("TRUST_BUNDLE_SECRETS", "a,b,a")]).is_err());
    }
}
