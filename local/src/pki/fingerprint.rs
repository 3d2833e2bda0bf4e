use aws_lc_rs::digest;

/// SHA-256 over a certificate's DER, in lower-case hex.
#[must_use]
pub fn fingerprint(der: &[u8]) -> String {
    digest::digest(&digest::SHA256, der).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
