use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use jiff::civil::{Date, DateTime};
use serde::{Deserialize, Serialize};
use sigillo_crypto::{EcParameters, KeyAlgorithm, PublicKey, SignatureAlgorithm};
use sigillo_cvc::CvDate;
use sigillo_keystore::{KeyEntry, KeyLabel, KeyRole, KeyState, Keystore};

use crate::error::AuthorityError;
use crate::register::Register;

/// An authority with its folder and register, for one occasion.
#[derive(Debug)]
pub struct Office<'a> {
    pub(crate) occasion: Occasion<'a>,
    pub(crate) register: Register,
}

/// By which keys and in whose name something is issued, and when.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever opens an office gives all of it")]
pub struct Occasion<'a> {
    /// The folder `pki/` of the home.
    pub folder: &'a Path,
    /// The keys.
    pub keys: &'a dyn Keystore,
    /// The settings of the home.
    pub settings: &'a Settings,
    /// Explicit parameters as ICAO 9303-12 asks, or the named curve.
    pub parameters: EcParameters,
    /// The operator.
    pub operator: &'a str,
    /// The moment, UTC.
    pub now: DateTime,
}

/// The section `[pki]` of `sigillo.toml`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// What a missing or stale revocation list means.
    pub crl: CrlPolicy,
    /// How many days a revocation list may be used behind its own next update.
    pub crl_grace_days: u16,
    /// Country as X.509 and references of terminals write it: two letters.
    pub country: String,
    /// Country as the MRZ writes it.
    pub mrz_country: String,
    /// Name of the organization.
    pub organization: String,
    /// An e-mail or web address for the alternative names.
    pub contact: String,
    /// Where the revocation lists lie.
    pub crl_addresses: Vec<String>,
}

/// What a missing or stale revocation list means to a check.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CrlPolicy {
    /// It fails.
    Require,
    /// It is said, and does not fail.
    #[default]
    Warn,
}

impl<'a> Office<'a> {
    /// Opens the folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// `pki.file`, `pki.register`.
    pub fn open(occasion: Occasion<'a>) -> Result<Self, AuthorityError> {
        for folder in [occasion.folder, &occasion.folder.join(CERTIFICATES), &occasion.folder.join(CRLS)] {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
            made.map_err(|error| AuthorityError::file(folder, &error))?;
        }
        let register = Register::open(occasion.folder)?;
        Ok(Self { occasion, register })
    }

    /// Takes up again what [`Office::close`] gave, for another occasion in the same folder: a register of a hundred thousand
    /// lines is not read for each certificate of a day.
    #[must_use]
    pub const fn take_up(occasion: Occasion<'a>, register: Register) -> Self {
        Self { occasion, register }
    }

    /// Ends the occasion and leaves its register to the next.
    #[must_use]
    pub fn close(self) -> Register {
        self.register
    }

    /// What was issued and revoked here.
    #[must_use]
    pub const fn register(&self) -> &Register {
        &self.register
    }

    /// The newest key of a role that serves, or the one that is named.
    ///
    /// # Errors
    ///
    /// `pki.no-key` if there is none.
    pub fn key(&self, role: KeyRole, named: Option<&KeyLabel>) -> Result<KeyLabel, AuthorityError> {
        if let Some(named) = named {
            return Ok(named.clone());
        }
        let of_role = |key: &KeyEntry| key.label.role() == role && key.state == KeyState::Active;
        let newest = self.occasion.keys.keys().into_iter().filter(of_role).map(|key| key.label).max();
        newest.ok_or_else(|| AuthorityError::NoKey { role: role.name() })
    }

    /// The public half of a key.
    pub(crate) fn public_key(&self, label: &KeyLabel) -> Result<PublicKey, AuthorityError> {
        Ok(self.occasion.keys.public_key(label)?)
    }

    /// How a key of ours signs.
    pub(crate) fn algorithm(&self, label: &KeyLabel, key: &PublicKey) -> Result<SignatureAlgorithm, AuthorityError> {
        let algorithm =
            KeyAlgorithm::of(key).ok_or_else(|| AuthorityError::VerifiesOnly { label: label.to_string() })?;
        Ok(SignatureAlgorithm::for_key(algorithm))
    }

    pub(crate) fn sign(
        &self,
        label: &KeyLabel,
        algorithm: SignatureAlgorithm,
        message: &[u8],
    ) -> Result<Vec<u8>, AuthorityError> {
        Ok(self.occasion.keys.sign(label, algorithm, message)?)
    }

    /// The moment as the register writes it.
    pub(crate) fn moment(&self) -> String {
        format!("{}Z", self.occasion.now)
    }

    /// Keeps a certificate or list in the folder under a name that no other has.
    pub(crate) fn keep(&self, folder: &str, name: &str, octets: &[u8]) -> Result<PathBuf, AuthorityError> {
        let path = self.occasion.folder.join(folder).join(name);
        sigillo_keystore::write_new(&path, octets, 0o644).map_err(|error| AuthorityError::file(&path, &error))?;
        Ok(path)
    }

    /// The files of a folder with this ending, in the order of their names.
    pub(crate) fn kept(&self, folder: &str, ending: &str) -> Result<Vec<(String, Vec<u8>)>, AuthorityError> {
        kept(&self.occasion.folder.join(folder), ending)
    }
}

/// The files of a folder with this ending, in the order of their names; none of a folder that is not there.
pub(crate) fn kept(folder: &Path, ending: &str) -> Result<Vec<(String, Vec<u8>)>, AuthorityError> {
    let failed = |error: &io::Error| AuthorityError::file(folder, error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(|error| failed(&error))?,
    };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| failed(&error))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(ending) {
            files.push((name, fs::read(&path).map_err(|error| AuthorityError::file(&path, &error))?));
        }
    }
    files.sort();
    Ok(files)
}

/// A day of the calendar in the form of certificates of terminals.
pub(crate) fn cv_date(date: Date) -> Result<CvDate, AuthorityError> {
    let part = |value: i8| u8::try_from(value).unwrap_or_default();
    Ok(CvDate::new(u16::try_from(date.year()).unwrap_or_default(), part(date.month()), part(date.day()))?)
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            crl: CrlPolicy::default(),
            crl_grace_days: 0,
            country: "IT".to_owned(),
            mrz_country: "ITA".to_owned(),
            organization: "Sigillo".to_owned(),
            contact: "csca@example.invalid".to_owned(),
            crl_addresses: vec!["https://csca.example.invalid/ITA.crl".to_owned()],
        }
    }
}

pub(crate) const CERTIFICATES: &str = "certificates";
pub(crate) const CRLS: &str = "crls";
