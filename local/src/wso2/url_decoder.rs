//! `java.net.URLDecoder.decode(s, "UTF-8")`.

/// A `%` that `URLDecoder` answers with an `IllegalArgumentException`, which WSO2 does not catch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EscapeError {
    /// The value ends within an escape.
    #[error("the value ends within an escape, at character {at}")]
    Incomplete {
        /// Where the `%` stands, counted in characters from 0.
        at: usize,
    },
    /// What follows the `%` is not a number in hex.
    #[error("{digits:?} after the % at character {at} is not hex")]
    NotHex {
        /// Where the `%` stands, counted in characters from 0.
        at: usize,
        /// The two characters after it.
        digits: String,
    },
}

/// Decodes: `+` becomes a space, a run of escapes becomes the text that its bytes are in UTF-8.
pub(super) fn decode(value: &str) -> Result<String, EscapeError> {
    let mut decoded = String::with_capacity(value.len());
    let mut run = Vec::new();
    let mut characters = value.chars().enumerate();
    while let Some((at, character)) = characters.next() {
        if character == '%' {
            run.push(escaped(at, characters.next(), characters.next())?);
            continue;
        }
        flush(&mut run, &mut decoded);
        decoded.push(if character == '+' { ' ' } else { character });
    }
    flush(&mut run, &mut decoded);
    Ok(decoded)
}

type Position = Option<(usize, char)>;

fn escaped(at: usize, high: Position, low: Position) -> Result<u8, EscapeError> {
    let (Some((_, high)), Some((_, low))) = (high, low) else {
        return Err(EscapeError::Incomplete { at });
    };
    let not_hex = || EscapeError::NotHex { at, digits: format!("{high}{low}") };
    // `Integer.parseInt` takes a sign, and URLDecoder refuses only what comes out negative.
    let number = match (high, low.to_digit(16)) {
        ('+', Some(low)) => low,
        ('-', Some(0)) => 0,
        (high, Some(low)) => high.to_digit(16).ok_or_else(not_hex)? * 16 + low,
        (_, None) => return Err(not_hex()),
    };
    u8::try_from(number).map_err(|_| not_hex())
}

fn flush(run: &mut Vec<u8>, decoded: &mut String) {
    decoded.push_str(&String::from_utf8_lossy(run));
    run.clear();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plus_becomes_a_space_and_an_escaped_plus_stays_one() {
        assert_eq!(decode("a+b%2Bc%2bd").unwrap(), "a b+c+d");
    }

    #[test]
    fn a_run_of_escapes_is_read_as_utf8() {
        assert_eq!(decode("%C3%A9x%C3y").unwrap(), "éx\u{fffd}y");
    }

    #[test]
    fn signs_are_read_as_the_jdk_reads_them() {
        assert_eq!(decode("%+A%-0").unwrap(), "\n\0");
        assert!(decode("%-1").is_err());
    }

    #[test]
    fn broken_escapes_raise() {
        assert_eq!(decode("ab%"), Err(EscapeError::Incomplete { at: 2 }));
        assert_eq!(decode("ab%4"), Err(EscapeError::Incomplete { at: 2 }));
        assert_eq!(decode("%zz"), Err(EscapeError::NotHex { at: 0, digits: "zz".to_owned() }));
    }
}
