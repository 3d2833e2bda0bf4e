use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What PEM puts on a line (RFC 7468 section 2).
const COLUMNS: usize = 64;

/// One certificate as PEM: 64 columns, LF, a last LF.
#[must_use]
pub fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for (column, character) in STANDARD.encode(der).chars().enumerate() {
        if column > 0 && column % COLUMNS == 0 {
            text.push('\n');
        }
        text.push(character);
    }
    text.push_str("\n-----END CERTIFICATE-----\n");
    text
}

/// Several certificates as PEM, in the order given: leaf first, for what a client presents.
pub fn chain_pem<'a>(chain: impl IntoIterator<Item = &'a [u8]>) -> String {
    chain.into_iter().map(pem).collect()
}
