//! What a setting may hold. A text that it may not hold is answered with what was expected; it is not repeated, since
//! it may hold a password.

use std::{ops::RangeInclusive, str::FromStr, time::Duration};

use http::{HeaderName, HeaderValue, uri};

use crate::{
    event::TargetGroup,
    forward::{gateway_url::has_usable_port, headers::is_spoken_for},
    secrets::store::MIN_REFRESH,
};

/// The longest that Lambda lets an invocation run.
const LAMBDA_LIMIT: Duration = Duration::from_secs(900);

pub(super) fn secret_name(text: &str) -> Result<String, String> {
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

/// Reads `TRUST_BUNDLE_SECRETS`: names or ARNs of secrets, separated by commas.
///
/// # Errors
///
/// What is wrong with it.
pub fn secret_names(text: &str) -> Result<Vec<String>, String> {
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

pub(super) fn target_groups(text: &str) -> Result<Vec<TargetGroup>, String> {
    text.split(',').map(|arn| arn.trim().parse()).collect()
}

pub(super) fn header_name(text: &str) -> Result<HeaderName, String> {
    let name = HeaderName::from_str(text)
        .map_err(|_| "expected the name of an HTTP header, such as X-Client-Cert".to_owned())?;
    if is_spoken_for(&name) {
        return Err(format!(
            "{name} cannot carry a certificate: it tells something else to the gateway or on the way there"
        ));
    }
    Ok(name)
}

pub(super) fn switch(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "expected true or false".to_owned())
}

pub(super) fn milliseconds(text: &str) -> Result<Duration, String> {
    let limit = LAMBDA_LIMIT.as_secs().saturating_mul(1000);
    whole(text, "milliseconds", 1..=limit).map(Duration::from_millis)
}

/// Up to a year: nobody means more.
const YEAR: u64 = 365 * 24 * 60 * 60;

pub(super) fn seconds(text: &str) -> Result<Duration, String> {
    whole(text, "seconds", 1..=YEAR).map(Duration::from_secs)
}

/// An age that can be kept to: a Secrets Manager that fails is not asked more often than that.
pub(super) fn refresh(text: &str) -> Result<Duration, String> {
    whole(text, "seconds", MIN_REFRESH.as_secs()..=YEAR).map(Duration::from_secs)
}

fn whole(text: &str, unit: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    match text.parse::<u64>() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!("expected whole {unit} from {} to {}", range.start(), range.end())),
    }
}

pub(super) fn host(text: &str) -> Result<HeaderValue, String> {
    const EXPECTED: &str =
        "expected a host, with a port where needed, such as api.example.com:8243";
    let authority = uri::Authority::from_str(text).map_err(|_| EXPECTED.to_owned())?;
    if authority.as_str().contains('@') || !has_usable_port(&authority) {
        return Err(EXPECTED.to_owned());
    }
    HeaderValue::from_str(authority.as_str()).map_err(|_| EXPECTED.to_owned())
}
