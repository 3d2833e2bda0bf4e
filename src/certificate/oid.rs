//! Object identifiers by the names that people know them by.

use der::asn1::ObjectIdentifier;

/// Extensions that are marked as critical now and then, signature algorithms, types of key and curves. The
/// last two are called as OpenSSL and NIST do.
const NAMES: &[(&str, &str)] = &[
    ("2.5.29.9", "subjectDirectoryAttributes"),
    ("2.5.29.14", "subjectKeyIdentifier"),
    ("2.5.29.16", "privateKeyUsagePeriod"),
    ("2.5.29.18", "issuerAltName"),
    ("2.5.29.35", "authorityKeyIdentifier"),
    ("2.5.29.46", "freshestCRL"),
    ("1.3.6.1.4.1.311.20.2", "certificateTemplateName"),
    ("1.3.6.1.4.1.311.21.1", "caVersion"),
    ("1.3.6.1.4.1.311.21.7", "certificateTemplate"),
    ("1.3.6.1.4.1.311.21.10", "applicationCertPolicies"),
    ("1.3.6.1.4.1.311.21.11", "applicationPolicyMappings"),
    ("1.3.6.1.4.1.311.21.12", "applicationPolicyConstraints"),
    ("1.3.6.1.4.1.311.25.2", "ntdsCaSecurity"),
    ("1.3.6.1.4.1.11129.2.4.2", "signedCertificateTimestamps"),
    ("1.3.6.1.4.1.11129.2.4.3", "ctPoison"),
    ("1.3.6.1.5.5.7.1.1", "authorityInfoAccess"),
    ("1.3.6.1.5.5.7.1.3", "qcStatements"),
    ("1.3.6.1.5.5.7.1.7", "ipAddrBlocks"),
    ("1.3.6.1.5.5.7.1.8", "autonomousSysIds"),
    ("1.3.6.1.5.5.7.1.11", "subjectInfoAccess"),
    ("1.3.6.1.5.5.7.1.14", "proxyCertInfo"),
    ("1.3.6.1.5.5.7.1.24", "tlsFeature"),
    ("1.3.6.1.5.5.7.48.1.5", "ocspNoCheck"),
    ("2.16.840.1.113730.1.1", "netscapeCertType"),
    ("2.16.840.1.113730.1.13", "netscapeComment"),
    ("1.2.840.113549.1.1.1", "rsaEncryption"),
    ("1.2.840.113549.1.1.2", "md2WithRSAEncryption"),
    ("1.2.840.113549.1.1.4", "md5WithRSAEncryption"),
    ("1.2.840.113549.1.1.5", "sha1WithRSAEncryption"),
    ("1.2.840.113549.1.1.10", "RSASSA-PSS"),
    ("1.2.840.113549.1.1.11", "sha256WithRSAEncryption"),
    ("1.2.840.113549.1.1.12", "sha384WithRSAEncryption"),
    ("1.2.840.113549.1.1.13", "sha512WithRSAEncryption"),
    ("1.2.840.113549.1.1.14", "sha224WithRSAEncryption"),
    ("1.3.14.3.2.26", "SHA-1"),
    ("1.3.14.3.2.27", "dsaWithSHA1"),
    ("1.3.14.3.2.29", "sha1WithRSA"),
    ("2.16.840.1.101.3.4.2.1", "SHA-256"),
    ("2.16.840.1.101.3.4.2.2", "SHA-384"),
    ("2.16.840.1.101.3.4.2.3", "SHA-512"),
    ("2.16.840.1.101.3.4.2.4", "SHA-224"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10040.4.3", "dsa-with-sha1"),
    ("2.16.840.1.101.3.4.3.1", "dsa-with-sha224"),
    ("2.16.840.1.101.3.4.3.2", "dsa-with-sha256"),
    ("1.2.840.10045.4.1", "ecdsa-with-SHA1"),
    ("1.2.840.10045.4.3.1", "ecdsa-with-SHA224"),
    ("1.2.840.10045.4.3.2", "ecdsa-with-SHA256"),
    ("1.2.840.10045.4.3.3", "ecdsa-with-SHA384"),
    ("1.2.840.10045.4.3.4", "ecdsa-with-SHA512"),
    ("2.16.840.1.101.3.4.3.9", "ecdsa-with-SHA3-224"),
    ("2.16.840.1.101.3.4.3.10", "ecdsa-with-SHA3-256"),
    ("2.16.840.1.101.3.4.3.11", "ecdsa-with-SHA3-384"),
    ("2.16.840.1.101.3.4.3.12", "ecdsa-with-SHA3-512"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
    ("1.2.156.10197.1.501", "SM2-with-SM3"),
    ("1.2.643.7.1.1.3.2", "GOST R 34.10-2012"),
    ("1.2.840.10045.3.1.1", "P-192"),
    ("1.2.840.10045.3.1.7", "P-256"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.3.36.3.3.2.8.1.1.1", "brainpoolP160r1"),
    ("1.3.36.3.3.2.8.1.1.3", "brainpoolP192r1"),
    ("1.3.36.3.3.2.8.1.1.5", "brainpoolP224r1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.8", "brainpoolP256t1"),
    ("1.3.36.3.3.2.8.1.1.9", "brainpoolP320r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.12", "brainpoolP384t1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.36.3.3.2.8.1.1.14", "brainpoolP512t1"),
    ("1.2.156.10197.1.301", "SM2"),
    ("1.3.101.110", "X25519"),
    ("1.3.101.111", "X448"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
];

/// The name, where there is one, or the numbers.
pub(crate) fn name(oid: &ObjectIdentifier) -> String {
    let numbers = oid.to_string();
    known(&numbers).map_or(numbers, str::to_owned)
}

/// The numbers, and the name with them, where there is one.
pub(crate) fn numbers_and_name(oid: &ObjectIdentifier) -> String {
    let numbers = oid.to_string();
    match known(&numbers) {
        Some(name) => format!("{numbers} ({name})"),
        None => numbers,
    }
}

fn known(numbers: &str) -> Option<&'static str> {
    NAMES.iter().find(|(known, _)| *known == numbers).map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_identifier_is_one_and_there_once() {
        let once: HashSet<_> = NAMES.iter().map(|(numbers, _)| *numbers).collect();
        assert_eq!(once.len(), NAMES.len());
        for (numbers, name) in NAMES {
            let oid = ObjectIdentifier::new(numbers).unwrap();
            assert_eq!(numbers_and_name(&oid), format!("{numbers} ({name})"));
        }
        assert_eq!(name(&ObjectIdentifier::new("1.2.3.4").unwrap()), "1.2.3.4");
    }
}
