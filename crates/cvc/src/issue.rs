//! Making certificates: for tests, and for the offices' own terminals.

use sigillo_crypto::{CryptoError, Entropy};

use crate::body::CertificateBody;
use crate::certificate::CvCertificate;
use crate::date::CvDate;
use crate::error::{CvcError, CvcErrorKind};
use crate::private_key::CvPrivateKey;
use crate::public_key::CvPublicKey;
use crate::reference::HolderReference;
use crate::template::{Chat, Role};

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

/// Signs a body by whatever holds the key.
///
/// Nothing of a chip's rules is judged: what a chip must refuse can be made too.
///
/// # Errors
///
/// `cvc.signer` if the signer refuses, `cvc.public-key` if the key's algorithm has no object identifier.
pub fn sign(
    body: &CertificateBody,
    signer: impl FnOnce(&[u8]) -> Result<Vec<u8>, CryptoError>,
) -> Result<CvCertificate, CvcError> {
    let octets = body.encode()?;
    let signature = signer(&octets).map_err(|error| CvcError::new(CvcErrorKind::Signer(error)))?;
    CvCertificate::new(octets, signature)
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

/// Makes a certificate under an issuer's key: a link if the terms make the holder a root, which then keeps its domain
/// parameters; all others carry none.
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
    let is_root = terms.template.role() == Role::Cvca;
    let body = CertificateBody {
        authority: authority.clone(),
        public_key: if is_root { public_key } else { public_key.without_domain_parameters() },
        holder: terms.holder,
        template: terms.template,
        effective: terms.effective,
        expiration: terms.expiration,
        extensions: None,
    };
    let octets = body.encode()?;
    let signature = key.sign(&octets, entropy)?;
    CvCertificate::new(octets, signature)
}
