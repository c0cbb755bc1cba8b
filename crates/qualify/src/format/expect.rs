use std::fmt;

use serde::Deserialize;

/// Status words that a case takes: one, a pattern, or a class.
///
/// | word | status words |
/// |---|---|
/// | `6A82` | this one |
/// | `63Cx` | any digit for each `x` |
/// | `success` | 9000, 61xx |
/// | `warning` | 62xx, 63xx |
/// | `execution-error` | 64xx to 66xx |
/// | `checking-error` | 67xx to 6Fxx |
/// | `error` | 64xx to 6Fxx |
/// | `warning-or-error` | 62xx to 6Fxx |
/// | `any` | all of them |
///
/// Spec: `iso-7816-4#status-words`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq)]
#[serde(try_from = "String")]
pub struct Expected {
    form: Form,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Form {
    Pattern { value: u16, mask: u16 },
    Class(&'static str, &'static [(u8, u8)]),
}

const CLASSES: [(&str, &[(u8, u8)]); 7] = [
    ("success", &[(0x90, 0x90), (0x61, 0x61)]),
    ("warning", &[(0x62, 0x63)]),
    ("execution-error", &[(0x64, 0x66)]),
    ("checking-error", &[(0x67, 0x6F)]),
    ("error", &[(0x64, 0x6F)]),
    ("warning-or-error", &[(0x62, 0x6F)]),
    ("any", &[(0x00, 0xFF)]),
];

impl Expected {
    /// 9000.
    pub const SUCCESS: Self = Self { form: Form::Pattern { value: 0x9000, mask: 0xFFFF } };

    /// All of them.
    pub const ANY: Self = Self { form: Form::Class("any", &[(0x00, 0xFF)]) };

    /// Whether a status word is of these.
    #[must_use]
    pub fn takes(&self, status: u16) -> bool {
        let [high, low] = status.to_be_bytes();
        match self.form {
            Form::Pattern { value, mask } => status & mask == value,
            // 9000 is the one status word of its first octet.
            Form::Class("success", _) if high == 0x90 => low == 0,
            Form::Class(_, ranges) => ranges.iter().any(|(first, last)| (*first..=*last).contains(&high)),
        }
    }

    /// Whether 9000 is of these.
    #[must_use]
    pub fn takes_success(&self) -> bool {
        self.takes(0x9000)
    }
}

impl TryFrom<String> for Expected {
    type Error = String;

    fn try_from(word: String) -> Result<Self, String> {
        if let Some((name, ranges)) = CLASSES.iter().find(|(name, _)| *name == word) {
            return Ok(Self { form: Form::Class(name, ranges) });
        }
        let refused = || format!("no status word and no class: {word}");
        if word.len() != 4 {
            return Err(refused());
        }
        word.chars()
            .try_fold((0, 0), |(value, mask), digit| match digit {
                'x' => Some((value << 4, mask << 4)),
                _ => {
                    let digit = u16::try_from(digit.to_digit(16)?).ok()?;
                    Some((value << 4 | digit, mask << 4 | 0xF))
                }
            })
            .map(|(value, mask)| Self { form: Form::Pattern { value, mask } })
            .ok_or_else(refused)
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.form {
            Form::Class(name, _) => f.write_str(name),
            Form::Pattern { value, mask } => (0..4).rev().try_for_each(|place| match mask >> (4 * place) & 0xF {
                0 => f.write_str("x"),
                _ => write!(f, "{:X}", value >> (4 * place) & 0xF),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_and_classes_take_what_they_say() {
        let expected = |word: &str| Expected::try_from(word.to_owned()).unwrap();
        for (word, takes, refuses) in [
            ("6A82", 0x6A82, 0x6A83),
            ("63Cx", 0x63C2, 0x6300),
            ("success", 0x9000, 0x9001),
            ("success", 0x6105, 0x6282),
            ("warning", 0x6282, 0x6400),
            ("error", 0x6400, 0x6300),
            ("checking-error", 0x6982, 0x6581),
            ("execution-error", 0x6581, 0x6700),
            ("warning-or-error", 0x63C0, 0x9000),
        ] {
            assert!(expected(word).takes(takes) && !expected(word).takes(refuses), "{word}");
            assert_eq!(expected(word).to_string(), word);
        }
        assert!((0..=u16::MAX).all(|status| expected("any").takes(status)));
        for word in ["", "6A8", "6A82 ", "ok", "6G00"] {
            assert!(Expected::try_from(word.to_owned()).is_err(), "{word}");
        }
    }
}
