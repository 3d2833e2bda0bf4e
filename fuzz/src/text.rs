//! What holds for every text that the function tells: it is short, and quotes no secret.

/// The longest text.
const MAX_BYTES: usize = 4096;
/// So many characters of base64 of a key are a part of the key.
const QUOTED: usize = 20;

/// Asserts that a text is short, and that it repeats nothing of the input that could be a key.
pub fn assert_discreet(text: &str, input: &[u8]) {
    assert!(text.len() <= MAX_BYTES, "{} bytes of text: {text}", text.len());
    for quote in text.as_bytes().windows(QUOTED).filter(|window| could_be_of_a_key(window)) {
        assert!(!input.windows(QUOTED).any(|window| window == quote), "a quotation: {text}");
    }
}

/// Base64 with digits and letters. The texts' own words and numbers have but one of these, and the fuzzer
/// learns them.
fn could_be_of_a_key(text: &[u8]) -> bool {
    text.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(byte))
        && text.iter().any(u8::is_ascii_digit)
        && text.iter().any(u8::is_ascii_alphabetic)
}
