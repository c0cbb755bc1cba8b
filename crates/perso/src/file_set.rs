use std::collections::BTreeMap;

use sigillo_channel::bac::MrzSecret;
use sigillo_crypto::HashAlgorithm;
use sigillo_lds::mrz::Td1;
use sigillo_profile::{Content, FileSpec, Profile};
use sigillo_seal::{Hashed, LdsVersion, Seal};

use crate::error::{PersoError, PersoErrorKind};

/// The files of one holder on one chip, all but EF.SOD; nothing changes in it once it is made.
pub struct FileSet {
    pub(crate) mrz: Td1,
    pub(crate) files: BTreeMap<Content, Vec<u8>>,
}

impl FileSet {
    /// The machine readable zone.
    #[must_use]
    pub fn mrz(&self) -> &Td1 {
        &self.mrz
    }

    /// Hashes every data group by the hash that its document signer signs with.
    ///
    /// # Errors
    ///
    /// A code of `seal`.
    pub fn hash(&self, profile: &Profile, hash: HashAlgorithm) -> Result<Hashed, PersoError> {
        let groups: Vec<(u8, &[u8])> = self
            .files
            .iter()
            .filter_map(|(content, file)| match content {
                Content::DataGroup(number) => Some((*number, file.as_slice())),
                _ => None,
            })
            .collect();
        let version = if profile.lds_version == "1.7" { LdsVersion::V1_7 } else { LdsVersion::V1_8 };
        let hashed = sigillo_seal::prepare(&groups, version, hash);
        hashed.map_err(|error| PersoError::new(PersoErrorKind::Seal(error), "seal"))
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
}

/// Whether the profile's EF.SOD has room for a seal.
///
/// # Errors
///
/// `perso.no-room`, or `perso.profile-row` if the profile has no EF.SOD.
pub fn check_seal(seal: &Seal, profile: &Profile) -> Result<(), PersoError> {
    let row = profile.file_with(Content::Sod).ok_or(PersoError::new(PersoErrorKind::ProfileRow("EF.SOD"), "seal"))?;
    check_room(row, seal.ef_sod()).map_err(|kind| PersoError::new(kind, "seal"))
}

/// Whether a file's row has room for these octets.
pub(crate) fn check_room(row: &FileSpec, file: &[u8]) -> Result<(), PersoErrorKind> {
    let room = usize::from(row.size().unwrap_or(0));
    if file.len() <= room {
        return Ok(());
    }
    Err(PersoErrorKind::NoRoom { file: row.name.clone(), length: file.len(), room })
}

pub(crate) fn check_files(files: &BTreeMap<Content, Vec<u8>>, profile: &Profile) -> Result<(), PersoError> {
    for (content, file) in files {
        let row =
            profile.file_with(*content).ok_or(PersoError::new(PersoErrorKind::ProfileRow("a file"), "prepare"))?;
        check_room(row, file).map_err(|kind| PersoError::new(kind, "prepare"))?;
    }
    Ok(())
}

impl std::fmt::Debug for FileSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileSet({} files, redacted)", self.files.len())
    }
}
