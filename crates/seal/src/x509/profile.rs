use sigillo_crypto::EcParameters;

use super::name::SubjectName;
use super::period::Period;

/// What the issuer decides about one certificate.
///
/// Spec: `icao-9303-12#certificate-profile`.
#[derive(Clone, Debug)]
pub struct CertificateProfile {
    /// The holder of the key.
    pub subject: SubjectName,
    /// A number that this issuer never used before.
    pub serial_number: SerialNumber,
    /// When the certificate is valid.
    pub valid: Period,
    /// When the private key may be used; inside the validity.
    pub private_key_usage: Period,
    /// Explicit parameters as ICAO 9303-12 asks, or the named curve; without meaning for RSA.
    pub parameters: EcParameters,
    /// How to reach the subject: an e-mail address, or a web address (`http:`, `https:`).
    pub contact: String,
    /// Where the revocation list lies (`http:`, `https:` or `ldap:`); at least one address.
    pub crl_addresses: Vec<String>,
}

/// A serial number of exactly 16 octets, positive.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SerialNumber([u8; 16]);

impl SerialNumber {
    /// Makes 16 random octets a positive number of exactly 16 octets: the two highest bits become 01.
    #[must_use]
    pub fn from_random(mut octets: [u8; 16]) -> Self {
        if let Some(first) = octets.first_mut() {
            *first = *first & 0x3F | 0x40;
        }
        Self(octets)
    }

    /// The content octets of the INTEGER.
    #[must_use]
    pub fn octets(&self) -> &[u8] {
        &self.0
    }
}
