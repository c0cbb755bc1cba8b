//! What the references of a plan stand for, on this line and for one chip.

use std::collections::BTreeMap;

use jiff::civil::Date;
use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_codes::CodeSet;
use sigillo_crypto::Entropy;
use sigillo_keystore::Keystore;
use sigillo_perso::{
    ChipKeys, FileSet, KeyVersion, PersoErrorKind, Resources, chip_files, current_date, document_number,
};
use sigillo_profile::{Content, ObjectName, Profile, SecretName};
use sigillo_seal::Seal;
use sigillo_secret::SecretBytes;

use crate::error::LineError;
use crate::sources::Sources;

/// Keys by the chip's serial, its own files, and the holder's once they are sealed.
pub(crate) struct ChipResources<'r> {
    pub(crate) keys: &'r dyn Keystore,
    pub(crate) entropy: &'r mut dyn Entropy,
    pub(crate) batch: &'r str,
    pub(crate) chip: &'r ChipFiles,
    pub(crate) holder: Option<&'r HolderFiles>,
    pub(crate) sources: Option<&'r Sources>,
    /// The day of the clock.
    pub(crate) today: Date,
}

/// The holder's files, and the seal over them as soon as there is one; beside them what the line adds to them.
pub(crate) struct HolderFiles {
    pub(crate) files: FileSet,
    pub(crate) seal: Option<Seal>,
    pub(crate) certificate: Option<Vec<u8>>,
    pub(crate) cvca: Option<Vec<u8>>,
    /// Until the chip has them.
    pub(crate) codes: Option<CodeSet>,
}

/// Serial, public keys and files of a chip, as far as they are known.
#[derive(Debug)]
pub(crate) struct ChipFiles {
    pub(crate) serial: Option<[u8; 10]>,
    keys: ChipKeys,
    files: BTreeMap<Content, Vec<u8>>,
}

impl ChipFiles {
    /// The files that every chip of a profile has, and those that follow from the public keys of this one.
    pub(crate) fn new(profile: &Profile, keys: ChipKeys) -> Result<Self, LineError> {
        Ok(Self { serial: None, files: chip_files(profile, &keys)?, keys })
    }

    /// Adds a public key that the chip generated.
    pub(crate) fn add_key(&mut self, profile: &Profile, name: &str, public_key: Vec<u8>) -> Result<(), LineError> {
        self.keys.insert(name, public_key);
        self.files = chip_files(profile, &self.keys)?;
        Ok(())
    }

    pub(crate) fn keys(&self) -> &ChipKeys {
        &self.keys
    }

    pub(crate) fn files(&self) -> &BTreeMap<Content, Vec<u8>> {
        &self.files
    }

    pub(crate) fn file(&self, content: Content) -> Option<&[u8]> {
        self.files.get(&content).map(Vec::as_slice)
    }
}

impl HolderFiles {
    fn file(&self, content: Content) -> Option<&[u8]> {
        match content {
            Content::Sod => self.seal.as_ref().map(Seal::ef_sod),
            Content::Certificate => self.certificate.as_deref(),
            Content::Cvca => self.cvca.as_deref(),
            _ => self.files.file(content),
        }
    }
}

/// Lends the digits of a code to the driver.
fn digits(codes: &CodeSet, name: SecretName) -> Option<SecretBytes> {
    match name {
        SecretName::Pin => Some(codes.pin.expose(SecretBytes::copy_of)),
        SecretName::Puk => Some(codes.puk.expose(SecretBytes::copy_of)),
        SecretName::Can => codes.can.as_ref().map(|can| can.expose(SecretBytes::copy_of)),
        SecretName::Mrz => None,
    }
}

impl Resources for ChipResources<'_> {
    fn keys(&mut self, version: KeyVersion) -> Result<KeySet, PersoErrorKind> {
        let serial = self.chip.serial.ok_or(PersoErrorKind::NotProvided("the serial"))?;
        let keys = match version {
            KeyVersion::Transport => self.keys.transport_keys(self.batch, &serial),
            KeyVersion::Formation => self.keys.formation_keys(&serial, version as u8),
        };
        keys.map_err(|_| PersoErrorKind::NotProvided("the key set; is the batch's transport key in the keystore?"))
    }

    fn host_challenge(&mut self) -> [u8; 8] {
        let mut challenge = [0; 8];
        self.entropy.fill(&mut challenge);
        challenge
    }

    fn file(&self, content: Content) -> Option<&[u8]> {
        self.chip.file(content).or_else(|| self.holder?.file(content))
    }

    fn mrz_secret(&self) -> Option<MrzSecret> {
        self.holder.map(|holder| holder.files.mrz_secret())
    }

    fn code(&self, name: SecretName) -> Option<SecretBytes> {
        digits(self.holder?.codes.as_ref()?, name)
    }

    fn object(&self, name: ObjectName) -> Option<Vec<Vec<u8>>> {
        match name {
            ObjectName::CurrentDate => Some(vec![current_date(self.today)?]),
            ObjectName::DocumentNumber => Some(vec![document_number(self.holder?.files.mrz())]),
            ObjectName::InspectionTrustPoints | ObjectName::OfficeTrustPoints => self.sources?.object(name),
        }
    }
}
