//! The settings, each with its name.

/// The settings by name: what is read, but for what Lambda sets.
pub const NAMES: [&str; 20] = [
    "GATEWAY_URL",
    "TRUST_BUNDLE_SECRETS",
    "CLIENT_CERT_HEADER",
    "GATEWAY_CERT_HEADER",
    "GATEWAY_CERT_FORMAT",
    "IDENTITY_HEADERS",
    "CLIENT_CERT_MODE",
    "PREFLIGHT",
    "REVOCATION",
    "TRUST_CRLS",
    "TRUST_REFRESH_SECONDS",
    "TRUST_MAX_STALE_SECONDS",
    "GATEWAY_TIMEOUT_MS",
    "GATEWAY_CONNECT_TIMEOUT_MS",
    "GATEWAY_CA_SECRET",
    "GATEWAY_IDENTITY_SECRET",
    "GATEWAY_HOST_HEADER",
    "REQUIRE_HTTPS",
    "TARGET_GROUP_ARNS",
    "METRICS_BY_VERSION",
];

/// Beginnings that belong to this function: a name with one of them that is not in [`NAMES`] is a
/// slip of the pen, and ignoring it would run with a default that nobody chose.
const OWN_PREFIXES: [&str; 9] = [
    "CLIENT_CERT_",
    "GATEWAY_",
    "IDENTITY_",
    "METRICS_",
    "PREFLIGHT",
    "REQUIRE_",
    "REVOCATION",
    "TARGET_GROUP_",
    "TRUST_",
];

/// Whether a variable looks like a setting and is none.
pub(super) fn is_unknown(name: &str) -> bool {
    OWN_PREFIXES.iter().any(|prefix| name.starts_with(prefix)) && !NAMES.contains(&name)
}

/// The setting that shares the longest beginning with a name.
pub(super) fn nearest(name: &str) -> &'static str {
    let shared = |known: &&str| {
        known.chars().zip(name.chars()).take_while(|(known, given)| known == given).count()
    };
    NAMES.into_iter().max_by_key(shared).unwrap_or("GATEWAY_URL")
}
