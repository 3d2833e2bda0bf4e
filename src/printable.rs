//! Text of a stranger's in a form that a log line or a terminal can bear: escaped, and bounded.

/// The longest text of one name, in bytes as JSON has it; a longer one ends in `…`.
const MAX_NAME: usize = 512;

/// What stands for all that is not shown.
pub(crate) const CUT: char = '…';

/// Text of a stranger's with its control characters escaped, cut where it grows too long.
pub(crate) fn printable(text: &str) -> String {
    printable_within(MAX_NAME, text)
}

/// The same, cut where it would have more than `most` bytes in JSON.
pub fn printable_within(most: usize, text: &str) -> String {
    let is_plain =
        |byte: u8| byte == b' ' || (byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'));
    // Nearly every path and name, and each request has some.
    if text.len() <= most && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut shown = String::new();
    let mut room = most;
    for char in text.chars() {
        let escaped = match char.is_control() || is_invisible(char) {
            true => char.escape_unicode().to_string(),
            false => char.to_string(),
        };
        match room.checked_sub(escaped.chars().map(width).sum()) {
            Some(left) => room = left,
            None => {
                shown.push(CUT);
                break;
            }
        }
        shown.push_str(&escaped);
    }
    shown
}

/// The first few of what there may be many of, after each other; the others are not even asked for.
pub(crate) fn some(items: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 3;
    let count = items.len();
    let shown = items.take(SHOWN).collect::<Vec<_>>().join(", ");
    match count.saturating_sub(SHOWN) {
        0 if count == 0 => "none".to_owned(),
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// The bytes of a character in JSON, control characters aside.
pub(crate) fn width(char: char) -> usize {
    char.len_utf8() + usize::from(matches!(char, '"' | '\\'))
}

/// Characters that rearrange or break the text around them: line and paragraph separators, and marks
/// of direction.
fn is_invisible(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}
