//! A document whose files were given by hand: data groups in, EF.SOD out, without a chip.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use sigillo_crypto::sha256;
use sigillo_keystore::Keystore;
use sigillo_seal::passive::{self, Outcome};
use sigillo_seal::x509::Certificate;
use sigillo_seal::{Hashed, LdsVersion, Seal, SignerCertificate, VerificationPolicy};
use sigillo_store::DocumentSeal;

use crate::error::LineError;
use crate::sealer::{SealFor, Sealable, Sealed, Sealer};

/// Data groups by number, each a whole file.
pub type Groups = BTreeMap<u8, Vec<u8>>;

/// A document to be sealed by hand. Its files are read twice: the seal is verified against the second reading, so that what
/// changed in between is never released.
pub struct HandDocument<'d> {
    groups: Groups,
    lds_version: LdsVersion,
    read: &'d dyn Fn() -> Result<Groups, LineError>,
}

impl<'d> HandDocument<'d> {
    /// Reads the files.
    ///
    /// # Errors
    ///
    /// Of `read`.
    pub fn new(lds_version: LdsVersion, read: &'d dyn Fn() -> Result<Groups, LineError>) -> Result<Self, LineError> {
        Ok(Self { groups: read()?, lds_version, read })
    }

    /// The data groups, as they were read first.
    #[must_use]
    pub fn groups(&self) -> &Groups {
        &self.groups
    }

    /// What the register knows the document by: a digest over every group's number and hash that only this keystore can make.
    ///
    /// # Errors
    ///
    /// Of the keystore.
    pub fn reference(&self, keys: &dyn Keystore) -> Result<[u8; 32], LineError> {
        let mut text = format!("sigillo/v1/document {:?}", self.lds_version);
        for (number, file) in &self.groups {
            text += &format!(" {number}:{}", hex::encode(sha256(file)));
        }
        Ok(keys.reference_digest(&text)?)
    }
}

impl Sealer<'_> {
    /// Seals a document given by hand.
    ///
    /// # Errors
    ///
    /// As [`Sealer::seal`]; `line.not-released` with the first check that failed, `keystore.…`.
    pub fn seal_document(&mut self, document: &HandDocument<'_>) -> Result<Sealed, LineError> {
        let reference = document.reference(self.keys)?;
        self.seal(SealFor::Document(reference), document)
    }

    /// Judges a seal that a document has already, by the anchors of the keystore.
    ///
    /// # Errors
    ///
    /// `line.not-released` with the first check that failed.
    pub fn judge_document(&self, document: &HandDocument<'_>, ef_sod: &[u8]) -> Result<(), LineError> {
        judge(ef_sod, self.keys.csca_certificates(), &document.groups, self.now())
    }

    /// The seals that a document has had already.
    ///
    /// # Errors
    ///
    /// Of register or keystore.
    pub fn seals_of(&self, document: &HandDocument<'_>) -> Result<Vec<DocumentSeal>, LineError> {
        Ok(self.store.seals_of_document(document.reference(self.keys)?)?)
    }
}

impl Sealable for HandDocument<'_> {
    fn hash(&self, signer: &SignerCertificate) -> Result<Hashed, LineError> {
        Ok(sigillo_seal::prepare(&borrowed(&self.groups), self.lds_version, signer.algorithm().hash())?)
    }

    fn check(&self, seal: &Seal, signer: &SignerCertificate, now: DateTime) -> Result<(), LineError> {
        let again = (self.read)()?;
        judge(seal.ef_sod(), std::slice::from_ref(signer.anchor()), &again, now)
    }
}

impl std::fmt::Debug for HandDocument<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HandDocument").field("groups", &self.groups.keys()).finish_non_exhaustive()
    }
}

/// What a border would find: nothing may fail, and no group may be missing.
fn judge(ef_sod: &[u8], trust: &[Certificate], groups: &Groups, now: DateTime) -> Result<(), LineError> {
    for check in passive::verify(ef_sod, trust, &borrowed(groups), now, &VerificationPolicy::default()) {
        let code = match check.outcome {
            Outcome::Failed { code } => code,
            Outcome::NotRun { why: why @ "not-read" } if check.name.starts_with("dg") => why,
            _ => continue,
        };
        return Err(LineError::NotReleased { check: check.name, code: code.to_owned() });
    }
    Ok(())
}

fn borrowed(groups: &Groups) -> Vec<(u8, &[u8])> {
    groups.iter().map(|(number, file)| (*number, file.as_slice())).collect()
}
