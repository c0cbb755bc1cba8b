use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912;
use sha2::Digest;

/// The hash algorithms of ICAO 9303-10 (SHA-224 to SHA-512) and SHA-1, which only old chips and key derivation use.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[allow(missing_docs, reason = "the standard's own names")]
#[non_exhaustive]
pub enum HashAlgorithm {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    /// All of them, weakest first.
    pub const ALL: [Self; 5] = [Self::Sha1, Self::Sha224, Self::Sha256, Self::Sha384, Self::Sha512];

    /// Hashes a message.
    #[must_use]
    pub fn digest(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => sha1::Sha1::digest(message).to_vec(),
            Self::Sha224 => sha2::Sha224::digest(message).to_vec(),
            Self::Sha256 => sha2::Sha256::digest(message).to_vec(),
            Self::Sha384 => sha2::Sha384::digest(message).to_vec(),
            Self::Sha512 => sha2::Sha512::digest(message).to_vec(),
        }
    }

    /// Length of a hash value in octets.
    #[must_use]
    pub const fn output_length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha224 => 28,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The object identifier in certificates and SODs.
    #[must_use]
    pub const fn oid(self) -> ObjectIdentifier {
        match self {
            Self::Sha1 => rfc5912::ID_SHA_1,
            Self::Sha224 => rfc5912::ID_SHA_224,
            Self::Sha256 => rfc5912::ID_SHA_256,
            Self::Sha384 => rfc5912::ID_SHA_384,
            Self::Sha512 => rfc5912::ID_SHA_512,
        }
    }

    /// The algorithm of an object identifier.
    #[must_use]
    pub fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.oid() == oid)
    }

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha224 => "SHA-224",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }
}

/// SHA-256 of a message.
#[must_use]
pub fn sha256(message: &[u8]) -> [u8; 32] {
    sha2::Sha256::digest(message).into()
}

/// SHA-1 of a message: key derivation of ICAO 9303-11 only.
#[must_use]
pub fn sha1(message: &[u8]) -> [u8; 20] {
    sha1::Sha1::digest(message).into()
}

/// SHA-256 of a message that comes in pieces.
#[derive(Clone, Debug, Default)]
pub struct Sha256Stream(sha2::Sha256);

impl Sha256Stream {
    /// Starts an empty message.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a piece.
    pub fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces.
    #[must_use]
    pub fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values_of_abc() {
        // FIPS 180-4 examples.
        for (algorithm, start) in [
            (HashAlgorithm::Sha1, "a9993e36"),
            (HashAlgorithm::Sha224, "23097d22"),
            (HashAlgorithm::Sha256, "ba7816bf"),
            (HashAlgorithm::Sha384, "cb00753f"),
            (HashAlgorithm::Sha512, "ddaf35a1"),
        ] {
            let digest = algorithm.digest(b"abc");
            assert!(hex::encode(&digest).starts_with(start));
            assert_eq!(digest.len(), algorithm.output_length());
            assert_eq!(HashAlgorithm::from_oid(algorithm.oid()), Some(algorithm));
        }
        let mut stream = Sha256Stream::new();
        b"abc".iter().for_each(|octet| stream.update(&[*octet]));
        assert_eq!(stream.finish(), sha256(b"abc"));
        assert_eq!(HashAlgorithm::Sha256.oid().to_string(), "2.16.840.1.101.3.4.2.1");
        assert_eq!(HashAlgorithm::Sha512.oid().to_string(), "2.16.840.1.101.3.4.2.3");
    }
}
