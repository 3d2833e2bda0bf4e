//! How a story ends: what the client got, and what the gateway saw.

use std::fmt;

use alb_mtls::wso2::{Certificate, Reading, Seen};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ending {
    pub(super) answer: Answer,
    pub(super) gateway: Sight,
}

/// What the client got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Answer {
    /// A status, and the `code` in the body where there is one.
    Status(u16, Option<String>),
    /// Not even that.
    Nothing(String),
}

/// What the gateway saw of the client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Sight {
    /// It was not asked.
    NotReached,
    /// A request without a certificate.
    NoCertificate,
    /// A certificate header that it could not read.
    Unreadable,
    /// One certificate, in one header.
    Client(Certificate),
    /// More headers with a certificate than one, or more requests.
    Several(usize),
}

impl Sight {
    /// What was seen in the requests of one story.
    pub(super) fn of(requests: &[Seen]) -> Self {
        let request = match requests {
            [] => return Self::NotReached,
            [request] => request,
            several => return Self::Several(several.len()),
        };
        // Whatever name it travels under, somebody behind the gateway may believe it.
        let holds_certificate = |value: &[u8]| String::from_utf8_lossy(value).contains("BEGIN");
        match request.headers.iter().filter(|(_, value)| holds_certificate(value)).count() {
            0 | 1 => Self::read(&request.reading),
            several => Self::Several(several),
        }
    }

    fn read(reading: &Reading) -> Self {
        match reading {
            Reading::Missing => Self::NoCertificate,
            Reading::Unreadable(_) => Self::Unreadable,
            Reading::Certificate(certificate) => Self::Client(certificate.clone()),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status, Some(code)) => write!(f, "{status} {code}"),
            Self::Status(status, None) => write!(f, "{status}"),
            Self::Nothing(reason) => write!(f, "no answer: {reason}"),
        }
    }
}

impl fmt::Display for Sight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotReached => f.write_str("not reached"),
            Self::NoCertificate => f.write_str("no certificate"),
            Self::Unreadable => f.write_str("a header that it cannot read"),
            Self::Client(certificate) => f.write_str(&certificate.subject()),
            Self::Several(number) => write!(f, "{number} certificates"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)], reading: Reading) -> Seen {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        Seen {
            connection: 1,
            method: "GET".to_owned(),
            target: "/".to_owned(),
            headers: headers.iter().map(owned).collect(),
            body: Vec::new(),
            reading,
        }
    }

    #[test]
    fn second_certificate_under_any_name_is_seen() {
        let certificate = Certificate { der: vec![1] };
        let reading = Reading::Certificate(certificate.clone());
        let header = ("x-amzn-mtls-clientcert", "-----BEGIN%20CERTIFICATE-----");
        let one = request(&[header, ("accept", "*/*")], reading.clone());
        assert_eq!(Sight::of(&[one]), Sight::Client(certificate));
        let two = request(&[header, ("x-other", "-----BEGIN%20CERTIFICATE-----")], reading);
        assert_eq!(Sight::of(&[two]), Sight::Several(2));
    }

    #[test]
    fn request_that_arrives_twice_is_not_taken_for_one() {
        let twice = [request(&[], Reading::Missing), request(&[], Reading::Missing)];
        assert_eq!(Sight::of(&twice), Sight::Several(2));
        assert_eq!(Sight::of(&twice[..1]), Sight::NoCertificate);
        assert_eq!(Sight::of(&[]), Sight::NotReached);
    }
}
