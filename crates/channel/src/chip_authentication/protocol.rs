use crate::secure_messaging::Suite;

/// id-CA-ECDH, 0.4.0.127.0.7.2.2.3.2; one arc more names the suite.
const CA_ECDH: [u8; 9] = [0x04, 0x00, 0x7F, 0x00, 0x07, 0x02, 0x02, 0x03, 0x02];

/// A protocol of Chip Authentication on elliptic curves: the suite of the session that it opens.
///
/// | object identifier | suite | command |
/// |---|---|---|
/// | id-CA-ECDH-3DES-CBC-CBC, 0.4.0.127.0.7.2.2.3.2.1 | triple DES | MSE:Set KAT |
/// | id-CA-ECDH-AES-CBC-CMAC-128, ….2 | AES-128 | MSE:Set AT, GENERAL AUTHENTICATE |
/// | id-CA-ECDH-AES-CBC-CMAC-192, ….3 | AES-192 | MSE:Set AT, GENERAL AUTHENTICATE |
/// | id-CA-ECDH-AES-CBC-CMAC-256, ….4 | AES-256 | MSE:Set AT, GENERAL AUTHENTICATE |
///
/// Spec: `icao-9303-11#ca-security-infos`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CaProtocol {
    suite: Suite,
}

impl CaProtocol {
    /// All of them, by object identifier.
    pub const ALL: [Self; 4] =
        [Self::ecdh(Suite::TripleDes), Self::ecdh(Suite::Aes128), Self::ecdh(Suite::Aes192), Self::ecdh(Suite::Aes256)];

    /// The protocol that opens a session with this suite.
    #[must_use]
    pub const fn ecdh(suite: Suite) -> Self {
        Self { suite }
    }

    /// The protocol with this object identifier (content octets); `None` for one that is not spoken here.
    #[must_use]
    pub fn from_oid(oid: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|protocol| protocol.oid() == oid)
    }

    /// The content octets of the object identifier.
    #[must_use]
    pub fn oid(self) -> Vec<u8> {
        let suite = match self.suite {
            Suite::TripleDes => 1,
            Suite::Aes128 => 2,
            Suite::Aes192 => 3,
            Suite::Aes256 => 4,
        };
        [CA_ECDH.as_slice(), &[suite]].concat()
    }

    /// The suite of the session.
    #[must_use]
    pub const fn suite(self) -> Suite {
        self.suite
    }
}
