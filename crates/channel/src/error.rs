use sigillo_apdu::StatusWord;
use sigillo_crypto::CryptoError;
use sigillo_cvc::{CvcError, CvcErrorKind};
use sigillo_secret::KeyLengthRefused;

/// Why a protected channel refused something; never a key, a cryptogram or a personal value.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// A field of fixed length has another one.
    #[error("{field} has {found} octets")]
    Length {
        /// The standard's name of the field.
        field: &'static str,
        /// The length that was found, in octets.
        found: usize,
    },
    /// A key of a length this protocol does not use.
    #[error("a key of {found} octets has no place here")]
    KeyLength {
        /// The length that was found, in octets.
        found: usize,
    },
    /// A primitive refused its inputs.
    #[error("{0}")]
    Crypto(CryptoError),
    /// A command or answer that does not fit into one APDU once it is protected.
    #[error("the protected APDU would be too long")]
    TooLong,
    /// A class byte that is protected already, is chained, or is not protected where it must be.
    #[error("class byte {class:02X} cannot cross this channel")]
    Class {
        /// The class byte.
        class: u8,
    },
    /// A response without a command, or a second command before the response to the first.
    #[error("commands and responses must alternate")]
    OutOfTurn,
    /// The session ended before: its keys are gone.
    #[error("the session has ended")]
    Ended,
    /// The counter reached its last value; it never wraps, so the session must end.
    #[error("the counter is used up")]
    Counter,
    /// The card answered a step of the key agreement with an error.
    #[error("the card refused the key agreement with {status}")]
    Refused {
        /// What it answered.
        status: StatusWord,
    },
    /// The answer to INITIALIZE UPDATE is not of SCP03 with i = 60.
    #[error("the card offers protocol {protocol:02X} with parameter {parameter:02X}, not 03 with 60")]
    Scp03Protocol {
        /// Protocol identifier.
        protocol: u8,
        /// Parameter "i".
        parameter: u8,
    },
    /// The card does not hold the keys we hold; EXTERNAL AUTHENTICATE must not be sent.
    #[error("the card cryptogram is wrong")]
    CardCryptogram,
    /// The host does not hold the keys the card holds.
    #[error("the host cryptogram is wrong")]
    HostCryptogram,
    /// The MAC of a command is wrong.
    #[error("the command MAC is wrong")]
    CommandMac,
    /// The MAC of a response is wrong or missing.
    #[error("the response MAC is wrong")]
    ResponseMac,
    /// Decrypted octets do not end as padding must.
    #[error("the padding inside SCP03 is wrong")]
    Scp03Padding,
    /// EXTERNAL AUTHENTICATE asks for another security level than 33.
    #[error("security level {level:02X} is not 33")]
    SecurityLevel {
        /// The level that was asked for.
        level: u8,
    },
    /// The data field of PUT KEY, or its answer, is not laid out as it must be.
    #[error("PUT KEY is malformed at octet {at}")]
    PutKeyForm {
        /// Offset in the data field.
        at: usize,
    },
    /// A key check value does not belong to its key.
    #[error("the check value of key {key_id} is wrong")]
    KeyCheck {
        /// Key identifier, 1 to 3.
        key_id: u8,
    },
    /// The chip's answer to EXTERNAL AUTHENTICATE does not prove the same MRZ and the same challenge.
    #[error("the chip's answer to basic access control is wrong")]
    BacCardAnswer,
    /// The terminal's EXTERNAL AUTHENTICATE does not prove the same MRZ and the same challenge.
    #[error("the terminal's authentication by basic access control is wrong")]
    BacTerminalAnswer,
    /// A card access number that has not six decimal digits, a PIN or PUK that has not 4 to 12, a stored MRZ secret that has
    /// not 20 octets.
    #[error("a card access number has six digits, a PIN or PUK 4 to 12")]
    PacePassword,
    /// MSE:Set AT names a password that does not exist.
    #[error("no such password")]
    PacePasswordReference,
    /// MSE:Set AT names a protocol that is not spoken here.
    #[error("no such protocol of password authenticated connection establishment")]
    PaceProtocol,
    /// Domain parameters that are not offered, are ambiguous, or are not spoken here.
    #[error("no such domain parameters")]
    PaceParameters,
    /// Something stands where a data object of PACE must stand, or one is missing.
    #[error("the authentication data are malformed at octet {at}")]
    PaceObject {
        /// Offset in the data field.
        at: usize,
    },
    /// A public key that is no point of the curve, or that is our own sent back.
    #[error("the other party's public key is not acceptable")]
    PaceKey,
    /// The chip's token does not prove the same password and the same keys.
    #[error("the chip's authentication token is wrong")]
    PaceCardToken,
    /// The terminal's token does not prove the same password and the same keys.
    #[error("the terminal's authentication token is wrong")]
    PaceTerminalToken,
    /// The chip has no static key for the chip authentication mapping, or one of another curve.
    #[error("the chip has no key of this curve for the chip authentication mapping")]
    PaceChipKey,
    /// What the chip sent under the chip authentication mapping does not prove this static key.
    #[error("the chip did not prove its key by the chip authentication mapping")]
    PaceChipAuthentication,
    /// MSE:Set AT names a protocol of Chip Authentication that is not spoken here.
    #[error("no such protocol of chip authentication")]
    CaProtocol,
    /// Something stands where a data object of Chip Authentication must stand, or one is missing.
    #[error("the data of chip authentication are malformed at octet {at}")]
    CaObject {
        /// Offset in the data field.
        at: usize,
    },
    /// A public key that is no point of a curve that is spoken here, or of another one than the chip's.
    #[error("the public key for chip authentication is not acceptable")]
    CaKey,
    /// Certificates that do not lead from one to the next, or not to a terminal.
    #[error("the certificates are no chain that ends at a terminal")]
    TaChain,
    /// Something stands where a data object of Terminal Authentication must stand, or one is missing.
    #[error("the data of terminal authentication are malformed at octet {at}")]
    TaObject {
        /// Offset in the data field.
        at: usize,
    },
    /// A command of Terminal Authentication before the one it needs, or after a terminal proved itself.
    #[error("terminal authentication is not at this step")]
    TaOrder,
    /// MSE names a key that is no trust point's and not that of the certificate verified last.
    #[error("no such public key for terminal authentication")]
    TaKeyReference,
    /// The terminal's signature over the challenge does not verify, or could not be made.
    #[error("the terminal's signature over the challenge is wrong")]
    TaSignature,
    /// A card-verifiable certificate is malformed, or the chip's rules refuse it.
    #[error("{0}")]
    Certificate(CvcError),
    /// A key in DG15 that is not spoken here.
    #[error("the public key for active authentication is not of a supported kind")]
    AaKey,
    /// DG14 names no hash for the key in DG15, or the chip's key has no room for this one.
    #[error("no algorithm of active authentication for this key")]
    AaAlgorithm,
    /// The chip's signature over the challenge does not verify.
    #[error("the chip's signature over the challenge is wrong")]
    AaSignature,
    /// The MAC of a secure messaging APDU is wrong.
    #[error("the secure messaging MAC is wrong")]
    SmMac,
    /// A data object that must be there is not.
    #[error("secure messaging object {tag:02X} is missing")]
    SmMissingObject {
        /// Its tag.
        tag: u8,
    },
    /// Something stands where a data object of secure messaging must stand, or has a wrong length.
    #[error("the secure messaging objects are malformed at octet {at}")]
    SmObject {
        /// Offset in the data field.
        at: usize,
    },
    /// Decrypted octets do not end as padding must.
    #[error("the padding inside secure messaging is wrong")]
    SmPadding,
    /// The status inside the protected object is not the status outside.
    #[error("the protected status differs from the plain one")]
    SmStatus,
    /// A command without secure messaging inside a session.
    #[error("a plain command ends the session")]
    SmPlainCommand,
    /// A response without secure messaging inside a session: the chip gave the session up.
    #[error("the chip left the session with status {status}")]
    SmPlainResponse {
        /// What it answered.
        status: StatusWord,
    },
    /// SecurityInfos that are no DER of the expected shape.
    #[error("malformed SecurityInfos at octet {at}")]
    SecurityInfos {
        /// Offset in the input.
        at: usize,
    },
}

impl ChannelError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Length { .. } => "channel.length",
            Self::KeyLength { .. } => "channel.key-length",
            Self::Crypto(refused) => refused.code(),
            Self::TooLong => "channel.too-long",
            Self::Class { .. } => "channel.class",
            Self::OutOfTurn => "channel.out-of-turn",
            Self::Ended => "channel.ended",
            Self::Counter => "channel.counter",
            Self::Refused { .. } => "channel.refused",
            Self::Scp03Protocol { .. } => "scp03.protocol",
            Self::CardCryptogram => "scp03.card-cryptogram",
            Self::HostCryptogram => "scp03.host-cryptogram",
            Self::CommandMac => "scp03.command-mac",
            Self::ResponseMac => "scp03.response-mac",
            Self::Scp03Padding => "scp03.padding",
            Self::SecurityLevel { .. } => "scp03.security-level",
            Self::PutKeyForm { .. } => "scp03.put-key-form",
            Self::KeyCheck { .. } => "scp03.key-check",
            Self::BacCardAnswer => "bac.card-answer",
            Self::BacTerminalAnswer => "bac.terminal-answer",
            Self::PacePassword => "pace.password",
            Self::PacePasswordReference => "pace.password-reference",
            Self::PaceProtocol => "pace.protocol",
            Self::PaceParameters => "pace.parameters",
            Self::PaceObject { .. } => "pace.object",
            Self::PaceKey => "pace.key",
            Self::PaceCardToken => "pace.card-token",
            Self::PaceTerminalToken => "pace.terminal-token",
            Self::PaceChipKey => "pace.chip-key",
            Self::PaceChipAuthentication => "pace.chip-authentication",
            Self::CaProtocol => "ca.protocol",
            Self::CaObject { .. } => "ca.object",
            Self::CaKey => "ca.key",
            Self::TaChain => "ta.chain",
            Self::TaObject { .. } => "ta.object",
            Self::TaOrder => "ta.order",
            Self::TaKeyReference => "ta.key-reference",
            Self::TaSignature => "ta.signature",
            Self::Certificate(refused) => refused.code(),
            Self::AaKey => "aa.key",
            Self::AaAlgorithm => "aa.algorithm",
            Self::AaSignature => "aa.signature",
            Self::SmMac => "sm.mac",
            Self::SmMissingObject { .. } => "sm.missing-object",
            Self::SmObject { .. } => "sm.object",
            Self::SmPadding => "sm.padding",
            Self::SmStatus => "sm.status",
            Self::SmPlainCommand => "sm.plain-command",
            Self::SmPlainResponse { .. } => "sm.plain-response",
            Self::SecurityInfos { .. } => "securityinfo.der",
        }
    }

    /// The status word with which a chip answers the command that it refused for this reason.
    ///
    /// | refusal | status |
    /// |---|---|
    /// | SCP03: MAC, padding or turn of a wrapped command | 6982 |
    /// | SCP03: host cryptogram | 6300 |
    /// | SCP03: PUT KEY layout or check value | 6A80 |
    /// | BAC: wrong authentication | 6300 |
    /// | PACE: wrong token | 6300 |
    /// | PACE: object, protocol, parameters or public key | 6A80 |
    /// | PACE: no such password | 6A88 |
    /// | Chip Authentication: object, protocol or public key | 6A80 |
    /// | Terminal Authentication: order | 6985 |
    /// | Terminal Authentication: no such key | 6A88 |
    /// | Terminal Authentication: object, malformed certificate | 6A80 |
    /// | Terminal Authentication: certificate refused, signature wrong | 6300 |
    /// | secure messaging: object missing, command plain | 6987 |
    /// | secure messaging: MAC, object or padding wrong | 6988 |
    /// | lengths | 6700 |
    ///
    /// Spec: `globalplatform-scp03#mac`, `icao-9303-11#sm-errors`, `icao-9303-11#pace-apdu`, `bsi-tr-03110-3#apdus`.
    #[must_use]
    pub fn chip_status(&self) -> StatusWord {
        StatusWord::from(match self {
            Self::Length { .. } | Self::TooLong => 0x6700,
            Self::HostCryptogram | Self::BacTerminalAnswer | Self::PaceTerminalToken => 0x6300,
            Self::PutKeyForm { .. } | Self::KeyCheck { .. } | Self::KeyLength { .. } | Self::SecurityInfos { .. } => {
                0x6A80
            }
            Self::PaceObject { .. } | Self::PaceProtocol | Self::PaceParameters | Self::PaceKey => 0x6A80,
            Self::CaObject { .. } | Self::CaProtocol | Self::CaKey | Self::PaceChipKey => 0x6A80,
            Self::TaObject { .. } => 0x6A80,
            Self::PacePasswordReference | Self::TaKeyReference => 0x6A88,
            Self::TaOrder => 0x6985,
            Self::TaSignature => 0x6300,
            Self::Certificate(refused) => match refused.kind() {
                CvcErrorKind::Objects(_)
                | CvcErrorKind::LengthForm
                | CvcErrorKind::ProfileVersion
                | CvcErrorKind::Reference
                | CvcErrorKind::Date => 0x6A80,
                _ => 0x6300,
            },
            Self::SecurityLevel { .. } => 0x6A86,
            Self::SmMissingObject { .. } | Self::SmPlainCommand => 0x6987,
            Self::SmMac | Self::SmObject { .. } | Self::SmPadding => 0x6988,
            _ => 0x6982,
        })
    }
}

impl From<CryptoError> for ChannelError {
    fn from(refused: CryptoError) -> Self {
        Self::Crypto(refused)
    }
}

impl From<CvcError> for ChannelError {
    fn from(refused: CvcError) -> Self {
        Self::Certificate(refused)
    }
}

impl From<KeyLengthRefused> for ChannelError {
    fn from(refused: KeyLengthRefused) -> Self {
        Self::KeyLength { found: refused.found }
    }
}
