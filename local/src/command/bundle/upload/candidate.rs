//! What is to be the content of a secret.

use std::io::Read;

use alb_mtls_adapter::trust::bundle::{BundleError, Contents, Source};

use crate::command::{
    bundle::capacity::SECRET_BYTES,
    error::CommandError,
    input::{Input, InputError},
};

const MARK: &[u8] = &[0xef, 0xbb, 0xbf];

/// Reads the files, each by itself so that a fault is found where it stands, and makes one content of them.
pub(super) fn content(files: &[Input], input: &mut dyn Read) -> Result<Vec<u8>, CandidateError> {
    let mut sources = Vec::new();
    let mut entries = 0;
    for file in files {
        let source = Source { name: file.to_string(), content: file.read_bundle(input)? };
        entries += Contents::read(std::slice::from_ref(&source))?.entries.len();
        sources.push(source);
    }
    let content = joined(sources)?;
    let whole = Source { name: "the files together".to_owned(), content };
    if Contents::read(std::slice::from_ref(&whole))?.entries.len() != entries {
        return Err(CandidateError::Torn);
    }
    match whole.content.len() {
        0..=SECRET_BYTES => Ok(whole.content),
        bytes => Err(CandidateError::TooLarge { bytes }),
    }
}

/// One file stays as it is, to the byte. Of several PEM texts one can be made, and of nothing else.
fn joined(mut sources: Vec<Source>) -> Result<Vec<u8>, CandidateError> {
    if let [source] = sources.as_mut_slice() {
        return Ok(std::mem::take(&mut source.content));
    }
    let mut whole: Vec<u8> = Vec::new();
    for Source { name, content } in sources {
        let text = content.strip_prefix(MARK).unwrap_or(&content);
        match text.trim_ascii_start() {
            [0x1f, 0x8b, ..] => return Err(CandidateError::Alone { name, what: "packed by gzip" }),
            [b'{', ..] => return Err(CandidateError::Alone { name, what: "a JSON document" }),
            _ => {}
        }
        if whole.last().is_some_and(|byte| *byte != b'\n') {
            whole.push(b'\n');
        }
        whole.extend_from_slice(text);
    }
    Ok(whole)
}

/// Why files are no content for a secret.
#[derive(Debug, thiserror::Error)]
pub(super) enum CandidateError {
    #[error(transparent)]
    Input(#[from] InputError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(
        "{name} is {what}, and fills a secret by itself: only PEM texts are joined; put everything into one document, \
         or upload it to a secret of its own (TRUST_BUNDLE_SECRETS names several, which add up)"
    )]
    Alone { name: String, what: &'static str },
    #[error(
        "the function would not take this secret alone: nobody could be accepted by it; if it reads others too \
         (TRUST_BUNDLE_SECRETS), name them with --beside, and alb-mtls bundle says what of it has no effect"
    )]
    NobodyByItself,
    #[error(
        "the files together say something else than one by one: join them by hand, and look with alb-mtls bundle"
    )]
    Torn,
    #[error(
        "the bundle has {bytes} bytes, and a secret holds {SECRET_BYTES}: pack it (gzip -9 -k FILE, then upload \
         FILE.gz: the function reads it), or split it over several secrets, which add up (TRUST_BUNDLE_SECRETS names \
         them all)"
    )]
    TooLarge { bytes: usize },
}

impl From<CandidateError> for CommandError {
    fn from(error: CandidateError) -> Self {
        Self::own(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(content: &[u8]) -> Source {
        Source { name: "file".to_owned(), content: content.to_vec() }
    }

    #[test]
    fn one_file_stays_as_it_is_and_several_texts_are_joined_at_line_ends() {
        let odd = b"\xef\xbb\xbf{}\r\n\xff";
        assert_eq!(joined(vec![source(odd)]).unwrap(), odd);
        let several = [&b"\xef\xbb\xbfone"[..], b"\xef\xbb\xbftwo\n", b"three"].map(source);
        assert_eq!(joined(several.to_vec()).unwrap(), b"one\ntwo\nthree");
    }

    #[test]
    fn document_or_gzip_is_not_joined_with_anything() {
        for alone in [&b" {}"[..], b"\xef\xbb\xbf{}", b"\x1f\x8b\x08"] {
            let error = joined(vec![source(b"text"), source(alone)]).unwrap_err();
            assert!(matches!(error, CandidateError::Alone { .. }), "{error}");
        }
    }
}
