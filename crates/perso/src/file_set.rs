use std::collections::BTreeMap;

use sigillo_channel::bac::MrzSecret;
use sigillo_lds::mrz::Td1;
use sigillo_profile::{Content, Profile};
use sigillo_seal::{Hashed, LdsVersion, Seal};

use crate::{PersoError, PersoErrorKind};

/// The files of one holder on one chip, before the seal.
pub struct FileSet {
    pub(crate) mrz: Td1,
    pub(crate) files: BTreeMap<Content, Vec<u8>>,
}

/// The files of one holder on one chip, with the seal that was verified over them: from here nothing changes.
pub struct SealedFileSet {
    mrz: Td1,
    files: BTreeMap<Content, Vec<u8>>,
    sod_digest: [u8; 32],
}

impl FileSet {
    /// The machine readable zone.
    #[must_use]
    pub fn mrz(&self) -> &Td1 {
        &self.mrz
    }

    /// Hashes every data group.
    ///
    /// # Errors
    ///
    /// A code of `seal`.
    pub fn hash(&self, profile: &Profile) -> Result<Hashed, PersoError> {
        let groups: Vec<(u8, &[u8])> = self
            .files
            .iter()
            .filter_map(|(content, file)| match content {
                Content::DataGroup(number) => Some((*number, file.as_slice())),
                _ => None,
            })
            .collect();
        let version = if profile.lds_version == "1.7" { LdsVersion::V1_7 } else { LdsVersion::V1_8 };
        sigillo_seal::prepare(&groups, version).map_err(|error| PersoError::new(PersoErrorKind::Seal(error), "seal"))
    }

    /// Joins the files and the seal over their hashes.
    ///
    /// # Errors
    ///
    /// `perso.no-room` if the seal is longer than the profile's EF.SOD, `perso.profile-row` if it has none.
    pub fn with_seal(mut self, seal: &Seal, profile: &Profile) -> Result<SealedFileSet, PersoError> {
        self.files.insert(Content::Sod, seal.ef_sod().to_vec());
        check_room(&self.files, profile)?;
        Ok(SealedFileSet { mrz: self.mrz, files: self.files, sod_digest: seal.digest() })
    }
}

impl SealedFileSet {
    /// The machine readable zone.
    #[must_use]
    pub fn mrz(&self) -> &Td1 {
        &self.mrz
    }

    /// What opens Basic Access Control.
    #[must_use]
    pub fn mrz_secret(&self) -> MrzSecret {
        MrzSecret::from_mrz_information(&self.mrz.mrz_information())
    }

    /// A file's octets.
    #[must_use]
    pub fn file(&self, content: Content) -> Option<&[u8]> {
        self.files.get(&content).map(Vec::as_slice)
    }

    /// Every file, in the order of the contents.
    pub fn files(&self) -> impl Iterator<Item = (Content, &[u8])> {
        self.files.iter().map(|(content, file)| (*content, file.as_slice()))
    }

    /// SHA-256 of EF.SOD: with the serial it names the card in the register.
    #[must_use]
    pub fn sod_digest(&self) -> [u8; 32] {
        self.sod_digest
    }
}

pub(crate) fn check_room(files: &BTreeMap<Content, Vec<u8>>, profile: &Profile) -> Result<(), PersoError> {
    for (content, file) in files {
        let row =
            profile.file_with(*content).ok_or(PersoError::new(PersoErrorKind::ProfileRow("a file"), "prepare"))?;
        let room = usize::from(row.size().unwrap_or(0));
        if file.len() > room {
            let kind = PersoErrorKind::NoRoom { file: row.name.clone(), length: file.len(), room };
            return Err(PersoError::new(kind, "prepare"));
        }
    }
    Ok(())
}

impl std::fmt::Debug for FileSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileSet({} files, redacted)", self.files.len())
    }
}

impl std::fmt::Debug for SealedFileSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealedFileSet({} files, redacted)", self.files.len())
    }
}
