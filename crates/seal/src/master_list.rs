//! CSCA master lists: the certificates of other countries' signing CAs, signed by one that trusts them.

use const_oid::ObjectIdentifier;
use jiff::civil::DateTime;
use sigillo_crypto::SignatureAlgorithm;

use crate::asn1::{Der, INTEGER, SEQUENCE, SET, element};
use crate::error::{SealError, SealErrorKind};
use crate::signed_list::{self, ListKind, UnsignedList};
use crate::signed_message::SignedMessage;
use crate::x509::{Certificate, MASTER_LIST_SIGNING};

/// The content type of a master list: `2.23.136.1.1.2`.
pub const MASTER_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.23.136.1.1.2");

/// A master list, read but not yet trusted.
///
/// | element      | value                                                      |
/// |--------------|------------------------------------------------------------|
/// | content type | `2.23.136.1.1.2`                                           |
/// | version      | 0                                                          |
/// | certificates | SET OF: self-signed and link certificates, none twice      |
///
/// The certificates are left as they came: what of a stranger's list is usable is for
/// [`TrustStore`](crate::x509::TrustStore) to say.
///
/// Spec: `icao-9303-12#master-list`.
#[derive(Clone)]
pub struct MasterList {
    der: Vec<u8>,
    message: SignedMessage,
    certificates: Vec<Vec<u8>>,
}

/// A master list that lacks its signature.
#[derive(Clone, Debug)]
pub struct UnsignedMasterList(UnsignedList);

/// A master list of those certificates, to be signed by a master list signer; `authority` is the CSCA that issued it.
///
/// # Errors
///
/// `seal.master-list` (no certificate, or one twice), `seal.purpose`, `seal.signer-key-usage`, `seal.signer-is-authority`,
/// `seal.signer-usage-period`, `seal.chain-expired`, `seal.chain-not-yet-valid`, and those of
/// [`Certificate::verify_issued_by`].
pub fn prepare_master_list(
    certificates: &[Certificate],
    signer: &Certificate,
    authority: &Certificate,
    signing_time: DateTime,
    algorithm: SignatureAlgorithm,
) -> Result<UnsignedMasterList, SealError> {
    let mut members: Vec<&[u8]> = certificates.iter().map(Certificate::der).collect();
    members.sort_unstable();
    if members.is_empty() || twice(&members) {
        return Err(SealErrorKind::MasterList.into());
    }
    let content = element(SEQUENCE, &[&element(INTEGER, &[&[VERSION]]), &element(SET, &members)]);
    UnsignedList::new(&KIND, content, signer, authority, signing_time, algorithm).map(UnsignedMasterList)
}

impl UnsignedMasterList {
    /// What the master list signer signs.
    #[must_use]
    pub fn to_be_signed(&self) -> &[u8] {
        self.0.to_be_signed()
    }

    /// How it must be signed.
    #[must_use]
    pub const fn algorithm(&self) -> SignatureAlgorithm {
        self.0.algorithm()
    }

    /// Joins the signature (ECDSA in DER), reads the whole list again and verifies it.
    ///
    /// # Errors
    ///
    /// `seal.signature`, or those of [`MasterList::decode`].
    pub fn complete(self, signature: &[u8]) -> Result<MasterList, SealError> {
        let list = MasterList::decode(&self.0.join(signature))?;
        list.message.check()?;
        Ok(list)
    }
}

impl MasterList {
    /// Reads one master list with nothing behind it.
    ///
    /// # Errors
    ///
    /// `seal.too-large`, `seal.master-list`, and those of a signed message (`seal.der` … `seal.signer-certificate`).
    pub fn decode(bytes: &[u8]) -> Result<Self, SealError> {
        let message = signed_list::decode(bytes, &KIND)?;
        let mut outer = Der::new(&message.content);
        let mut fields = outer.descend(SEQUENCE)?;
        outer.finish()?;
        if fields.small_integer()? != VERSION {
            return Err(SealErrorKind::MasterList.into());
        }
        let mut members = fields.descend(SET)?;
        fields.finish()?;
        let mut certificates = Vec::new();
        while let Some(tlv) = members.member(SEQUENCE)? {
            if certificates.len() == MAX_CERTIFICATES {
                return Err(SealErrorKind::MasterList.at(tlv.at));
            }
            certificates.push(tlv.raw.to_vec());
        }
        let mut sorted: Vec<&[u8]> = certificates.iter().map(Vec::as_slice).collect();
        sorted.sort_unstable();
        if sorted.is_empty() || twice(&sorted) {
            return Err(SealErrorKind::MasterList.into());
        }
        Ok(Self { der: bytes.to_vec(), message, certificates })
    }

    /// The bytes as they came.
    #[must_use]
    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The certificates on the list, in DER, in its order.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        &self.certificates
    }

    /// The certificates that came along in the message: the signer's, and mostly its CSCA's.
    #[must_use]
    pub fn enclosed(&self) -> &[Certificate] {
        &self.message.certificates
    }

    /// The certificate of whoever signed the list.
    ///
    /// # Errors
    ///
    /// `seal.signer-certificate`.
    pub fn signer_certificate(&self) -> Result<&Certificate, SealError> {
        self.message.signer_certificate()
    }

    /// Verifies digest, signature, the signer's purpose and its chain at that moment; gives the anchor.
    ///
    /// # Errors
    ///
    /// `seal.message-digest`, `seal.signature`, `seal.purpose`, `seal.signer-key-usage`, `seal.signer-is-authority`,
    /// `seal.chain-unknown-issuer`, `seal.chain-signature`, `seal.chain-expired`, `seal.chain-not-yet-valid`.
    pub fn verify<'a>(&self, anchors: &'a [Certificate], now: DateTime) -> Result<&'a Certificate, SealError> {
        signed_list::verify(&self.message, &KIND, anchors, now)
    }
}

impl std::fmt::Debug for MasterList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MasterList({} certificates, {} bytes)", self.certificates.len(), self.der.len())
    }
}

fn twice(sorted: &[&[u8]]) -> bool {
    sorted.windows(2).any(|pair| matches!(pair, [one, other] if one == other))
}

const KIND: ListKind = ListKind { content_type: MASTER_LIST, signing: MASTER_LIST_SIGNING };
const VERSION: u8 = 0;
/// Many times the certificates of all countries.
const MAX_CERTIFICATES: usize = 0x1000;
