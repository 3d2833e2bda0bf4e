use super::*;

const URL: (&str, &str) = ("GATEWAY_URL", "https://wso2.internal:8243");
const SECRETS: (&str, &str) = ("TRUST_BUNDLE_SECRETS", "clients");

fn read(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
    Settings::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
}

fn fault_of(name: &str, value: &str) -> String {
    let error = read(&[URL, SECRETS, (name, value)]).unwrap_err();
    assert_eq!(error.0.len(), 1, "{error}");
    error.0[0].to_string()
}

#[test]
fn two_variables_are_enough_and_the_rest_has_the_documented_defaults() {
    let settings = read(&[URL, SECRETS]).unwrap();
    assert_eq!(settings.outgoing.url.authority, "wso2.internal:8243");
    assert_eq!(settings.outgoing.url.base_path, "");
    assert_eq!(settings.trust.bundle_secrets, ["clients"]);
    assert_eq!(settings.admission.header, "x-amzn-mtls-clientcert");
    assert_eq!(settings.outgoing.cert_headers.gateway, "x-amzn-mtls-clientcert");
    assert_eq!(settings.outgoing.cert_format, CertFormat::UrlEncodedPem);
    assert!(!settings.outgoing.identity_headers);
    assert_eq!(settings.admission.mode, ClientCertMode::Required);
    assert_eq!(settings.admission.preflight, Preflight::Refuse);
    assert_eq!(settings.trust.revocation, Revocation::WhenListed);
    assert_eq!(settings.freshness.refresh, Duration::from_secs(300));
    assert_eq!(settings.freshness.max_stale, Duration::from_secs(86_400));
    assert_eq!(settings.gateway.timeout, Duration::from_millis(29_000));
    assert_eq!(settings.gateway.connect_timeout, Duration::from_millis(3_000));
    assert_eq!(settings.gateway.ca_secret, None);
    assert_eq!(settings.gateway.identity_secret, None);
    assert_eq!(settings.outgoing.host, None);
    assert!(settings.entrance.require_https);
    assert_eq!(settings.entrance.target_groups, None);
}

#[test]
fn header_of_rfc_9440_has_its_name_unless_another_is_set() {
    let format = ("GATEWAY_CERT_FORMAT", "rfc9440");
    assert_eq!(read(&[URL, SECRETS, format]).unwrap().outgoing.cert_headers.gateway, "client-cert");
    let named = read(&[URL, SECRETS, format, ("GATEWAY_CERT_HEADER", "X-Cert")]).unwrap();
    assert_eq!(named.outgoing.cert_headers.gateway, "x-cert");
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
            assert!(error.to_string().contains("GATEWAY_URL: expected a URL"), "{url}: {error}");
        }
    }
    for url in ["https://wso2.internal:1", "http://[2001:db8::1]:65535/", "https://[::1]"] {
        assert!(read(&[("GATEWAY_URL", url), SECRETS]).is_ok(), "{url}");
    }
    let settings = read(&[("GATEWAY_URL", "http://127.0.0.1:8080/wso2/"), SECRETS]).unwrap();
    assert_eq!(settings.outgoing.url.base_path, "/wso2");
    assert!(!settings.outgoing.url.is_https());
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
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a*/*"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/*/*"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/b*"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/**"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:1:targetgroup/a/"),
        ("TARGET_GROUP_ARNS", "arn:*:elasticloadbalancing:r:1:targetgroup/a/*"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:*:1:targetgroup/a/b"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:*:1:targetgroup/a/*"),
        ("TARGET_GROUP_ARNS", "arn:aws:elasticloadbalancing:r:*:targetgroup/a/*"),
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
        ("TARGET_GROUP_ARNS", "arn:aws-cn:elasticloadbalancing:r-1:1:targetgroup/a-1/*"),
        (
            "TARGET_GROUP_ARNS",
            "arn:aws:elasticloadbalancing:r:1:targetgroup/a/*, arn:aws:elasticloadbalancing:r:1:targetgroup/b/1",
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
    assert_eq!(settings.trust.bundle_secrets, ["a", "b", "c"]);
    assert!(read(&[URL, ("TRUST_BUNDLE_SECRETS", "a,,b")]).is_err());
    assert!(read(&[URL, ("TRUST_BUNDLE_SECRETS", "a,b,a")]).is_err());
}
