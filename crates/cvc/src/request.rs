use sigillo_crypto::Entropy;
use sigillo_tlv::{Reader, encode, encode_into};

use crate::body::extensions;
use crate::error::{CvcError, CvcErrorKind};
use crate::objects::{
    AUTHENTICATION, AUTHORITY_REFERENCE, BODY, CERTIFICATE, HOLDER_REFERENCE, PROFILE_IDENTIFIER, PROFILE_VERSION_1,
    PUBLIC_KEY, SIGNATURE, expect, optional, profile, single,
};
use crate::private_key::CvPrivateKey;
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::verifying_key::VerifyingKey;

/// A request for a certificate, signed by the key that asks; a successive one is signed by an earlier key, too.
///
/// | tag | content |
/// |---|---|
/// | 67 | authentication, if there is an outer signature |
/// | · 7F21 | the request |
/// | · · 7F4E | 5F29, 42 (optional), 7F49 with domain parameters, 5F20, 65 (optional) |
/// | · · 5F37 | signature by the key inside |
/// | · 42 | whose outer signature it is |
/// | · 5F37 | signature over 7F21 and 42 |
///
/// Spec: `bsi-tr-03110-3#certificate-requests`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct CertificateRequest {
    body: Vec<u8>,
    signature: Vec<u8>,
    authority: Option<HolderReference>,
    key: VerifyingKey,
    holder: HolderReference,
    extensions: Option<Vec<u8>>,
    outer: Option<OuterSignature>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
struct OuterSignature {
    authority: HolderReference,
    signature: Vec<u8>,
}

/// A request that lacks the signature of the key that asks.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UnsignedRequest {
    body: Vec<u8>,
}

impl UnsignedRequest {
    /// Asks for a certificate of a key, which has its domain parameters; `authority` is the key that is expected to sign it.
    ///
    /// # Errors
    ///
    /// `cvc.public-key` if the key's algorithm has no object identifier.
    pub fn new(
        holder: &HolderReference,
        authority: Option<&HolderReference>,
        key: &CvPublicKey,
    ) -> Result<Self, CvcError> {
        let mut content = encode(PROFILE_IDENTIFIER, &[PROFILE_VERSION_1]);
        if let Some(authority) = authority {
            encode_into(&mut content, AUTHORITY_REFERENCE, authority.octets());
        }
        content.extend(key.encode()?);
        encode_into(&mut content, HOLDER_REFERENCE, holder.octets());
        Ok(Self { body: encode(BODY, &content) })
    }

    /// What the key signs that asks: the body, tag 7F4E included.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.body
    }

    /// Adds the signature, which must verify under the key inside; that of an elliptic curve is plain, `r ‖ s`.
    ///
    /// # Errors
    ///
    /// `cvc.signature`, `cvc.domain-parameters`.
    pub fn complete(self, signature: &[u8]) -> Result<CertificateRequest, CvcError> {
        CertificateRequest::of_parts(&self.body, signature)
    }
}

impl CertificateRequest {
    /// Asks for a certificate by a software key; `authority` is the key that is expected to sign it.
    ///
    /// # Errors
    ///
    /// `cvc.signer` if the key is too short for its hash, `cvc.public-key` if its algorithm has no object identifier.
    pub fn new(
        holder: &HolderReference,
        authority: Option<&HolderReference>,
        key: &CvPrivateKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, CvcError> {
        let unsigned = UnsignedRequest::new(holder, authority, &key.public()?)?;
        let signature = key.sign(unsigned.to_be_signed(), entropy)?;
        unsigned.complete(&signature)
    }

    /// Adds the signature of a software key that the authority knows already.
    ///
    /// # Errors
    ///
    /// `cvc.signer` if the key is too short for its hash.
    pub fn countersigned(
        self,
        authority: HolderReference,
        key: &CvPrivateKey,
        entropy: &mut dyn Entropy,
    ) -> Result<Self, CvcError> {
        let signature = key.sign(&self.to_be_countersigned(&authority), entropy)?;
        Ok(self.with_outer_signature(authority, signature))
    }

    /// What a key signs that the authority knows already, under this reference: the request and the reference.
    #[must_use]
    pub fn to_be_countersigned(&self, authority: &HolderReference) -> Vec<u8> {
        let mut octets = self.encode_inner();
        encode_into(&mut octets, AUTHORITY_REFERENCE, authority.octets());
        octets
    }

    /// Adds the outer signature, or takes another; [`Self::verify_outer`] judges it.
    #[must_use]
    pub fn with_outer_signature(mut self, authority: HolderReference, signature: Vec<u8>) -> Self {
        self.outer = Some(OuterSignature { authority, signature });
        self
    }

    /// Reads a request, tag 67 or 7F21 included; the signature of the key inside must verify.
    ///
    /// # Errors
    ///
    /// As [`crate::body::CertificateBody::decode`]; `cvc.domain-parameters` if the key has none, `cvc.signature`.
    pub fn decode(octets: &[u8]) -> Result<Self, CvcError> {
        let mut outermost = Reader::new(octets);
        let Some(authentication) = optional(&mut outermost, AUTHENTICATION)? else {
            return Self::decode_inner(octets);
        };
        outermost.finish()?;
        let mut reader = authentication.reader();
        let mut request = Self::decode_inner(expect(&mut reader, CERTIFICATE)?.raw)?;
        request.outer = Some(OuterSignature {
            authority: HolderReference::decode(expect(&mut reader, AUTHORITY_REFERENCE)?.value)?,
            signature: expect(&mut reader, SIGNATURE)?.value.to_vec(),
        });
        reader.finish()?;
        Ok(request)
    }

    /// Writes it, tag 67 or 7F21 included.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Some(outer) = &self.outer else { return self.encode_inner() };
        let mut content = self.to_be_countersigned(&outer.authority);
        encode_into(&mut content, SIGNATURE, &outer.signature);
        encode(AUTHENTICATION, &content)
    }

    /// Verifies the outer signature with the key that [`Self::countersigner`] names.
    ///
    /// # Errors
    ///
    /// `cvc.signature`, also if there is none.
    pub fn verify_outer(&self, key: &VerifyingKey) -> Result<(), CvcError> {
        let outer = self.outer.as_ref().ok_or(CvcError::new(CvcErrorKind::Signature))?;
        key.verify(&self.to_be_countersigned(&outer.authority), &outer.signature)
    }

    /// Whose outer signature it has.
    #[must_use]
    pub fn countersigner(&self) -> Option<&HolderReference> {
        self.outer.as_ref().map(|outer| &outer.authority)
    }

    /// The key that is expected to sign the certificate.
    #[must_use]
    pub const fn authority(&self) -> Option<&HolderReference> {
        self.authority.as_ref()
    }

    /// The reference of the key.
    #[must_use]
    pub const fn holder(&self) -> &HolderReference {
        &self.holder
    }

    /// The key, with domain parameters.
    #[must_use]
    pub fn public_key(&self) -> CvPublicKey {
        self.key.public_key()
    }

    /// The key as it verifies, with domain parameters.
    #[must_use]
    pub const fn verifying_key(&self) -> &VerifyingKey {
        &self.key
    }

    /// The extensions that are asked for, tag 65 included.
    #[must_use]
    pub fn extensions(&self) -> Option<&[u8]> {
        self.extensions.as_deref()
    }

    fn decode_inner(octets: &[u8]) -> Result<Self, CvcError> {
        let mut reader = single(octets, CERTIFICATE)?.reader();
        let body = expect(&mut reader, BODY)?.raw;
        let signature = expect(&mut reader, SIGNATURE)?.value;
        reader.finish()?;
        Self::of_parts(body, signature)
    }

    fn of_parts(body: &[u8], signature: &[u8]) -> Result<Self, CvcError> {
        let mut reader = single(body, BODY)?.reader();
        profile(&mut reader)?;
        let authority = optional(&mut reader, AUTHORITY_REFERENCE)?;
        let authority = authority.map(|tlv| HolderReference::decode(tlv.value)).transpose()?;
        let key = CvPublicKey::decode(expect(&mut reader, PUBLIC_KEY)?.raw)?;
        let request = Self {
            body: body.to_vec(),
            signature: signature.to_vec(),
            authority,
            key: VerifyingKey::resolve(&key, None)?,
            holder: HolderReference::decode(expect(&mut reader, HOLDER_REFERENCE)?.value)?,
            extensions: extensions(&mut reader)?,
            outer: None,
        };
        reader.finish()?;
        request.key.verify(&request.body, &request.signature)?;
        Ok(request)
    }

    fn encode_inner(&self) -> Vec<u8> {
        let mut content = self.body.clone();
        encode_into(&mut content, SIGNATURE, &self.signature);
        encode(CERTIFICATE, &content)
    }
}
