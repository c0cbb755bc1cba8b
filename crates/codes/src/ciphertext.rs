use sigillo_crypto::{Curve, CurvePoint, CurvePrivateKey, Entropy, record_cipher, sha256};
use sigillo_secret::{SecretBytes, SymmetricKey};

use crate::error::CodesError;

/// Codes that are encrypted to the issuing circuit's key on P-256: the line makes it, and cannot open it.
///
/// | part       | octets | content                                                     |
/// |------------|--------|-------------------------------------------------------------|
/// | version    | 1      | 01                                                          |
/// | generation | 4      | of the key, big-endian                                      |
/// | point      | 65     | ephemeral public key, uncompressed                          |
/// | ciphertext | n + 16 | AES-256-GCM under a zero nonce, then the tag                |
///
/// The key is SHA-256 over x of the agreed point ‖ 00000001 ‖ `sigillo/v1/code` ‖ 00 ‖ the ephemeral point ‖ the static
/// point (one step of SP 800-56C); it serves once, which is what lets the nonce be zero. The context is associated data.
#[derive(Clone, Debug)]
pub struct CodeCiphertext {
    generation: u32,
    point: CurvePoint,
    ciphertext: Vec<u8>,
}

impl CodeCiphertext {
    /// Encrypts under a key that exists for this one message.
    ///
    /// # Errors
    ///
    /// `codes.ciphertext` if the recipient's key is no point of P-256.
    pub fn encrypt(
        generation: u32,
        recipient: &CurvePoint,
        context: &[u8],
        plain: &SecretBytes,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, CodesError> {
        let refused = |_| CodesError::Ciphertext;
        let ephemeral = CurvePrivateKey::generate(Curve::P256, entropy);
        let point = ephemeral.public().map_err(refused)?;
        let key = message_key(&ephemeral.agree(recipient).map_err(refused)?.x(), &point, recipient)?;
        let ciphertext = plain.expose(|plain| record_cipher::seal(&key, &NONCE, context, plain)).map_err(refused)?;
        Ok(Self { generation, point, ciphertext })
    }

    /// Opens it with the x coordinate that the private key and [`CodeCiphertext::point`] agree on.
    ///
    /// # Errors
    ///
    /// `codes.ciphertext` in another context, under another key, or if an octet was altered.
    pub fn open(&self, context: &[u8], x: &SecretBytes, recipient: &CurvePoint) -> Result<SecretBytes, CodesError> {
        let key = message_key(x, &self.point, recipient)?;
        record_cipher::open(&key, &NONCE, context, &self.ciphertext).map_err(|_| CodesError::Ciphertext)
    }

    /// The octets that are stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        [&[VERSION], self.generation.to_be_bytes().as_slice(), self.point.octets(), &self.ciphertext].concat()
    }

    /// Reads them; a point that is not on the curve never meets the private key.
    ///
    /// # Errors
    ///
    /// `codes.ciphertext`.
    pub fn decode(octets: &[u8]) -> Result<Self, CodesError> {
        let refused = CodesError::Ciphertext;
        let rest = octets.strip_prefix(&[VERSION]).ok_or(refused)?;
        let (generation, rest) = rest.split_first_chunk().ok_or(refused)?;
        let (point, ciphertext) = rest.split_at_checked(POINT_LENGTH).ok_or(refused)?;
        let point = CurvePoint::decode(Curve::P256, point).map_err(|_| refused)?;
        Ok(Self { generation: u32::from_be_bytes(*generation), point, ciphertext: ciphertext.to_vec() })
    }

    /// Which generation of the issuing circuit's key opens it.
    #[must_use]
    pub fn generation(&self) -> u32 {
        self.generation
    }

    /// The ephemeral public key.
    #[must_use]
    pub fn point(&self) -> &CurvePoint {
        &self.point
    }
}

fn message_key(x: &SecretBytes, ephemeral: &CurvePoint, recipient: &CurvePoint) -> Result<SymmetricKey, CodesError> {
    let digest = x.expose(|x| {
        let input = [x, &[0, 0, 0, 1], DOMAIN, ephemeral.octets(), recipient.octets()].concat();
        SecretBytes::new(input).expose(|input| SecretBytes::copy_of(&sha256(input)))
    });
    digest.expose(SymmetricKey::new).map_err(|_| CodesError::Ciphertext)
}

const VERSION: u8 = 1;
const POINT_LENGTH: usize = 65;
const NONCE: [u8; record_cipher::NONCE_LENGTH] = [0; record_cipher::NONCE_LENGTH];
const DOMAIN: &[u8] = b"sigillo/v1/code\0";
