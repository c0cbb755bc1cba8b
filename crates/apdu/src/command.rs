use std::fmt;

use zeroize::Zeroizing;

use crate::error::{ApduError, ApduErrorKind};

/// Instruction codes by their names in ISO 7816-4, -8, -9 and GlobalPlatform.
#[allow(missing_docs, reason = "each name is the standard's own")]
pub mod ins {
    pub const DEACTIVATE_FILE: u8 = 0x04;
    pub const VERIFY: u8 = 0x20;
    pub const MANAGE_SECURITY_ENVIRONMENT: u8 = 0x22;
    pub const CHANGE_REFERENCE_DATA: u8 = 0x24;
    pub const PERFORM_SECURITY_OPERATION: u8 = 0x2A;
    pub const RESET_RETRY_COUNTER: u8 = 0x2C;
    pub const ACTIVATE_FILE: u8 = 0x44;
    pub const GENERATE_ASYMMETRIC_KEY_PAIR: u8 = 0x47;
    pub const INITIALIZE_UPDATE: u8 = 0x50;
    pub const EXTERNAL_AUTHENTICATE: u8 = 0x82;
    pub const GET_CHALLENGE: u8 = 0x84;
    pub const GENERAL_AUTHENTICATE: u8 = 0x86;
    pub const INTERNAL_AUTHENTICATE: u8 = 0x88;
    pub const SELECT: u8 = 0xA4;
    pub const READ_BINARY: u8 = 0xB0;
    pub const READ_BINARY_ODD: u8 = 0xB1;
    pub const GET_RESPONSE: u8 = 0xC0;
    pub const GET_DATA: u8 = 0xCA;
    pub const GET_DATA_ODD: u8 = 0xCB;
    pub const UPDATE_BINARY: u8 = 0xD6;
    pub const UPDATE_BINARY_ODD: u8 = 0xD7;
    pub const PUT_KEY: u8 = 0xD8;
    pub const PUT_DATA: u8 = 0xDA;
    pub const CREATE_FILE: u8 = 0xE0;
    pub const DELETE_FILE: u8 = 0xE4;
    pub const TERMINATE_CARD_USAGE: u8 = 0xFE;
}

/// The part of a command that may be printed and logged.
///
/// | field | meaning                                                            |
/// |-------|--------------------------------------------------------------------|
/// | `lc`  | length of the body, 0 to 65 535                                    |
/// | `le`  | octets asked for: 0 = no Le field, 256 or 65 536 = as many as fit  |
///
/// Spec: `iso-7816-4#command-apdu`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[allow(missing_docs, reason = "the standard's own names")]
pub struct ApduHead {
    pub cla: u8,
    pub ins: u8,
    pub p1: u8,
    pub p2: u8,
    pub lc: u16,
    pub le: u32,
}

/// A command: a head that prints and a body that does not.
pub struct CommandApdu {
    head: ApduHead,
    extended: bool,
    body: Zeroizing<Vec<u8>>,
}

impl CommandApdu {
    /// A command without body and without Le (case 1).
    #[must_use]
    pub fn new(cla: u8, ins: u8, p1: u8, p2: u8) -> Self {
        Self { head: ApduHead { cla, ins, p1, p2, lc: 0, le: 0 }, extended: false, body: Zeroizing::default() }
    }

    /// Gives the command a body; one of more than 255 octets makes it extended.
    ///
    /// # Panics
    ///
    /// If the body has more than 65 535 octets: no APDU can carry it.
    #[must_use]
    pub fn with_data(mut self, data: impl Into<Vec<u8>>) -> Self {
        self.body = Zeroizing::new(data.into());
        let Ok(lc) = u16::try_from(self.body.len()) else { panic!("a command body has at most 65 535 octets") };
        self.head.lc = lc;
        self.extended |= lc > 255;
        self
    }

    /// Asks for up to `le` octets; more than 256 makes the command extended.
    ///
    /// # Panics
    ///
    /// If `le` is zero or above 65 536.
    #[must_use]
    pub fn with_le(mut self, le: u32) -> Self {
        assert!((1..=65_536).contains(&le), "Le asks for 1 to 65 536 octets");
        self.head.le = le;
        self.extended |= le > 256;
        self
    }

    /// Makes the length fields extended whatever the lengths are.
    #[must_use]
    pub fn extended(mut self) -> Self {
        self.extended = true;
        self
    }

    /// The same command with another class octet.
    #[must_use]
    pub fn with_cla(mut self, cla: u8) -> Self {
        self.head.cla = cla;
        self
    }

    /// The part that may be logged.
    #[must_use]
    pub fn head(&self) -> ApduHead {
        self.head
    }

    /// The body.
    #[must_use]
    pub fn data(&self) -> &[u8] {
        &self.body
    }

    /// Whether the length fields have the extended form.
    #[must_use]
    pub fn is_extended(&self) -> bool {
        self.extended
    }

    /// The octets on the wire.
    #[must_use]
    pub fn encode(&self) -> Zeroizing<Vec<u8>> {
        let ApduHead { cla, ins, p1, p2, lc, le } = self.head;
        let mut out = Zeroizing::new(Vec::with_capacity(self.body.len() + 9));
        out.extend_from_slice(&[cla, ins, p1, p2]);
        let [.., le_high, le_low] = le.to_be_bytes();
        let [lc_high, lc_low] = lc.to_be_bytes();
        match (self.extended, lc, le) {
            (_, 0, 0) => {}
            (false, 0, _) => out.push(le_low),
            (true, 0, _) => out.extend_from_slice(&[0, le_high, le_low]),
            (false, ..) => {
                out.push(lc_low);
                out.extend_from_slice(&self.body);
                if le != 0 {
                    out.push(le_low);
                }
            }
            (true, ..) => {
                out.extend_from_slice(&[0, lc_high, lc_low]);
                out.extend_from_slice(&self.body);
                if le != 0 {
                    out.extend_from_slice(&[le_high, le_low]);
                }
            }
        }
        out
    }

    /// Reads a command as a chip receives it.
    ///
    /// # Errors
    ///
    /// `apdu.too-short` below four octets, `apdu.length` when Lc, Le and the number of octets contradict each other.
    pub fn decode(bytes: &[u8]) -> Result<Self, ApduError> {
        let Some((&[cla, ins, p1, p2], rest)) = bytes.split_first_chunk::<4>() else {
            return Err(ApduError::new(ApduErrorKind::TooShort, bytes.len()));
        };
        let bare = Self::new(cla, ins, p1, p2);
        let contradiction = ApduError::new(ApduErrorKind::LengthContradiction, 4);
        match *rest {
            [] => Ok(bare),
            [le] => Ok(bare.with_le(short_le(le))),
            [0, high, low] => Ok(bare.with_le(extended_le([high, low])).extended()),
            [0, high, low, ref rest @ ..] => {
                let lc = u16::from_be_bytes([high, low]);
                let (body, tail) = rest.split_at_checked(usize::from(lc)).filter(|_| lc != 0).ok_or(contradiction)?;
                let command = bare.with_data(body).extended();
                match *tail {
                    [] => Ok(command),
                    [high, low] => Ok(command.with_le(extended_le([high, low]))),
                    _ => Err(contradiction),
                }
            }
            [lc, ref rest @ ..] => {
                let (body, tail) = rest.split_at_checked(usize::from(lc)).filter(|_| lc != 0).ok_or(contradiction)?;
                let command = bare.with_data(body);
                match *tail {
                    [] => Ok(command),
                    [le] => Ok(command.with_le(short_le(le))),
                    _ => Err(contradiction),
                }
            }
        }
    }
}

fn short_le(le: u8) -> u32 {
    if le == 0 { 256 } else { u32::from(le) }
}

fn extended_le(le: [u8; 2]) -> u32 {
    match u16::from_be_bytes(le) {
        0 => 65_536,
        le => u32::from(le),
    }
}

impl fmt::Debug for CommandApdu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} + {} body octets", self.head, self.body.len())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_seven_cases_of_iso_7816_4() {
        for wire in [
            "00A40400",
            "00840000 08",
            "00A4000C02 3F00",
            "00A4040002 3F00 00",
            "00B00000 000800",
            "00D60000 000002 AABB",
            "00D60000 000002 AABB 0000",
        ] {
            let bytes = hex::decode(wire.replace(' ', "")).unwrap();
            assert_eq!(*CommandApdu::decode(&bytes).unwrap().encode(), bytes, "{wire}");
        }
        assert_eq!(CommandApdu::decode(&hex::decode("0084000000").unwrap()).unwrap().head().le, 256);
        assert_eq!(CommandApdu::decode(&hex::decode("00B00000000000").unwrap()).unwrap().head().le, 65_536);
    }

    #[test]
    fn contradictory_lengths_are_refused() {
        for wire in ["00A4000C033F00", "00A4000C013F00AA", "00D6000000000001", "00D600000000010203AABB"] {
            assert_eq!(CommandApdu::decode(&hex::decode(wire).unwrap()).unwrap_err().code(), "apdu.length", "{wire}");
        }
        assert_eq!(CommandApdu::decode(&[0, 0xA4, 0]).unwrap_err().code(), "apdu.too-short");
    }

    #[test]
    fn the_body_does_not_print() {
        let printed = format!("{:?}", CommandApdu::new(0, 0x20, 0, 1).with_data(*b"31415926"));
        assert!(printed.contains("8 body octets") && !printed.contains("3141") && !printed.contains("51, 49"));
    }

    proptest! {
        #[test]
        fn what_is_encoded_is_decoded(head in any::<[u8; 4]>(), body in prop::collection::vec(any::<u8>(), 0..600), le in 0u32..=65_536, extended in any::<bool>()) {
            let [cla, ins, p1, p2] = head;
            let mut command = CommandApdu::new(cla, ins, p1, p2).with_data(body.clone());
            if le != 0 { command = command.with_le(le); }
            if extended { command = command.extended(); }
            let back = CommandApdu::decode(&command.encode()).unwrap();
            prop_assert_eq!(back.head(), command.head());
            prop_assert_eq!(back.data(), &body[..]);
        }

        #[test]
        fn any_octets_are_a_command_or_a_named_refusal(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            if let Ok(command) = CommandApdu::decode(&bytes) { prop_assert_eq!(&*command.encode(), &bytes); }
        }
    }
}
