//! By what a mistake is known at sight: its first bytes, or its shape.

use std::collections::BTreeMap;

use x509_parser::{certificate::X509Certificate, prelude::FromDer};

use super::{mark::without_mark, mistaken::Mistaken};

/// How it is told, and what it is; the first that fits counts.
type Table = &'static [(fn(&[u8]) -> bool, Mistaken)];

/// In place of a file or a secret.
const CONTENT: Table = &[
    (|it| is_utf16(it), Mistaken::Utf16),
    (|it| it.starts_with(b"PK\x03\x04"), Mistaken::Zip),
    (|it| it.get(257..262) == Some(b"ustar"), Mistaken::Tar),
    (|it| it.starts_with(&[0xfe, 0xed, 0xfe, 0xed]), Mistaken::JavaKeyStore),
    (|it| it.starts_with(&[0xce, 0xce, 0xce, 0xce]), Mistaken::JavaKeyStore),
    (|it| is_der(it) && has_early(it, PKCS7_SIGNED), Mistaken::Pkcs7),
    (|it| is_der(it) && has_early(it, PFX_VERSION), Mistaken::Pkcs12),
    (|it| is_der(it) && X509Certificate::from_der(it).is_ok(), Mistaken::DerCertificate),
    (|it| is_der(it), Mistaken::Der),
    (|it| it.starts_with(b"<"), Mistaken::Markup),
    (|it| begins_with(it, &["ssh-", "ecdsa-sha2-"]), Mistaken::SshKey),
    (|it| it.starts_with(b"{\\\""), Mistaken::JsonTwice),
    (|it| it.starts_with(b"{") && has(it, "\"requestContext\""), Mistaken::Event),
    (|it| it.starts_with(b"["), Mistaken::JsonList),
    (|it| it.starts_with(b"\"") && has(it, "\\n"), Mistaken::JsonString),
    (|it| it.starts_with(b"\"") || it.starts_with(b"'"), Mistaken::Quoted),
    (|it| is_base64(it) && it.starts_with(b"LS0tLS1CRUdJTi"), Mistaken::Base64OfPem),
    (|it| is_base64(it) && it.starts_with(b"H4sI"), Mistaken::Base64OfGzip),
    (|it| is_base64(it) && it.starts_with(b"MI"), Mistaken::Base64OfDer),
    (|it| is_file_name(it), Mistaken::FileName),
    (|it| is_assignment(it), Mistaken::Assignment),
    (|it| begins_with(it, &["-----BEGIN%20"]), Mistaken::PercentEncoded),
    (|it| is_one_line(it) && has(it, BEGIN) && has(it, "\\n"), Mistaken::EscapedLineBreaks),
    (|it| !has(it, "\n") && has(it, BEGIN) && has(it, "\r"), Mistaken::CarriageReturns),
    (
        |it| is_one_line(it) && begins_with(it, &[BEGIN]) && has(it, "----- "),
        Mistaken::LostLineBreaks,
    ),
];

/// In place of a JSON document of ours.
const DOCUMENT: Table = &[
    (|it| it.starts_with(b"{\\\""), Mistaken::JsonTwice),
    (|it| has(it, "\"requestContext\""), Mistaken::Event),
    (|it| without_blanks(it) == b"{\"\":\"\"}", Mistaken::EmptyKeyValue),
    (|it| has_broken_string(it), Mistaken::JsonLineBreaks),
    (|it| is_key_value(it), Mistaken::KeyValue),
];

/// In place of a line that is no PEM and stands outside of a block.
const LINE: Table = &[
    (|it| it.iter().any(|byte| is_binary(*byte)), Mistaken::Binary),
    (|it| is_yaml(it), Mistaken::Yaml),
    (|it| is_marker(it) && has(it, "END") && has(it, "BEGIN"), Mistaken::SharedLine),
    (|it| is_marker(it) && is_assignment(it), Mistaken::Assignment),
    (|it| is_marker(it) && has_other_dash(it), Mistaken::OtherDashes),
    (|it| is_marker(it) && has_invisible(it), Mistaken::Invisible),
    (|it| is_marker(it) && begins_with(it, &["\"", "'"]), Mistaken::Quoted),
    (|it| is_marker(it), Mistaken::AlmostMarker),
    (|it| is_json(it), Mistaken::JsonAmongPem),
    (|it| words(it).any(is_encoded), Mistaken::Base64OfDer),
];

/// In place of the header's value.
const HEADER: Table = &[
    (|it| it.starts_with(b"{"), Mistaken::Event),
    (|it| it.starts_with(b":"), Mistaken::Rfc9440),
    (|it| begins_with(it, &["Hash=", "By=", "Cert="]), Mistaken::Envoy),
    (|it| is_named_header(it), Mistaken::NamedHeader),
    (|it| begins_with(it, &["-----BEGIN%25"]), Mistaken::EncodedTwice),
    (|it| begins_with(it, &["\"", "'"]), Mistaken::Quoted),
    (|it| begins_with(it, &["-----BEGIN"]) && has(it, " "), Mistaken::PlusLost),
    (|it| is_base64(it) && it.starts_with(b"MI"), Mistaken::Base64OfDer),
];

impl Mistaken {
    /// What a file or secret is that cannot be read as PEM.
    pub fn content(content: &[u8]) -> Option<Self> {
        let bytes = without_mark(content);
        // A first byte of DER may be one that is trimmed elsewhere, never 0x30.
        find(CONTENT, bytes.trim_ascii_start())
    }

    /// What is wrong with a JSON document that cannot be read.
    pub fn document(content: &[u8]) -> Option<Self> {
        find(DOCUMENT, content.trim_ascii())
    }

    /// Why a line outside of a block must not be passed over.
    pub fn line(line: &[u8]) -> Option<Self> {
        find(LINE, line.trim_ascii())
    }

    /// What stands in the header that cannot be read.
    pub fn header(value: &[u8]) -> Option<Self> {
        find(HEADER, value)
    }
}

fn find(table: Table, content: &[u8]) -> Option<Mistaken> {
    table.iter().find(|(is_it, _)| is_it(content)).map(|(_, mistaken)| *mistaken)
}

const BEGIN: &str = "-----BEGIN";

/// id-signedData (RFC 2315 section 14), as an object identifier in DER.
const PKCS7_SIGNED: &[u8] = &[0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// Version 3 of a PFX (RFC 7292 section 4), and the sequence that follows it.
const PFX_VERSION: &[u8] = &[0x02, 0x01, 0x03, 0x30];

/// How much is looked at where only the beginning tells.
const EARLY: usize = 32;

fn has(content: &[u8], text: &str) -> bool {
    content.windows(text.len()).any(|window| window == text.as_bytes())
}

fn has_early(content: &[u8], bytes: &[u8]) -> bool {
    let early = content.get(..EARLY).unwrap_or(content);
    early.windows(bytes.len()).any(|window| window == bytes)
}

fn begins_with(content: &[u8], texts: &[&str]) -> bool {
    texts.iter().any(|text| content.starts_with(text.as_bytes()))
}

fn is_one_line(content: &[u8]) -> bool {
    !has(content.trim_ascii_end(), "\n")
}

/// A sequence whose length takes two bytes or more, as that of every certificate.
fn is_der(content: &[u8]) -> bool {
    matches!(content, [0x30, 0x81..=0x84, ..])
}

/// By its mark, or by the zeros of a text in ASCII.
fn is_utf16(content: &[u8]) -> bool {
    let early = content.get(..EARLY).unwrap_or(content);
    let zeros = |pairs: usize| {
        early.iter().skip(pairs).step_by(2).all(|byte| *byte == 0) && early.len() > 3
    };
    early.starts_with(&[0xff, 0xfe]) || early.starts_with(&[0xfe, 0xff]) || zeros(0) || zeros(1)
}

/// Nothing but base64, in lines or in one.
fn is_base64(content: &[u8]) -> bool {
    let in_base64 = |byte: &u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'\n' | b'\r')
    };
    !content.is_empty() && content.iter().all(in_base64)
}

/// `{`, or a name in quotation marks and a colon.
fn is_json(line: &[u8]) -> bool {
    let name = line.strip_prefix(b"\"").and_then(|rest| rest.split(|byte| *byte == b'"').next());
    let after = name.and_then(|name| line.get(name.len() + 2..)).unwrap_or_default();
    line.starts_with(b"{") || after.trim_ascii_start().starts_with(b":")
}

/// What stands between blanks, quotation marks and punctuation.
fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|byte| byte.is_ascii_whitespace() || b"\"':,;".contains(byte))
}

/// Whether it is so much base64 that it can only be content, or begins as DER or PEM does in base64.
fn is_encoded(word: &[u8]) -> bool {
    let begins = begins_with(word, &["MII", "LS0tLS1CRUdJTi"]);
    is_base64(word) && !is_hexadecimal(word) && (word.len() >= 64 || begins && word.len() >= 40)
}

fn is_hexadecimal(content: &[u8]) -> bool {
    content.iter().all(u8::is_ascii_hexdigit)
}

fn is_file_name(content: &[u8]) -> bool {
    const ENDINGS: [&str; 9] =
        [".pem", ".crt", ".cer", ".der", ".json", ".txt", ".p12", ".p7b", ".jks"];
    let name = content.trim_ascii();
    let ends = |ending: &&str| name.to_ascii_lowercase().ends_with(ending.as_bytes());
    begins_with(name, &["file://", "fileb://"])
        || (name.len() <= 255 && is_one_line(name) && !has(name, "{") && ENDINGS.iter().any(ends))
}

/// A word and `=` before whatever follows.
fn is_assignment(content: &[u8]) -> bool {
    let content = content.strip_prefix(b"export ").unwrap_or(content);
    let name = content.split(|byte| *byte == b'=').next().unwrap_or_default();
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    name.len() < content.len() && !name.is_empty() && name.iter().all(in_name)
}

/// A control character that no text has.
fn is_binary(byte: u8) -> bool {
    byte.is_ascii_control() && !byte.is_ascii_whitespace()
}

/// The beginning of a text over several lines.
fn is_yaml(line: &[u8]) -> bool {
    let ends = [": |", ": |-", ": |+", ": >", ": >-"];
    ends.iter().any(|end| line.ends_with(end.as_bytes())) || begins_with(line, &["apiVersion:"])
}

/// Something like dashes beside BEGIN or END, in letters of any case.
fn is_marker(line: &[u8]) -> bool {
    let upper = line.to_ascii_uppercase();
    let names = has(&upper, "BEGIN") || has(&upper, "END ");
    names && (has(line, "--") || has_other_dash(line))
}

/// U+2010 to U+2015, U+2212, U+FE58, U+FE63 and U+FF0D, in UTF-8; 0x96 and 0x97 of Windows alone.
fn has_other_dash(line: &[u8]) -> bool {
    let text = String::from_utf8_lossy(line);
    let is_dash = |char: char| {
        matches!(char, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
    };
    let windows =
        str::from_utf8(line).is_err() && line.iter().any(|byte| matches!(byte, 0x96 | 0x97));
    text.contains(is_dash) || windows
}

fn has_invisible(line: &[u8]) -> bool {
    let is_invisible = |char: char| matches!(char, '\u{a0}' | '\u{ad}' | '\u{2000}'..='\u{200f}' | '\u{202a}'..='\u{202f}' | '\u{2060}' | '\u{feff}');
    String::from_utf8_lossy(line).contains(is_invisible)
}

fn without_blanks(content: &[u8]) -> Vec<u8> {
    content.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect()
}

/// A JSON object of texts alone, under names that are not a document's.
fn is_key_value(content: &[u8]) -> bool {
    const OF_A_DOCUMENT: [&str; 4] = ["anchors", "intermediates", "pinned", "crls"];
    let texts: Result<BTreeMap<String, String>, _> = serde_json::from_slice(content);
    texts.is_ok_and(|texts| {
        !texts.is_empty() && !OF_A_DOCUMENT.iter().any(|key| texts.contains_key(*key))
    })
}

/// Whether a line ends inside of a string.
fn has_broken_string(content: &[u8]) -> bool {
    let (mut inside, mut escaped) = (false, false);
    for byte in content {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if inside => escaped = true,
            b'"' => inside = !inside,
            b'\n' | b'\r' if inside => return true,
            _ => {}
        }
    }
    false
}

/// `x-amzn-mtls-clientcert: …`, or another name of a header.
fn is_named_header(value: &[u8]) -> bool {
    let name = value.split(|byte| *byte == b':').next().unwrap_or_default();
    let in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    name.len() < value.len() && !name.is_empty() && name.iter().all(in_name)
}
