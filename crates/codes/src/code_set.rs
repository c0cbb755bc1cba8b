use sigillo_secret::SecretBytes;

use crate::code::{Can, Cip, Pin, Puk};
use crate::error::CodesError;
use crate::generator::Generator;
use crate::policy::CodePolicy;

/// The codes of one document, made together and replaced together.
///
/// Its plain form is what is encrypted at birth ([`CodeSet::to_plain`]):
///
/// | offset | octets | content                                |
/// |--------|--------|----------------------------------------|
/// | 0      | 1      | version: 01                            |
/// | 1      | 1      | 01 if a CAN follows, 00 if none does   |
/// | 2      | 8      | PIN, ASCII digits                      |
/// | 10     | 8      | PUK, ASCII digits                      |
/// | 18     | 11     | CIP, ASCII digits, the last its check  |
/// | 29     | 0 or 6 | CAN, ASCII digits                      |
#[derive(Debug)]
pub struct CodeSet {
    /// For the holder's electronic services.
    pub pin: Pin,
    /// Unblocks the PIN.
    pub puk: Puk,
    /// Tells a loss or a theft.
    pub cip: Cip,
    /// Opens PACE, where the profile has it.
    pub can: Option<Can>,
}

impl CodeSet {
    /// Draws new codes: PIN, PUK, CIP, then the CAN where the policy has one.
    ///
    /// # Errors
    ///
    /// `codes.source`.
    pub fn generate(generator: &mut Generator<'_>, policy: &CodePolicy) -> Result<Self, CodesError> {
        Ok(Self {
            pin: generator.pin()?,
            puk: generator.puk()?,
            cip: generator.cip()?,
            can: policy.can.then(|| generator.can()).transpose()?,
        })
    }

    /// The octets that are encrypted.
    #[must_use]
    pub fn to_plain(&self) -> SecretBytes {
        // Room for all of it from the start, so that nothing is moved in memory.
        let mut plain = Vec::with_capacity(LONGEST);
        plain.extend([VERSION, u8::from(self.can.is_some())]);
        self.pin.expose(|digits| plain.extend_from_slice(digits));
        self.puk.expose(|digits| plain.extend_from_slice(digits));
        self.cip.expose(|digits| plain.extend_from_slice(digits));
        if let Some(can) = &self.can {
            can.expose(|digits| plain.extend_from_slice(digits));
        }
        SecretBytes::new(plain)
    }

    /// Reads the octets that were encrypted, all of them.
    ///
    /// # Errors
    ///
    /// `codes.plain-form` for another version or length; as the `parse` of each code.
    pub fn decode(plain: &SecretBytes) -> Result<Self, CodesError> {
        plain.expose(|octets| {
            let (head, rest) = octets.split_first_chunk::<2>().ok_or(CodesError::PlainForm)?;
            let has_can = match head {
                [VERSION, 0] => false,
                [VERSION, 1] => true,
                _ => return Err(CodesError::PlainForm),
            };
            let mut rest = Fields(rest);
            let set = Self {
                pin: Pin::parse(rest.next(Pin::DIGITS)?)?,
                puk: Puk::parse(rest.next(Puk::DIGITS)?)?,
                cip: Cip::parse(rest.next(Cip::DIGITS)?)?,
                can: if has_can { Some(Can::parse(rest.next(Can::DIGITS)?)?) } else { None },
            };
            if rest.0.is_empty() { Ok(set) } else { Err(CodesError::PlainForm) }
        })
    }
}

/// What was not read yet.
struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn next(&mut self, length: usize) -> Result<SecretBytes, CodesError> {
        let (field, rest) = self.0.split_at_checked(length).ok_or(CodesError::PlainForm)?;
        self.0 = rest;
        Ok(SecretBytes::copy_of(field))
    }
}

const VERSION: u8 = 1;
const LONGEST: usize = 2 + Pin::DIGITS + Puk::DIGITS + Cip::DIGITS + Can::DIGITS;
