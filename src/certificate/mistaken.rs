//! What is handed over in place of PEM, and how it becomes PEM.
//!
//! The formats of a certificate are many, and consoles, shells and editors change what passes through them. Each
//! mistake that people make again and again has a name and a message here, and in `sight` a line of a
//! table by which it is known. No message quotes what it was made of: that may be a private key.

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
