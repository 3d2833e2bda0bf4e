//! What the Lambda function is told, by its environment.
//!
//! Every fault is reported at once, by name. An empty variable counts as unset.

use std::{collections::BTreeMap, str::FromStr};

use alb_mtls_adapter::{
    settings::{Fault, SettingsError, secret_names},
    trust::crls::{location::CrlLocation, manifest::MOST_CRLS},
};

use crate::crl_url::CrlUrl;

/// The settings by name: what is read, but for what Lambda sets.
pub const NAMES: [&str; 3] = [SECRETS, URLS, CRLS];

const SECRETS: &str = "TRUST_BUNDLE_SECRETS";
const URLS: &str = "CRL_URLS";
const CRLS: &str = "TRUST_CRLS";

/// What the function was told to do. A value of this type is complete.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `TRUST_BUNDLE_SECRETS`: by whom CRLs have to be signed; the same as the function's that reads them.
    pub bundle_secrets: Vec<String>,
    /// `CRL_URLS`: where CRLs are published.
    pub urls: Vec<CrlUrl>,
    /// `TRUST_CRLS`: where they are put.
    pub location: CrlLocation,
    /// `AWS_LAMBDA_FUNCTION_NAME`, which Lambda sets: what metrics are counted by. There are none without it.
    pub function: Option<String>,
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
        let variables: BTreeMap<_, _> =
            variables.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let mut faults = Vec::new();
        let bundle_secrets = required(SECRETS, &variables, secret_names, &mut faults);
        let urls = required(URLS, &variables, urls, &mut faults);
        let location = required(CRLS, &variables, CrlLocation::from_str, &mut faults);
        faults.extend(variables.keys().filter(|name| is_unknown(name)).map(|name| {
            let nearest = if name.starts_with("CRL_") { URLS } else { nearest(name) };
            Fault::Unknown { name: name.clone(), nearest }
        }));
        match (bundle_secrets, urls, location) {
            (Some(bundle_secrets), Some(urls), Some(location)) if faults.is_empty() => {
                let function = variables.get("AWS_LAMBDA_FUNCTION_NAME").cloned();
                Ok(Self { bundle_secrets, urls, location, function })
            }
            _ => Err(SettingsError(faults)),
        }
    }
}

fn required<T>(
    name: &'static str,
    variables: &BTreeMap<String, String>,
    parse: impl FnOnce(&str) -> Result<T, String>,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let fault = match variables.get(name).map(|text| parse(text)) {
        Some(Ok(value)) => return Some(value),
        Some(Err(problem)) => Fault::Invalid { name, problem },
        None => Fault::Missing { name },
    };
    faults.push(fault);
    None
}

/// Whether a variable looks like a setting and is none: a slip of the pen, or a setting of the other function.
fn is_unknown(name: &str) -> bool {
    ["CRL_", "TRUST_"].iter().any(|prefix| name.starts_with(prefix)) && !NAMES.contains(&name)
}

fn nearest(name: &str) -> &'static str {
    if name.starts_with("TRUST_B") { SECRETS } else { CRLS }
}

/// Reads `CRL_URLS`: URLs, separated by commas or blanks.
///
/// # Errors
///
/// Which one is wrong, from 1, and why. It is not repeated.
pub fn urls(text: &str) -> Result<Vec<CrlUrl>, String> {
    let texts = text.split(|char: char| char == ',' || char.is_whitespace());
    let mut urls: Vec<CrlUrl> = Vec::new();
    for (number, text) in (1..).zip(texts.filter(|text| !text.is_empty())) {
        let url: CrlUrl = text.parse().map_err(|fault| format!("URL {number} {fault}"))?;
        if let Some(first) = urls.iter().position(|other| *other == url) {
            return Err(format!("URL {number} is the same as URL {}", first + 1));
        }
        urls.push(url);
    }
    match urls.len() {
        0 => Err("expected http:// or https:// URLs of CRLs, separated by commas".to_owned()),
        1..=MOST_CRLS => Ok(urls),
        many => Err(format!("has {many} URLs, and at most {MOST_CRLS} are fetched")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: [(&str, &str); 3] = [
        (SECRETS, "clients, partners"),
        (URLS, "http://a.example/a.crl,https://b.example/b.crl\n http://c.example/c.crl,"),
        (CRLS, "s3://crls-of-mine/live/"),
    ];

    fn read(changes: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let all = GOOD
            .iter()
            .chain(changes)
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        // The last value of a name counts.
        Settings::read(all.collect::<BTreeMap<_, _>>())
    }

    #[test]
    fn settings_that_are_right_are_read() {
        let settings = read(&[("AWS_LAMBDA_FUNCTION_NAME", "crls")]).unwrap();
        assert_eq!(settings.bundle_secrets, ["clients", "partners"]);
        assert_eq!(settings.urls.len(), 3);
        assert_eq!(settings.location.to_string(), "s3://crls-of-mine/live/");
        assert_eq!(settings.function.as_deref(), Some("crls"));
    }

    #[test]
    fn faults_are_told_all_at_once() {
        let error = read(&[
            (SECRETS, ""),
            (URLS, "http://a.example/a.crl ldap:///CN=CA,CN=CDP"),
            (CRLS, "crls-of-mine"),
            ("CRL_URL", "x"),
            ("TRUST_REFRESH_SECONDS", "300"),
        ]);
        assert_eq!(
            error.unwrap_err().to_string(),
            "5 of the settings cannot be used; TRUST_BUNDLE_SECRETS is not set, and has no default; CRL_URLS: URL 2 is an \
             LDAP URL, and CRLs are fetched with HTTP alone; ask the CA for an HTTP distribution point; TRUST_CRLS: \
             expected s3://bucket/prefix/; CRL_URL is no setting of this function; did you mean CRL_URLS?; \
             TRUST_REFRESH_SECONDS is no setting of this function; did you mean TRUST_CRLS?"
        );
    }

    #[test]
    fn urls_that_are_none_too_many_or_there_twice_are_a_fault() {
        let many =
            |count| (0..count).map(|n| format!("http://ca.example/{n} ")).collect::<String>();
        assert_eq!(urls(&many(64)).unwrap().len(), 64);
        assert_eq!(urls(&many(65)).unwrap_err(), "has 65 URLs, and at most 64 are fetched");
        assert!(urls(" , ").unwrap_err().starts_with("expected"));
        let twice = "http://ca.example/a http://ca.example/b http://CA.example:80/a";
        assert_eq!(urls(twice).unwrap_err(), "URL 3 is the same as URL 1");
        assert!(!urls("http://me:secret@ca.example/a").unwrap_err().contains("secret"));
    }
}
