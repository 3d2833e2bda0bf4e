//! Where a CRL is published.

use std::{fmt, str::FromStr};

use reqwest::Url;

/// The longest URL that is taken.
const LONGEST: usize = 2048;

/// An `http` or `https` URL of a CRL, as a CA's certificates name it (RFC 5280 section 4.2.1.13).
///
/// `http` is good enough: a CRL is signed. With `https`, the server's certificate has to be of a public CA.
///
/// It is shown without its query, which may hold a password.
#[derive(Clone, PartialEq, Eq)]
pub struct CrlUrl(Url);

impl CrlUrl {
    /// All of it, query and all.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for CrlUrl {
    type Err = UrlFault;

    fn from_str(text: &str) -> Result<Self, UrlFault> {
        if text.len() > LONGEST {
            return Err(UrlFault::TooLong);
        }
        let url = Url::parse(text).map_err(|_| UrlFault::NoUrl)?;
        match url.scheme() {
            "http" | "https" => {}
            "ldap" | "ldaps" => return Err(UrlFault::Ldap),
            _ => return Err(UrlFault::NoUrl),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlFault::Password);
        }
        if url.fragment().is_some() {
            return Err(UrlFault::Fragment);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for CrlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.as_str();
        f.write_str(all.split_once('?').map_or(all, |(before, _)| before))
    }
}

impl fmt::Debug for CrlUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CrlUrl({self})")
    }
}

/// Why a text is no URL of a CRL. It is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlFault {
    /// Of a directory, as Active Directory publishes CRLs besides.
    #[error(
        "is an LDAP URL, and CRLs are fetched with HTTP alone; ask the CA for an HTTP distribution point"
    )]
    Ldap,
    /// None, or of another scheme.
    #[error("is no URL that begins with http:// or https://")]
    NoUrl,
    /// `http://user:password@host/`.
    #[error("has a user or password in it; it would be in logs of proxies, and CRLs are public")]
    Password,
    /// `#…`.
    #[error("has a fragment (#…), which no server is sent; take it off")]
    Fragment,
    /// Longer than any that a CA publishes.
    #[error("has more than {LONGEST} bytes")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_shown_without_its_query() {
        let url: CrlUrl = "https://CA.example/a.crl?token=secret".parse().unwrap();
        assert_eq!(url.to_string(), "https://ca.example/a.crl");
        assert!(!format!("{url:?}").contains("secret"));
        assert_eq!(url.as_str(), "https://ca.example/a.crl?token=secret");
    }

    #[test]
    fn url_that_is_none_of_a_crl_is_a_fault() {
        for (text, fault) in [
            ("ldap:///CN=CA", UrlFault::Ldap),
            ("ftp://ca.example/ca.crl", UrlFault::NoUrl),
            ("file:///etc/passwd", UrlFault::NoUrl),
            ("ca.example/ca.crl", UrlFault::NoUrl),
            ("http://", UrlFault::NoUrl),
            ("http://user@ca.example/ca.crl", UrlFault::Password),
            ("http://:password@ca.example/ca.crl", UrlFault::Password),
            ("http://ca.example/ca.crl#now", UrlFault::Fragment),
            (&format!("http://ca.example/{}", "a".repeat(2048)), UrlFault::TooLong),
        ] {
            assert_eq!(text.parse::<CrlUrl>(), Err(fault), "{text}");
        }
        assert!("http://10.0.0.7:8080/CertEnroll/CA%20(1).crl".parse::<CrlUrl>().is_ok());
    }
}
