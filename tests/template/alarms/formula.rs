//! A formula of CloudWatch's metric math, as far as the template writes any.
//!
//! Source: AWS, "Using math expressions with CloudWatch metrics": operators, `IF`, `FILL`. What has no data is
//! `None`, and so is whatever is reckoned with it, but for `FILL`.

/// The value of a formula; `of` knows what its names stand for.
///
/// # Panics
///
/// If it is none.
pub(crate) fn value(formula: &str, of: &dyn Fn(&str) -> Option<f64>) -> Option<f64> {
    let mut reading = Reading { tokens: tokens(formula), at: 0, of };
    let value = reading.any();
    assert_eq!(reading.at, reading.tokens.len(), "{formula} goes on");
    value
}

/// Names, numbers and signs.
fn tokens(formula: &str) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    let is_word = |text: char| text.is_ascii_alphanumeric() || text == '.';
    let mut joins = false;
    for sign in formula.chars() {
        let joined = match tokens.last() {
            Some(last) if joins => {
                is_word(sign) && last.chars().all(is_word)
                    || sign == '=' && [">", "<"].contains(&last.as_str())
            }
            _ => false,
        };
        joins = sign != ' ';
        match (joined, tokens.last_mut()) {
            (true, Some(last)) => last.push(sign),
            _ if joins => tokens.push(sign.to_string()),
            _ => {}
        }
    }
    tokens
}

struct Reading<'a> {
    tokens: Vec<String>,
    at: usize,
    of: &'a dyn Fn(&str) -> Option<f64>,
}

impl Reading<'_> {
    fn any(&mut self) -> Option<f64> {
        let mut value = self.comparison();
        while let Some(sign) = self.next_of(&["AND", "OR"]) {
            let (left, right) = (value, self.comparison());
            value = both(left, right, |left, right| match sign.as_str() {
                "AND" => truth(left != 0.0 && right != 0.0),
                _ => truth(left != 0.0 || right != 0.0),
            });
        }
        value
    }

    fn comparison(&mut self) -> Option<f64> {
        let left = self.sum();
        let Some(sign) = self.next_of(&[">=", "<=", ">", "<"]) else { return left };
        let right = self.sum();
        both(left, right, |left, right| {
            truth(match sign.as_str() {
                ">=" => left >= right,
                "<=" => left <= right,
                ">" => left > right,
                _ => left < right,
            })
        })
    }

    fn sum(&mut self) -> Option<f64> {
        let mut value = self.product();
        while let Some(sign) = self.next_of(&["+", "-"]) {
            let right = self.product();
            value = both(value, right, |left, right| match sign.as_str() {
                "+" => left + right,
                _ => left - right,
            });
        }
        value
    }

    fn product(&mut self) -> Option<f64> {
        let mut value = self.atom();
        while let Some(sign) = self.next_of(&["*", "/"]) {
            let right = self.atom();
            value = both(value, right, |left, right| match sign.as_str() {
                "*" => left * right,
                _ => left / right,
            })
            .filter(|value| value.is_finite());
        }
        value
    }

    fn atom(&mut self) -> Option<f64> {
        let token = self.next();
        if token == "(" {
            let value = self.any();
            self.expect(")");
            return value;
        }
        if self.next_of(&["("]).is_none() {
            return token.parse().ok().or_else(|| (self.of)(&token));
        }
        let mut arguments = vec![self.any()];
        while self.next_of(&[","]).is_some() {
            arguments.push(self.any());
        }
        self.expect(")");
        match (token.as_str(), arguments.as_slice()) {
            ("IF", [condition, then, otherwise]) => match *condition {
                Some(0.0) => *otherwise,
                Some(_) => *then,
                None => None,
            },
            ("FILL", [value, filling]) => value.or(*filling),
            (name, arguments) => panic!("{name} of {} is not known here", arguments.len()),
        }
    }

    fn next(&mut self) -> String {
        let token = self.tokens[self.at].clone();
        self.at += 1;
        token
    }

    fn next_of(&mut self, signs: &[&str]) -> Option<String> {
        let found = self.tokens.get(self.at).filter(|next| signs.contains(&next.as_str()))?.clone();
        self.at += 1;
        Some(found)
    }

    fn expect(&mut self, sign: &str) {
        assert!(self.next_of(&[sign]).is_some(), "no {sign} at {} of {:?}", self.at, self.tokens);
    }
}

fn both(left: Option<f64>, right: Option<f64>, of: impl Fn(f64, f64) -> f64) -> Option<f64> {
    Some(of(left?, right?))
}

fn truth(is: bool) -> f64 {
    f64::from(u8::from(is))
}

#[test]
fn formula_is_read_as_cloudwatch_reads_it() {
    let of = |name: &str| match name {
        "m1" => Some(6.0),
        "m2" => Some(0.0),
        _ => None,
    };
    for (formula, expected) in [
        ("1 + 2 * m1 - 3", Some(10.0)),
        ("(1 + 2) * m1 / 9", Some(2.0)),
        ("m1 / m2", None),
        ("none + 1", None),
        ("FILL(none, 0) + 1", Some(1.0)),
        ("IF(m1 >= 6 AND m2 < 1, 7, 8)", Some(7.0)),
        ("IF(m1 > 6 OR m2 > 0, 7, 8)", Some(8.0)),
        ("IF(m2 > 0, m1 / m2, 0)", Some(0.0)),
        ("IF(none > 0, 1, 0)", None),
    ] {
        assert_eq!(value(formula, &of), expected, "{formula}");
    }
}
