use std::fmt;

use sigillo_secret::SecretBytes;

use crate::check_digit::mod_11_10;
use crate::error::CodesError;

/// Declares a code: a type of its own over ASCII digits.
macro_rules! code {
    ($(#[$meta:meta])* $name:ident, $word:literal, $digits:literal) => {
        $(#[$meta])*
        pub struct $name(SecretBytes);

        impl $name {
            /// How many digits it has.
            pub const DIGITS: usize = $digits;

            /// Takes typed digits; the buffer is wiped when it is refused.
            ///
            /// # Errors
            ///
            /// `codes.form`; `codes.check-digit` for a CIP.
            pub fn parse(typed: SecretBytes) -> Result<Self, CodesError> {
                let fits = typed.len() == $digits && typed.expose(|digits| digits.iter().all(u8::is_ascii_digit));
                if !fits {
                    return Err(CodesError::Form { code: $word, digits: $digits });
                }
                Self(typed).checked()
            }

            /// Lends the ASCII digits to one closure.
            pub fn expose<R>(&self, with: impl FnOnce(&[u8]) -> R) -> R {
                self.0.expose(with)
            }

            /// Takes digits that were generated.
            pub(crate) fn of(digits: SecretBytes) -> Self {
                Self(digits)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!($word, "(redacted)"))
            }
        }
    };
}

code!(
    /// The holder's secret for electronic services: eight digits, three tries.
    Pin,
    "PIN",
    8
);
code!(
    /// What unblocks the PIN: eight digits, ten wrong tries.
    Puk,
    "PUK",
    8
);
code!(
    /// What the holder tells when the card is lost or stolen: ten digits and a check digit.
    ///
    /// | offset | octets | content                                     |
    /// |--------|--------|---------------------------------------------|
    /// | 0      | 10     | random ASCII digits                         |
    /// | 10     | 1      | their check digit, ISO/IEC 7064 MOD 11,10   |
    Cip,
    "CIP",
    11
);
code!(
    /// What opens PACE and stands on the card: six digits. Secret only until the card is printed.
    Can,
    "CAN",
    6
);

impl Pin {
    fn checked(self) -> Result<Self, CodesError> {
        Ok(self)
    }
}

impl Puk {
    fn checked(self) -> Result<Self, CodesError> {
        Ok(self)
    }
}

impl Can {
    fn checked(self) -> Result<Self, CodesError> {
        Ok(self)
    }
}

impl Cip {
    /// A wrong check digit is no attempt: nothing is compared with the register yet.
    fn checked(self) -> Result<Self, CodesError> {
        let fits = self.expose(|digits| {
            let values = digits.iter().map(|digit| digit - b'0');
            digits.last().is_some_and(|check| mod_11_10(values.take(Self::DIGITS - 1)) == check - b'0')
        });
        if fits { Ok(self) } else { Err(CodesError::CheckDigit) }
    }
}
