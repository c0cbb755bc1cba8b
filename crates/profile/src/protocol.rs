//! The protocols that a chip's key pairs serve and that EF.CardAccess offers, by the standards' own names.

use serde::{Deserialize, Serialize};

/// A protocol, by the name that its standard gives the object identifier.
///
/// | purpose | object identifiers |
/// |---|---|
/// | PACE, generic and integrated mapping | id-PACE-ECDH-GM-…, id-PACE-ECDH-IM-…: 0.4.0.127.0.7.2.2.4.2, .4 |
/// | PACE, chip authentication mapping | id-PACE-ECDH-CAM-…: 0.4.0.127.0.7.2.2.4.6 |
/// | Chip Authentication | id-CA-ECDH-…: 0.4.0.127.0.7.2.2.3.2 |
/// | Active Authentication | ecdsa-plain-…: 0.4.0.127.0.7.1.1.4.1; id-AA with RSA: 2.23.136.1.1.5 |
/// | the holder's signature | ecdsa-with-SHA256: 1.2.840.10045.4.3.2 |
///
/// Spec: `icao-9303-11#security-infos`, `icao-9303-11#pace-identifiers`.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(try_from = "String", into = "&'static str")]
pub struct Protocol(&'static Row);

/// What a protocol is for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Purpose {
    /// PACE with the generic or the integrated mapping: no key of the chip's own.
    Pace,
    /// PACE with the chip authentication mapping: a key of the master file.
    ChipAuthenticationMapping,
    /// Chip Authentication: a key of the application.
    ChipAuthentication,
    /// Active Authentication.
    ActiveAuthentication,
    /// The holder's key: INTERNAL AUTHENTICATE and PERFORM SECURITY OPERATION after the PIN.
    HolderSignature,
}

#[derive(Debug, Eq, PartialEq)]
struct Row {
    name: &'static str,
    oid: &'static [u8],
    purpose: Purpose,
}

impl Protocol {
    /// The protocol of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        ROWS.iter().find(|row| row.name == name).map(Self)
    }

    /// The name of the object identifier.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0.name
    }

    /// The content octets of the object identifier.
    #[must_use]
    pub fn oid(self) -> &'static [u8] {
        self.0.oid
    }

    /// What it is for.
    #[must_use]
    pub fn purpose(self) -> Purpose {
        self.0.purpose
    }

    /// Whether its key is an RSA key; all others are on curves.
    #[must_use]
    pub fn is_rsa(self) -> bool {
        self.0.name == "id-AA"
    }
}

impl From<Protocol> for &'static str {
    fn from(protocol: Protocol) -> Self {
        protocol.name()
    }
}

impl TryFrom<String> for Protocol {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("{name} is no protocol of a chip"))
    }
}

const fn row(name: &'static str, oid: &'static [u8], purpose: Purpose) -> Row {
    Row { name, oid, purpose }
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("id-PACE-ECDH-GM-3DES-CBC-CBC", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x01], Purpose::Pace),
    row("id-PACE-ECDH-GM-AES-CBC-CMAC-128", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x02], Purpose::Pace),
    row("id-PACE-ECDH-GM-AES-CBC-CMAC-192", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x03], Purpose::Pace),
    row("id-PACE-ECDH-GM-AES-CBC-CMAC-256", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x02, 0x04], Purpose::Pace),
    row("id-PACE-ECDH-IM-3DES-CBC-CBC", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x04, 0x01], Purpose::Pace),
    row("id-PACE-ECDH-IM-AES-CBC-CMAC-128", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x04, 0x02], Purpose::Pace),
    row("id-PACE-ECDH-IM-AES-CBC-CMAC-192", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x04, 0x03], Purpose::Pace),
    row("id-PACE-ECDH-IM-AES-CBC-CMAC-256", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x04, 0x04], Purpose::Pace),
    row("id-PACE-ECDH-CAM-AES-CBC-CMAC-128", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x06, 0x02], Purpose::ChipAuthenticationMapping),
    row("id-PACE-ECDH-CAM-AES-CBC-CMAC-192", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x06, 0x03], Purpose::ChipAuthenticationMapping),
    row("id-PACE-ECDH-CAM-AES-CBC-CMAC-256", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x04, 0x06, 0x04], Purpose::ChipAuthenticationMapping),
    row("id-CA-ECDH-3DES-CBC-CBC", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x01], Purpose::ChipAuthentication),
    row("id-CA-ECDH-AES-CBC-CMAC-128", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x02], Purpose::ChipAuthentication),
    row("id-CA-ECDH-AES-CBC-CMAC-192", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x03], Purpose::ChipAuthentication),
    row("id-CA-ECDH-AES-CBC-CMAC-256", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02, 0x04], Purpose::ChipAuthentication),
    row("ecdsa-plain-SHA224", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x02], Purpose::ActiveAuthentication),
    row("ecdsa-plain-SHA256", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x03], Purpose::ActiveAuthentication),
    row("ecdsa-plain-SHA384", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x04], Purpose::ActiveAuthentication),
    row("ecdsa-plain-SHA512", &[0x04, 0x00, 0x7F, 0x00, 0x07, 0x01, 0x01, 0x04, 0x01, 0x05], Purpose::ActiveAuthentication),
    row("id-AA", &[0x67, 0x81, 0x08, 0x01, 0x01, 0x05], Purpose::ActiveAuthentication),
    row("ecdsa-with-SHA256", &[0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x04, 0x03, 0x02], Purpose::HolderSignature),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Dotted form by the rules of X.690, so that no octet above is believed.
    fn dotted(oid: &[u8]) -> String {
        let mut arcs: Vec<u32> = Vec::new();
        let mut arc = 0;
        for octet in oid {
            arc = arc << 7 | u32::from(octet & 0x7F);
            if octet & 0x80 == 0 {
                arcs.push(std::mem::take(&mut arc));
            }
        }
        let first = arcs.remove(0);
        let (top, second) = (first.min(80) / 40, first - first.min(80) / 40 * 40);
        arcs.iter().fold(format!("{top}.{second}"), |text, arc| format!("{text}.{arc}"))
    }

    #[test]
    fn names_and_arcs_go_together() {
        for (name, arcs) in [
            ("id-PACE-ECDH-GM-AES-CBC-CMAC-128", "0.4.0.127.0.7.2.2.4.2.2"),
            ("id-PACE-ECDH-IM-3DES-CBC-CBC", "0.4.0.127.0.7.2.2.4.4.1"),
            ("id-PACE-ECDH-CAM-AES-CBC-CMAC-256", "0.4.0.127.0.7.2.2.4.6.4"),
            ("id-CA-ECDH-3DES-CBC-CBC", "0.4.0.127.0.7.2.2.3.2.1"),
            ("ecdsa-plain-SHA384", "0.4.0.127.0.7.1.1.4.1.4"),
            ("id-AA", "2.23.136.1.1.5"),
            ("ecdsa-with-SHA256", "1.2.840.10045.4.3.2"),
        ] {
            assert_eq!(dotted(Protocol::named(name).unwrap().oid()), arcs, "{name}");
        }
        assert_eq!(Protocol::named("id-PACE-DH-GM-AES-CBC-CMAC-128"), None);
        for (index, row) in ROWS.iter().enumerate() {
            assert!(ROWS[..index].iter().all(|other| other.name != row.name && other.oid != row.oid));
        }
    }
}
