/// How a stranger's signed message departs from ICAO 9303-10 or RFC 5652 without being any less true.
///
/// What is signed is found, and verifies: these are notes, not refusals.
///
/// | name | what was found |
/// |---|---|
/// | `ber` | lengths or octet strings that are BER, but not DER; what is signed is their DER |
/// | `cms-version` | signed data or signer information of another version than its content asks for |
/// | `digest-algorithm-unlisted` | the message does not list the signer's hash algorithm |
/// | `issuer-encoded-otherwise` | the issuer's name differs from the certificate's in types of strings or in case |
/// | `attributes-missing` | no signed attributes: the signature is over the content itself |
/// | `attributes-unsorted` | signed attributes in another order than DER's |
/// | `signature-algorithm-of-key` | the signature's algorithm is `id-ecPublicKey`; the hash is the message digest's |
///
/// Spec: `rfc-5652#signed-data`, `icao-9303-10#ef-sod`.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[allow(missing_docs, reason = "named in the table")]
#[non_exhaustive]
pub enum Irregularity {
    Ber,
    CmsVersion,
    DigestAlgorithmUnlisted,
    IssuerEncodedOtherwise,
    AttributesMissing,
    AttributesUnsorted,
    SignatureAlgorithmOfKey,
}

impl Irregularity {
    /// The stable name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ber => "ber",
            Self::CmsVersion => "cms-version",
            Self::DigestAlgorithmUnlisted => "digest-algorithm-unlisted",
            Self::IssuerEncodedOtherwise => "issuer-encoded-otherwise",
            Self::AttributesMissing => "attributes-missing",
            Self::AttributesUnsorted => "attributes-unsorted",
            Self::SignatureAlgorithmOfKey => "signature-algorithm-of-key",
        }
    }
}
