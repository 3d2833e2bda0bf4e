//! A subject alternative name as a rule writes it.

use std::{fmt, net::Ipv4Addr};

use der::asn1::Ia5String;
use x509_cert::ext::pkix::name::GeneralName;

use crate::{
    certificate::{
        identity::general_name,
        names::{around_host, is_host},
    },
    printable::printable,
};

/// Which type of name; others do not match it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::trust) enum Kind {
    Dns,
    Uri,
    Email,
}

/// A name that has to be met exactly, or with any one label where its host begins with `*.`.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::trust) struct Pattern {
    kind: Kind,
    parts: Parts,
}

/// A name around its host. Letter case counts outside the host and the scheme (RFC 5280 section 7).
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    before: String,
    host: String,
    after: String,
}

impl Pattern {
    pub(in crate::trust) fn new(kind: Kind, text: &str) -> Result<Self, &'static str> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                "expected visible ASCII; a host in another script is written in its xn-- form",
            );
        }
        let parts = kind.parts(text);
        let labels = parts.host.strip_prefix("*.").unwrap_or(&parts.host);
        if [labels, &parts.before, &parts.after].iter().any(|part| part.contains('*')) {
            return Err("a * stands for the whole first label of a host, and for nothing else");
        }
        let is_name = match kind {
            Kind::Dns => is_host(labels) && labels.parse::<Ipv4Addr>().is_err(),
            Kind::Email => {
                is_host(labels)
                    && parts
                        .before
                        .find('@')
                        .is_some_and(|at| at > 0 && at + 1 == parts.before.len())
            }
            Kind::Uri => parts.before.contains(':') && (labels.is_empty() || is_uri_host(labels)),
        };
        match is_name {
            true => Ok(Self { kind, parts }),
            false => Err(kind.expected()),
        }
    }

    pub(in crate::trust) fn fits(&self, name: &GeneralName) -> bool {
        parts(name).is_some_and(|(kind, name)| {
            kind == self.kind && self.fits_host(&name.host) && name.is_alike_around(&self.parts)
        })
    }

    fn fits_host(&self, host: &str) -> bool {
        match self.parts.host.strip_prefix("*.") {
            Some(parent) => above(host) == Some(parent),
            None => host == self.parts.host,
        }
    }

    /// Tells it from any other.
    pub(in crate::trust) fn key(&self) -> String {
        self.parts.key(self.kind)
    }

    /// Those of all patterns that fit each name that fits this one.
    pub(in crate::trust) fn covering_keys(&self) -> Vec<String> {
        self.parts.keys(self.kind)
    }

    /// Those of all patterns that fit a name.
    pub(in crate::trust) fn keys_of(name: &GeneralName) -> Vec<String> {
        parts(name).map(|(kind, parts)| parts.keys(kind)).unwrap_or_default()
    }

    /// Why a name that does not fit does not, where it nearly does.
    pub(in crate::trust) fn nearly(&self, name: &GeneralName) -> Option<String> {
        let shown = printable(&general_name(name));
        let (kind, Parts { host, .. }) = parts(name)?;
        let parent = self.parts.host.strip_prefix("*.");
        let below = |parent| host.strip_suffix(parent).is_some_and(|it| it.ends_with('.'));
        let trimmed = |text: &str| text.trim_end_matches('/').to_lowercase();
        let same = |text: &str| trimmed(text) == trimmed(&self.name());
        if kind != self.kind {
            return self
                .fits_host(&host)
                .then(|| format!("the client has this host in a name of another type: {shown}"));
        }
        if parent.is_some_and(|parent| host == parent || below(parent)) {
            return Some(format!(
                "* stands for one label, not for none and not for two, and the client has {shown}"
            ));
        }
        let (_, text) = shown.split_once(':')?;
        same(text).then(|| {
            format!(
                "it differs in letter case or in a slash at its end, and the client has {shown}"
            )
        })
    }

    /// The only name that fits, but for the letter case of its host; none where there are many.
    pub(in crate::trust) fn exact(&self) -> Option<GeneralName> {
        if self.parts.host.starts_with("*.") {
            return None;
        }
        let name = Ia5String::new(&self.name()).ok()?;
        Some(match self.kind {
            Kind::Dns => GeneralName::DnsName(name),
            Kind::Uri => GeneralName::UniformResourceIdentifier(name),
            Kind::Email => GeneralName::Rfc822Name(name),
        })
    }

    /// The name as it is compared.
    pub(in crate::trust) fn name(&self) -> String {
        let Parts { before, host, after } = &self.parts;
        format!("{before}{host}{after}")
    }
}

impl Parts {
    fn is_alike_around(&self, other: &Self) -> bool {
        self.before == other.before && self.after == other.after
    }

    fn key(&self, kind: Kind) -> String {
        format!("{kind:?}\n{}\n{}\n{}", self.before, self.host, self.after)
    }

    /// Its own, and that of the pattern for any first label.
    fn keys(&self, kind: Kind) -> Vec<String> {
        let Self { before, after, .. } = self;
        let any = above(&self.host).map(|rest| Self {
            before: before.clone(),
            host: format!("*.{rest}"),
            after: after.clone(),
        });
        std::iter::once(self.key(kind)).chain(any.map(|any| any.key(kind))).collect()
    }
}

/// A host without its first label, which may stand for any.
fn above(host: &str) -> Option<&str> {
    let (label, rest) = host.split_once('.')?;
    (is_host(label) || label == "*").then_some(rest)
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Dns => "dns",
            Kind::Uri => "uri",
            Kind::Email => "email",
        };
        write!(f, "{kind} {}", printable(&self.name()))
    }
}

/// A name of a type that rules know.
fn parts(name: &GeneralName) -> Option<(Kind, Parts)> {
    let (kind, text) = match name {
        GeneralName::DnsName(name) => (Kind::Dns, name.as_str()),
        GeneralName::UniformResourceIdentifier(uri) => (Kind::Uri, uri.as_str()),
        GeneralName::Rfc822Name(mailbox) => (Kind::Email, mailbox.as_str()),
        _ => return None,
    };
    Some((kind, kind.parts(text)))
}

fn is_uri_host(host: &str) -> bool {
    is_host(host) || host.starts_with('[')
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Self::Dns => "expected a DNS name, such as client.example.com or *.example.com",
            Self::Uri => "expected a whole URI, such as spiffe://example.org/client",
            Self::Email => "expected a whole mailbox, such as name@example.com",
        }
    }

    fn parts(self, text: &str) -> Parts {
        let (before, host, after) = match self {
            Self::Dns => ("", text, ""),
            Self::Email => {
                let at = text.rfind('@').map_or(0, |at| at + 1);
                let (before, host) = text.split_at(at);
                (before, host, "")
            }
            Self::Uri => around_host(text),
        };
        let before = match (self, before.split_once(':')) {
            (Self::Uri, Some((scheme, rest))) => format!("{}:{rest}", scheme.to_ascii_lowercase()),
            _ => before.to_owned(),
        };
        Parts {
            before,
            host: host.trim_end_matches('.').to_ascii_lowercase(),
            after: after.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fits(kind: Kind, pattern: &str, name: &str) -> bool {
        let name = Ia5String::new(name).unwrap();
        let name = match kind {
            Kind::Dns => GeneralName::DnsName(name),
            Kind::Uri => GeneralName::UniformResourceIdentifier(name),
            Kind::Email => GeneralName::Rfc822Name(name),
        };
        Pattern::new(kind, pattern).unwrap().fits(&name)
    }

    #[test]
    fn name_is_met_exactly_but_for_the_letter_case_of_its_host() {
        assert!(fits(Kind::Dns, "a.example.com", "A.Example.com"));
        assert!(fits(Kind::Dns, "a.example.com", "a.example.com."));
        assert!(!fits(Kind::Dns, "a.example.com", "b.a.example.com"));
        assert!(!fits(Kind::Dns, "example.com", "a.example.com"));
        assert!(fits(Kind::Email, "Ops@example.com", "Ops@EXAMPLE.com"));
        assert!(!fits(Kind::Email, "Ops@example.com", "ops@example.com"));
        assert!(fits(Kind::Uri, "spiffe://example.org/a", "SPIFFE://Example.org/a"));
        assert!(!fits(Kind::Uri, "spiffe://example.org/a", "spiffe://example.org/A"));
        assert!(!fits(Kind::Uri, "spiffe://example.org/a", "spiffe://example.org/a/b"));
        assert!(fits(Kind::Uri, "urn:uuid:1", "urn:uuid:1"));
        assert!(!fits(Kind::Uri, "https://[::1]:1/", "https://[::1]:2/"));
    }

    #[test]
    fn wildcard_is_one_label_of_the_host_and_never_none_or_two() {
        assert!(fits(Kind::Dns, "*.example.com", "a.example.com"));
        for name in ["example.com", "a.b.example.com", ".example.com", "aexample.com"] {
            assert!(!fits(Kind::Dns, "*.example.com", name), "{name}");
        }
        assert!(fits(Kind::Email, "ops@*.example.com", "ops@eu.example.com"));
        assert!(!fits(Kind::Email, "ops@*.example.com", "dev@eu.example.com"));
        assert!(fits(Kind::Uri, "spiffe://*.example.org/a", "spiffe://eu.example.org/a"));
        assert!(!fits(Kind::Uri, "spiffe://*.example.org/a", "spiffe://eu.example.org:8443/a"));
        assert!(!fits(Kind::Uri, "spiffe://*.example.org/a", "spiffe://x@eu.example.org/a"));
        assert!(!fits(Kind::Uri, "spiffe://*.example.org/a", "spiffe://evil/eu.example.org/a"));
    }

    #[test]
    fn pattern_that_could_mean_more_than_it_says_is_refused() {
        for (kind, pattern) in [
            (Kind::Dns, ""),
            (Kind::Dns, "*"),
            (Kind::Dns, "a*.example.com"),
            (Kind::Dns, "a.*.example.com"),
            (Kind::Dns, "*.*.example.com"),
            (Kind::Dns, "bücher.example"),
            (Kind::Dns, "a.example.com "),
            (Kind::Email, "*@example.com"),
            (Kind::Dns, "https://a.example.com"),
            (Kind::Dns, "a@example.com"),
            (Kind::Dns, "192.0.2.1"),
            (Kind::Dns, "*."),
            (Kind::Dns, ".example.com"),
            (Kind::Email, "example.com"),
            (Kind::Email, "@example.com"),
            (Kind::Email, "a@"),
            (Kind::Email, "a@@example.com"),
            (Kind::Uri, "example.org"),
            (Kind::Uri, "*://example.org/"),
            (Kind::Uri, "spiffe://example.org/*"),
            (Kind::Uri, "spiffe://*/a"),
        ] {
            assert!(Pattern::new(kind, pattern).is_err(), "{pattern}");
        }
    }

    #[test]
    fn name_of_another_type_is_never_met() {
        let pattern = Pattern::new(Kind::Dns, "a.example.com").unwrap();
        let mailbox = Ia5String::new("a.example.com").unwrap();
        assert!(!pattern.fits(&GeneralName::Rfc822Name(mailbox)));
    }
}
