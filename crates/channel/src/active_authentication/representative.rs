//! What an RSA signature with message recovery carries, as both ends lay it out.
//!
//! | octets | content |
//! |---|---|
//! | 1 | 6A, partial recovery |
//! | n | M1, the recoverable part of the message, as much as fits |
//! | h | hash of M1 ‖ M2 |
//! | 1 or 2 | trailer, which names the hash |
//!
//! Spec: `iso-9796-2#scheme-1`.

use sigillo_crypto::HashAlgorithm;

/// The first octet under partial recovery.
pub(super) const HEADER: u8 = 0x6A;

/// Trailers and the hashes they name.
const TRAILERS: [(&[u8], HashAlgorithm); 5] = [
    (&[0xBC], HashAlgorithm::Sha1),
    (&[0x34, 0xCC], HashAlgorithm::Sha256),
    (&[0x35, 0xCC], HashAlgorithm::Sha512),
    (&[0x36, 0xCC], HashAlgorithm::Sha384),
    (&[0x38, 0xCC], HashAlgorithm::Sha224),
];

/// The trailer of a hash; `None` for one that has none here.
pub(super) fn trailer(hash: HashAlgorithm) -> Option<&'static [u8]> {
    TRAILERS.into_iter().find(|(_, of)| *of == hash).map(|(trailer, _)| trailer)
}

/// The hash that the trailer names, and what stands before it.
pub(super) fn before_trailer(representative: &[u8]) -> Option<(HashAlgorithm, &[u8])> {
    TRAILERS.into_iter().find_map(|(trailer, hash)| Some((hash, representative.strip_suffix(trailer)?)))
}
