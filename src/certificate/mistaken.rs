//! What is handed over in place of PEM, and how it becomes PEM.
//!
//! The formats of a certificate are many, and consoles, shells and editors change what passes through them. Each
//! mistake that people make again and again is one line of a table here. No message quotes what it was made of:
//! that may be a private key.

use std::collections::BTreeMap;

use x509_parser::{certificate::X509Certificate, prelude::FromDer};

/// Something else than PEM, by its first bytes or its shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Mistaken {
    /// A certificate as it is.
    #[error(
        "it is a certificate in DER, not in PEM; convert it: openssl x509 -inform der -in FILE"
    )]
    DerCertificate,
    /// Any other structure of ASN.1; of those that are met here, most often a CRL.
    #[error(
        "it is DER, not PEM; convert it: openssl crl -inform der -in FILE for a CRL, openssl x509 -inform der -in FILE \
         for a certificate"
    )]
    Der,
    /// RFC 7292, the format of Java's key stores since Java 9, too.
    #[error(
        "it is PKCS#12 (.p12, .pfx, a Java key store), not PEM; convert it: openssl pkcs12 -in FILE -nokeys, or \
         keytool -list -rfc -keystore FILE"
    )]
    Pkcs12,
    /// RFC 2315.
    #[error(
        "it is PKCS#7 in DER (.p7b), not PEM; convert it: openssl pkcs7 -inform der -print_certs -in FILE"
    )]
    Pkcs7,
    /// JKS or JCEKS.
    #[error("it is a Java key store, not PEM; convert it: keytool -list -rfc -keystore FILE")]
    JavaKeyStore,
    /// What PowerShell's `>` writes.
    #[error("it is UTF-16, not ASCII or UTF-8; convert it: iconv -f UTF-16 -t UTF-8 FILE")]
    Utf16,
    /// Packed files.
    #[error("it is a zip archive, not PEM; unpack it, and use the file inside")]
    Zip,
    /// Files one after the other, mostly in gzip.
    #[error("it is a tar archive, not PEM; unpack it, and use the file inside")]
    Tar,
    /// gzip, in base64.
    #[error(
        "it is base64 of gzip; decode it: base64 -d FILE, and store the result as a binary secret"
    )]
    Base64OfGzip,
    /// PEM, in base64 once more.
    #[error("it is base64 of PEM; decode it: base64 -d FILE")]
    Base64OfPem,
    /// The content of a PEM block.
    #[error(
        "it is base64 without a BEGIN and an END line; PEM is expected: base64 -d FILE | openssl x509 -inform der"
    )]
    Base64OfDer,
    /// PEM with `\n` written out.
    #[error("its line breaks are written as \\n; write real ones: printf '%b' \"$(cat FILE)\"")]
    EscapedLineBreaks,
    /// What some forms make of it.
    #[error(
        "its line breaks were lost and are blanks now, as a form in a console leaves them; upload the file itself: \
         aws secretsmanager put-secret-value --secret-string file://FILE"
    )]
    LostLineBreaks,
    /// As Mac OS 9 wrote it.
    #[error("its lines end in CR alone; convert them: tr '\\r' '\\n' < FILE")]
    CarriageReturns,
    /// As the load balancer writes it.
    #[error(
        "it is percent-encoded, as in a header; decode it: python3 -c 'import sys,urllib.parse; \
             sys.stdout.write(urllib.parse.unquote(sys.stdin.read()))' < FILE"
    )]
    PercentEncoded,
    /// A text in quotation marks.
    #[error(
        "it is a JSON string, in quotation marks and with escaped line breaks; take it out: jq -r . FILE"
    )]
    JsonString,
    /// Several values.
    #[error("it is a JSON list, and a document is expected: {{\"anchors\": [PEM, …]}}")]
    JsonList,
    /// What a console's form stores.
    #[error(
        "it is a key/value secret, as the console's form stores it; name the key anchors, or store the PEM as plain \
         text"
    )]
    KeyValue,
    /// The same, with nothing in it.
    #[error("it is the console's empty key/value form; store the PEM as plain text instead")]
    EmptyKeyValue,
    /// A document that was put into JSON again.
    #[error(
        "it is a JSON document whose quotation marks are escaped once too often; take one level off: jq -r ."
    )]
    JsonTwice,
    /// A JSON string over several lines.
    #[error(
        "a JSON string has real line breaks in it; inside JSON they are written as \\n: jq -Rs . FILE does it"
    )]
    JsonLineBreaks,
    /// What the function is invoked with.
    #[error(
        "it is an event of the load balancer, and only the value of its certificate header is expected"
    )]
    Event,
    /// The name in place of the content.
    #[error(
        "it looks like the name of a file, not like its content; aws takes a file's content for \
         --secret-string file://FILE"
    )]
    FileName,
    /// A manifest.
    #[error("it looks like YAML; only the PEM in it is expected, with its indentation taken off")]
    Yaml,
    /// A page, of a proxy's login perhaps.
    #[error("it is HTML or XML, not PEM; was an error page stored in place of a file?")]
    Markup,
    /// A line of a shell or of a `.env` file.
    #[error(
        "a name and = stand before the PEM, as for a variable; only what follows is expected, without quotes"
    )]
    Assignment,
    /// For logging in.
    #[error("it is an SSH public key, and an X.509 certificate in PEM is expected")]
    SshKey,
    /// Quotation marks around it.
    #[error("there are quotation marks around it; take them off")]
    Quoted,
    /// `-----END …----------BEGIN …-----`.
    #[error("END and BEGIN are on the same line; begin a new line before BEGIN")]
    SharedLine,
    /// A character that looks like a hyphen.
    #[error(
        "the dashes around BEGIN or END are other characters than the hyphen; write five hyphens, -----"
    )]
    OtherDashes,
    /// A no-break space, a mark of direction or the like.
    #[error(
        "there is a character in it that looks like a blank or like nothing; write the line anew"
    )]
    Invisible,
    /// A document of ours after PEM, say.
    #[error(
        "it is a line of JSON among PEM; write one document, with the PEM in it: {{\"anchors\": PEM, \"deny\": […]}}"
    )]
    JsonAmongPem,
    /// DER among PEM, say.
    #[error(
        "there are bytes in it that are no text; is a file in DER among the PEM? convert it: openssl x509 -inform der, \
         or openssl crl -inform der"
    )]
    Binary,
    /// Four hyphens, or six; small letters; something before or after.
    #[error(
        "it looks almost like a BEGIN or END line; write it as -----BEGIN CERTIFICATE-----, with nothing around"
    )]
    AlmostMarker,
    /// The form of RFC 9440.
    #[error(
        "it is base64 between colons, as RFC 9440 has it; the load balancer writes URL-encoded PEM"
    )]
    Rfc9440,
    /// The form of Envoy's `x-forwarded-client-cert`.
    #[error(
        "it is Envoy's x-forwarded-client-cert; the load balancer writes URL-encoded PEM and nothing else"
    )]
    Envoy,
    /// The whole header line.
    #[error("the header's name stands before its value; only the value is expected")]
    NamedHeader,
    /// Encoded once more on the way.
    #[error(
        "it is percent-encoded twice; something between the load balancer and here encoded it again"
    )]
    EncodedTwice,
    /// Decoded as a form on the way.
    #[error(
        "each + in its base64 is a blank now; something between the load balancer and here decoded it as a form"
    )]
    PlusLost,
}

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
        let bytes = content.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(content);
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
