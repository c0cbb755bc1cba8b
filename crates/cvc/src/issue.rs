//! Making certificates: by software keys for tests, and in two steps where the key lies elsewhere.
//!
//! Nothing of a chip's rules is judged here: what a chip must refuse can be made too. [`crate::policy::check`] judges.

use sigillo_crypto::Entropy;

use crate::body::CertificateBody;
use crate::certificate::CvCertificate;
use crate::date::CvDate;
use crate::error::CvcError;
use crate::private_key::CvPrivateKey;
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::template::{Chat, Role};
use crate::verifying_key::VerifyingKey;

/// What an issuer decides about a key.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Terms {
    /// The reference of the key.
    pub holder: HolderReference,
    /// What the key is for.
    pub template: Chat,
    /// The first day.
    pub effective: CvDate,
    /// The last day.
    pub expiration: CvDate,
}

/// A certificate that lacks its signature.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unsigned {
    body: Vec<u8>,
}

/// Prepares a certificate under an issuer's key: a link if the terms make the holder a root, which then keeps its domain
/// parameters; all others carry none. A first root names itself as the issuer.
///
/// # Errors
///
/// `cvc.public-key` if the key's algorithm has no object identifier.
pub fn prepare(terms: Terms, public_key: CvPublicKey, authority: &HolderReference) -> Result<Unsigned, CvcError> {
    let is_root = terms.template.role() == Role::Cvca;
    Unsigned::of(&CertificateBody {
        authority: authority.clone(),
        public_key: if is_root { public_key } else { public_key.without_domain_parameters() },
        holder: terms.holder,
        template: terms.template,
        effective: terms.effective,
        expiration: terms.expiration,
        extensions: None,
    })
}

impl Unsigned {
    /// Takes a body as it is, whatever it says.
    ///
    /// # Errors
    ///
    /// `cvc.public-key` if the key's algorithm has no object identifier.
    pub fn of(body: &CertificateBody) -> Result<Self, CvcError> {
        Ok(Self { body: body.encode()? })
    }

    /// What the issuer signs: the body, tag 7F4E included.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        &self.body
    }

    /// Adds the signature, which must verify under the issuer's key; that of an elliptic curve is plain, `r ‖ s`
    /// ([`VerifyingKey::plain_signature`]).
    ///
    /// # Errors
    ///
    /// `cvc.signature`.
    pub fn complete(self, signature: Vec<u8>, issuer: &VerifyingKey) -> Result<CvCertificate, CvcError> {
        let certificate = CvCertificate::new(self.body, signature)?;
        certificate.verify(issuer)?;
        Ok(certificate)
    }
}

/// Makes the certificate of a first root, signed by its own key.
///
/// # Errors
///
/// As [`issue`].
pub fn self_signed(terms: Terms, key: &CvPrivateKey, entropy: &mut dyn Entropy) -> Result<CvCertificate, CvcError> {
    let (authority, public_key) = (terms.holder.clone(), key.public()?);
    issue(terms, public_key, &authority, key, entropy)
}

/// Makes a certificate as [`prepare`] says, by an issuer's software key.
///
/// # Errors
///
/// `cvc.signer` if the key is too short for its hash, `cvc.public-key` if an algorithm has no object identifier.
pub fn issue(
    terms: Terms,
    public_key: CvPublicKey,
    authority: &HolderReference,
    key: &CvPrivateKey,
    entropy: &mut dyn Entropy,
) -> Result<CvCertificate, CvcError> {
    let unsigned = prepare(terms, public_key, authority)?;
    let signature = key.sign(unsigned.to_be_signed(), entropy)?;
    CvCertificate::new(unsigned.body, signature)
}
