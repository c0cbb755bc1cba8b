use sigillo_crypto::Entropy;
use sigillo_secret::SecretBytes;

use crate::check_digit::mod_11_10;
use crate::code::{Can, Cip, Pin, Puk};
use crate::error::CodesError;
use crate::source::Watched;

/// Makes codes out of a random source, which it watches.
///
/// Octets are drawn 16 at a time and taken in order: one of 250 to 255 is dropped, any other gives the digit `octet mod 10`.
/// Each code starts with a fresh block, and what is left of its last block is thrown away: a code's digits depend on
/// nothing that went into another code.
///
/// # Examples
///
/// ```
/// use sigillo_codes::Generator;
/// use sigillo_crypto::SeededEntropy;
///
/// let mut source = SeededEntropy::new([7; 32]);
/// let mut generator = Generator::new(&mut source);
/// let pin = generator.pin()?;
/// assert_eq!(format!("{pin:?}"), "PIN(redacted)");
/// # Ok::<(), sigillo_codes::CodesError>(())
/// ```
pub struct Generator<'a> {
    source: Watched<'a>,
}

impl<'a> Generator<'a> {
    /// Starts to watch a source: the keystore's, or a test's.
    #[must_use]
    pub fn new(source: &'a mut dyn Entropy) -> Self {
        Self { source: Watched::new(source) }
    }

    /// A new PIN.
    ///
    /// # Errors
    ///
    /// `codes.source`.
    pub fn pin(&mut self) -> Result<Pin, CodesError> {
        self.digits(Pin::DIGITS).map(|digits| Pin::of(SecretBytes::new(digits)))
    }

    /// A new PUK.
    ///
    /// # Errors
    ///
    /// `codes.source`.
    pub fn puk(&mut self) -> Result<Puk, CodesError> {
        self.digits(Puk::DIGITS).map(|digits| Puk::of(SecretBytes::new(digits)))
    }

    /// A new CAN.
    ///
    /// # Errors
    ///
    /// `codes.source`.
    pub fn can(&mut self) -> Result<Can, CodesError> {
        self.digits(Can::DIGITS).map(|digits| Can::of(SecretBytes::new(digits)))
    }

    /// A new CIP with its check digit.
    ///
    /// # Errors
    ///
    /// `codes.source`.
    pub fn cip(&mut self) -> Result<Cip, CodesError> {
        let mut digits = self.digits(Cip::DIGITS - 1)?;
        let check = mod_11_10(digits.iter().map(|digit| digit - b'0'));
        digits.push(check + b'0');
        Ok(Cip::of(SecretBytes::new(digits)))
    }

    /// Uniform ASCII digits; the room for a check digit is there from the start, so that nothing is moved in memory.
    fn digits(&mut self, count: usize) -> Result<Vec<u8>, CodesError> {
        let mut digits = Vec::with_capacity(count + 1);
        for _ in 0..MAX_BLOCKS {
            let block = self.source.block()?;
            block.expose(|octets| {
                let usable = octets.iter().filter(|octet| **octet < UNBIASED);
                digits.extend(usable.take(count - digits.len()).map(|octet| octet % 10 + b'0'));
            });
            if digits.len() == count {
                return Ok(digits);
            }
        }
        drop(SecretBytes::new(digits));
        Err(CodesError::Source)
    }
}

/// The source is not shown: its state becomes codes.
impl std::fmt::Debug for Generator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Generator(redacted)")
    }
}

/// The largest multiple of ten that an octet reaches.
const UNBIASED: u8 = 250;
/// A sound source never needs as many: six octets of 256 are dropped.
const MAX_BLOCKS: usize = 16;
