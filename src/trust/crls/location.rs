//! Where the CRLs are kept.

use std::{fmt, str::FromStr};

use super::manifest::Listed;

/// `TRUST_CRLS`: a bucket, and what the names of its objects begin with there. Written `s3://bucket/prefix/`; the last
/// slash may be left out, and so may the prefix.
///
/// The names hold nothing but letters, digits, hyphens, underscores and dots: of the characters that AWS calls safe,
/// those that are written in one way alone in a URL
/// (<https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrlLocation {
    bucket: String,
    /// Empty, or with a slash at its end.
    prefix: String,
}

impl CrlLocation {
    /// The bucket's name.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// What the names of all objects begin with: nothing, or something with a slash at its end.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The name of the object that says which CRLs there are.
    pub fn manifest(&self) -> String {
        format!("{}manifest.json", self.prefix)
    }

    /// The name of the object that holds a CRL, as DER.
    pub fn object(&self, crl: &Listed) -> String {
        format!("{}{}", self.prefix, crl.file())
    }
}

impl FromStr for CrlLocation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const LONGEST: usize = 512;
        let rest = text.strip_prefix("s3://").ok_or("expected s3://bucket/prefix/")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if !is_bucket(bucket) {
            return Err("has no name of a bucket after s3://: 3 to 63 lower-case letters, digits, dots and hyphens".to_owned());
        }
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        if prefix.is_empty() {
            return Ok(Self { bucket: bucket.to_owned(), prefix: String::new() });
        }
        let is_safe = |part: &str| {
            let safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
            !part.is_empty() && part != "." && part != ".." && part.bytes().all(safe)
        };
        if prefix.len() > LONGEST || !prefix.split('/').all(is_safe) {
            return Err(format!(
                "has a prefix that is no path of at most {LONGEST} letters, digits, hyphens, underscores and dots"
            ));
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: format!("{prefix}/") })
    }
}

impl fmt::Display for CrlLocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>, as far as it is about characters.
fn is_bucket(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_plain(byte) || matches!(byte, b'.' | b'-'))
        && name.bytes().next().is_some_and(is_plain)
        && name.bytes().next_back().is_some_and(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_is_a_bucket_and_a_prefix() {
        for (text, bucket, manifest) in [
            ("s3://crls-of-mine/a/b/", "crls-of-mine", "a/b/manifest.json"),
            ("s3://crls-of-mine/a/b", "crls-of-mine", "a/b/manifest.json"),
            ("s3://crls-of-mine/", "crls-of-mine", "manifest.json"),
            ("s3://crls.of.mine", "crls.of.mine", "manifest.json"),
        ] {
            let location: CrlLocation = text.parse().unwrap();
            assert_eq!((location.bucket(), location.manifest().as_str()), (bucket, manifest));
            assert_eq!(location.to_string().parse(), Ok(location));
        }
    }

    #[test]
    fn location_that_is_none_is_a_fault() {
        for text in [
            "",
            "crls-of-mine",
            "https://crls-of-mine.s3.amazonaws.com/",
            "s3:///a/",
            "s3://ab/",
            "s3://Crls/",
            "s3://crls_of_mine/",
            "s3://-crls/",
            "s3://crls-of-mine/a//b/",
            "s3://crls-of-mine/../b/",
            "s3://crls-of-mine/a b/",
            "s3://crls-of-mine/(a)/",
            "s3://crls-of-mine/a%20b/",
            "s3://crls-of-mine/ä/",
        ] {
            assert!(text.parse::<CrlLocation>().is_err(), "{text}");
        }
    }
}
