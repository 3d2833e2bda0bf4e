//! PEM (RFC 7468). Line ends are LF or CRLF, lines may have any length, and base64 is canonical.
//!
//! A header is read strictly: whatever is not a block or white space between blocks is an error. Readers that
//! skip what they do not know take the second certificate for the first. What an operator wrote may have text
//! around its blocks, as everyday tools write it (section 2); what looks almost like a part of a block may not
//! be passed over there either.

use base64::{Engine, engine::general_purpose::STANDARD};
use memchr::memchr;

use super::{mark::without_mark, mistaken::Mistaken};

/// A PEM block, taken out of base64.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PemBlock {
    /// What stands after BEGIN and END, such as `CERTIFICATE`.
    pub label: String,
    /// The content.
    pub der: Vec<u8>,
    /// Offset of its BEGIN line in the text.
    pub at: usize,
}

/// The blocks of a text, one after the other; ends at the first error.
#[derive(Debug)]
pub struct PemBlocks<'a> {
    rest: &'a [u8],
    at: usize,
    around: Around,
}

/// What may stand outside of blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Around {
    /// White space.
    Nothing,
    /// Text, and blanks at the ends of lines.
    Text,
}

impl<'a> PemBlocks<'a> {
    /// Reads `text` from its beginning.
    pub fn new(text: &'a [u8]) -> Self {
        Self { rest: text, at: 0, around: Around::Nothing }
    }

    /// Reads `text` in which explanatory text stands around blocks, and blanks at the ends of lines: comments, what
    /// `openssl x509 -text` and `openssl pkcs12` write, `keytool -list -rfc`, a byte-order mark.
    pub fn among_text(text: &'a [u8]) -> Self {
        let rest = without_mark(text);
        Self { rest, at: text.len() - rest.len(), around: Around::Text }
    }

    /// The next line without its end, and where it begins.
    fn line(&mut self) -> Option<(&'a [u8], usize)> {
        if self.rest.is_empty() {
            return None;
        }
        let at = self.at;
        let end = memchr(b'\n', self.rest).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(end);
        let rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        self.at += self.rest.len() - rest.len();
        self.rest = rest;
        let line = match self.around {
            Around::Nothing => line.strip_suffix(b"\r").unwrap_or(line),
            Around::Text => line.trim_ascii_end(),
        };
        Some((line, at))
    }

    /// The next line that begins a block, and where it is.
    fn begin(&mut self) -> Result<Option<(String, usize)>, PemError> {
        while let Some((line, at)) = self.line() {
            let unindented = match self.around {
                Around::Nothing => line,
                Around::Text => line.trim_ascii_start(),
            };
            if let Some(label) = boundary(unindented, "BEGIN") {
                return Ok(Some((label, at)));
            }
            if line.trim_ascii().is_empty() {
                continue;
            }
            match (self.around, Mistaken::line(line)) {
                (Around::Nothing, _) => return Err(PemError::Outside { at }),
                (Around::Text, Some(looks_like)) => {
                    return Err(PemError::Almost { at, looks_like });
                }
                (Around::Text, None) => {}
            }
        }
        Ok(None)
    }

    fn block(&mut self) -> Result<Option<PemBlock>, PemError> {
        let Some((label, at)) = self.begin()? else { return Ok(None) };
        let mut base64 = Vec::with_capacity(self.rest.len().min(4096));
        loop {
            let (line, line_at) = self.line().ok_or(PemError::NoEnd { at })?;
            if line.starts_with(b"-----") {
                let end =
                    boundary(line, "END").ok_or_else(|| self.without_end(line, at, line_at))?;
                if end != label {
                    return Err(PemError::OtherEnd { at: line_at });
                }
                break;
            }
            base64.extend_from_slice(line);
        }
        let der = STANDARD.decode(base64).map_err(|error| PemError::Base64 { at, error })?;
        Ok(Some(PemBlock { label, der, at }))
    }
}

impl PemBlocks<'_> {
    fn without_end(&self, line: &[u8], at: usize, line_at: usize) -> PemError {
        match (self.around, Mistaken::line(line)) {
            (Around::Text, Some(looks_like @ Mistaken::SharedLine)) => {
                PemError::Almost { at: line_at, looks_like }
            }
            _ => PemError::NoEnd { at },
        }
    }
}

impl Iterator for PemBlocks<'_> {
    type Item = Result<PemBlock, PemError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.block().transpose();
        if let Some(Err(_)) = block {
            self.rest = &[];
        }
        block
    }
}

/// The label of a boundary line, if the line is exactly one.
fn boundary(line: &[u8], which: &str) -> Option<String> {
    let line = str::from_utf8(line).ok()?;
    let label = line
        .strip_prefix("-----")?
        .strip_prefix(which)?
        .strip_prefix(' ')?
        .strip_suffix("-----")?;
    let well_formed = label.bytes().all(|byte| byte == b' ' || byte.is_ascii_alphanumeric());
    (well_formed && label.len() <= 64).then(|| label.to_owned())
}

/// Why a text is not PEM. Offsets count from 0, in the text after URL decoding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PemError {
    /// A line that is neither white space nor a BEGIN line.
    #[error("the line at byte {at} is neither blank nor a BEGIN line of its own")]
    Outside {
        /// Where the line begins.
        at: usize,
    },
    /// A line outside of blocks that cannot be passed over as text.
    #[error("the line at byte {at} cannot be passed over as text: {looks_like}")]
    Almost {
        /// Where the line begins.
        at: usize,
        /// What it looks like.
        looks_like: Mistaken,
    },
    /// A BEGIN line without its END line.
    #[error("the block at byte {at} has no END line of its own")]
    NoEnd {
        /// Where the BEGIN line begins.
        at: usize,
    },
    /// An END line that names another label than its BEGIN line.
    #[error("the END line at byte {at} names another label than its BEGIN line")]
    OtherEnd {
        /// Where the END line begins.
        at: usize,
    },
    /// Content that is not canonical base64 (RFC 4648 section 4).
    #[error("the block at byte {at} is not canonical base64: {error}")]
    Base64 {
        /// Where the BEGIN line begins.
        at: usize,
        /// What is wrong, with its offset among the base64 characters.
        error: base64::DecodeError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Vec<PemBlock>, PemError> {
        PemBlocks::new(text.as_bytes()).collect()
    }

    const BLOCK: &str = "-----BEGIN CERTIFICATE-----\nAAEC\nAwQ=\n-----END CERTIFICATE-----\n";

    #[test]
    fn blocks_come_in_their_order_with_label_and_offset() {
        let text = format!("\n{BLOCK} \t\r\n{}", BLOCK.replace("CERTIFICATE", "X509 CRL"));
        let blocks = read(&text).unwrap();
        assert_eq!(blocks.len(), 2);
        assert_eq!(blocks[0].der, [0, 1, 2, 3, 4]);
        assert_eq!((blocks[0].label.as_str(), blocks[0].at), ("CERTIFICATE", 1));
        assert_eq!((blocks[1].label.as_str(), blocks[1].at), ("X509 CRL", 1 + BLOCK.len() + 4));
    }

    #[test]
    fn crlf_and_a_missing_last_line_end_are_accepted() {
        assert_eq!(read(&BLOCK.replace('\n', "\r\n")).unwrap(), read(BLOCK).unwrap());
        assert_eq!(read(BLOCK.trim_end()).unwrap(), read(BLOCK).unwrap());
    }

    #[test]
    fn anything_but_white_space_outside_a_block_is_refused() {
        for text in [
            format!("text\n{BLOCK}"),
            format!("\u{feff}{BLOCK}"),
            format!(" {BLOCK}"),
            format!("{BLOCK}tail"),
            format!("{}-----BEGIN CERTIFICATE-----", BLOCK.trim_end()),
            BLOCK.replace("BEGIN CERTIFICATE-----", "BEGIN CERTIFICATE----- "),
            BLOCK.replace("-----BEGIN", "----BEGIN"),
            BLOCK.replace('\n', ""),
            BLOCK.replace('\n', "\r"),
        ] {
            let error = read(&text).unwrap_err();
            assert!(
                matches!(error, PemError::Outside { .. } | PemError::NoEnd { .. }),
                "{text:?}: {error}"
            );
        }
    }

    fn among_text(text: &str) -> Result<Vec<PemBlock>, PemError> {
        PemBlocks::among_text(text.as_bytes()).collect()
    }

    #[test]
    fn text_around_blocks_is_passed_over_where_an_operator_wrote_it() {
        let alone = read(BLOCK).unwrap();
        for text in [
            format!("# partner roots\n{BLOCK}"),
            format!("Bag Attributes\n    localKeyID: 01 02 \nsubject=CN = a\n{BLOCK}"),
            format!(
                "Certificate:\n    Data:\n        Serial Number:\n            15:ab:15\n{BLOCK}"
            ),
            format!("Alias name: a\n*****\n-----\nIt ends -- here\n{BLOCK}\n\ntail"),
            format!("\u{feff}{BLOCK}"),
            format!("\t{BLOCK}"),
            BLOCK.replace('\n', "  \n"),
            BLOCK.replace('\n', " \r\n"),
        ] {
            let blocks = among_text(&text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
            assert_eq!(blocks.len(), 1, "{text:?}");
            assert_eq!((&blocks[0].label, &blocks[0].der), (&alone[0].label, &alone[0].der));
        }
    }

    #[test]
    fn what_looks_almost_like_a_marker_is_never_passed_over() {
        let lost = format!("{}\n{BLOCK}", "MIIB".repeat(16));
        for (text, looks_like) in [
            (BLOCK.replace("-----BEGIN", "----BEGIN"), Mistaken::AlmostMarker),
            (BLOCK.replace("BEGIN CERTIFICATE", "Begin Certificate"), Mistaken::AlmostMarker),
            (format!("{BLOCK}-----END CERTIFICATE-----"), Mistaken::AlmostMarker),
            (BLOCK.replace("-----BEGIN", "\u{2014}\u{2014}-BEGIN"), Mistaken::OtherDashes),
            (BLOCK.replace("-----BEGIN", "\u{a0}-----BEGIN"), Mistaken::Invisible),
            (format!("{}{BLOCK}", BLOCK.trim_end()), Mistaken::SharedLine),
            (format!("CA=\"{BLOCK}"), Mistaken::Assignment),
            (format!("ca.crt: |\n  {}", BLOCK.replace('\n', "\n  ")), Mistaken::Yaml),
            (lost, Mistaken::Base64OfDer),
            (
                format!("{BLOCK}cACertificate;binary:: MII{}\n", "AbC/".repeat(20)),
                Mistaken::Base64OfDer,
            ),
            (format!("{BLOCK}{{\"deny\": []}}\n"), Mistaken::JsonAmongPem),
            (format!("{BLOCK}{{\n  \"deny\": []\n}}\n"), Mistaken::JsonAmongPem),
            (format!("{BLOCK}0\u{1}\u{3}\u{0}\n"), Mistaken::Binary),
        ] {
            match among_text(&text) {
                Err(PemError::Almost { looks_like: told, .. }) => {
                    assert_eq!(told, looks_like, "{text:?}")
                }
                other => panic!("{text:?}: {other:?}"),
            }
            assert!(read(&text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn base64_that_is_not_canonical_is_refused() {
        for body in
            ["AAEC\nAwQ", "AAEC\nAwR=", "AAEC AwQ=", "AAEC\n AwQ=", "AA-_", "A", "AAECAwQ=AAEC"]
        {
            let text = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
            assert!(matches!(read(&text), Err(PemError::Base64 { at: 0, .. })), "{body:?}");
        }
    }

    #[test]
    fn block_without_its_own_end_is_refused() {
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nAAEC\n"), Err(PemError::NoEnd { at: 0 }));
        assert_eq!(
            read("-----BEGIN CERTIFICATE-----\nAAEC\n-----BEGIN CERTIFICATE-----\n"),
            Err(PemError::NoEnd { at: 0 })
        );
        assert_eq!(
            read("-----BEGIN CERTIFICATE-----\nAAEC\n-----END X509 CRL-----\n"),
            Err(PemError::OtherEnd { at: 33 })
        );
    }

    #[test]
    fn nothing_is_read_after_an_error() {
        let text = format!("text\n{BLOCK}");
        let mut blocks = PemBlocks::new(text.as_bytes());
        assert!(blocks.next().unwrap().is_err());
        assert!(blocks.next().is_none());
    }
}
