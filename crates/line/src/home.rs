//! The home: one folder with the configuration, the keys, the register, the chips and the reports of a deployment.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};
use sigillo_authority::{Revocations, Settings};
use sigillo_crypto::Backend;
use sigillo_issuance::retention::Schedule;
use sigillo_keystore::Mode;
use sigillo_profile::{Check, Profile, embedded};
use sigillo_seal::x509::Certificate;
use sigillo_store::{Database, StoreError};

use crate::error::LineError;
use crate::office::{OfficeSettings, test_office};
use crate::printer::{Printer, PrinterSettings, patience};

/// A home that exists and whose configuration was read.
///
/// | entry          | content                                            |
/// |----------------|----------------------------------------------------|
/// | `sigillo.toml` | mode, profile, and how certificates are issued and revocations judged |
/// | `profiles/`    | profiles as TOML                                   |
/// | `keys/`        | the software keystore                              |
/// | `pki/`         | certificates, revocation lists, what was issued    |
/// | `sigillo.db`   | register, stock, journal, trace, unless `[store]` names a database |
/// | `chips/`       | images of virtual chips, marked TEST, by batch     |
/// | `printer/`     | the TEST printer of a home in test mode            |
/// | `lots/` `reports/` | what came in, what goes out                    |
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
    configuration: Configuration,
    profile: Profile,
    /// Read when they are asked for first.
    revocations: OnceLock<Revocations>,
}

/// A home that one program changes.
#[derive(Debug)]
pub struct HomeLock {
    _file: File,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Configuration {
    mode: ConfiguredMode,
    profile: String,
    #[serde(default)]
    pki: Settings,
    #[serde(default)]
    keystore: KeystoreSettings,
    #[serde(default)]
    retention: Schedule,
    #[serde(skip_serializing_if = "Option::is_none")]
    printer: Option<PrinterSettings>,
    #[serde(skip_serializing_if = "Option::is_none")]
    office: Option<OfficeSettings>,
    #[serde(default)]
    store: StoreSettings,
    #[serde(default)]
    exchange: ExchangeSettings,
}

/// How lots come in.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct ExchangeSettings {
    /// Whether plain files are taken in production too, not only partners' messages.
    #[serde(default)]
    plain_lots: bool,
}

/// Where the register is, if not in the home.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct StoreSettings {
    /// `postgresql:///NAME?host=/run/…`, without a password.
    database: Option<String>,
}

/// Where the key store's passphrase or PIN lies, if not at the prompt, and which library signs and verifies.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct KeystoreSettings {
    /// A private file (0600); relative to the home.
    secret_file: Option<PathBuf>,
    /// `pure` (the default) or `aws-lc`.
    backend: Option<String>,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
enum ConfiguredMode {
    Test,
    Production,
}

impl Home {
    /// Makes the folders, the configuration and the embedded profiles; nothing that exists is overwritten. The register is to be
    /// in `database`, a URL of a server's, or in the home. In test mode a profile that asks for print gets the TEST printer,
    /// which needs `python3` and prints into a folder.
    ///
    /// # Errors
    ///
    /// `line.home-exists` if there is a configuration already, `line.profile-unknown`, `line.test-profile` for a TEST
    /// profile in production mode, `line.file`, `store.address`, `store.remote-server`, `store.password-in-address`.
    pub fn create(root: &Path, mode: Mode, profile: &str, database: Option<&str>) -> Result<Self, LineError> {
        if root.join(CONFIGURATION).exists() {
            return Err(LineError::HomeExists { home: root.to_owned() });
        }
        let parsed = Profile::parse(embedded(profile).ok_or(LineError::ProfileUnknown(profile.to_owned()))?)?;
        check_profile(mode, &parsed)?;
        database.map(Database::postgresql).transpose()?;
        for folder in ["", "profiles", "keys", "pki", "lots", "chips", "reports"] {
            let path = root.join(folder);
            fs::DirBuilder::new()
                .recursive(true)
                .mode(0o700)
                .create(&path)
                .map_err(|error| LineError::file(&path, &error))?;
        }
        for (name, text) in sigillo_profile::EMBEDDED {
            write_new_private(&root.join("profiles").join(format!("{name}.toml")), text.as_bytes())?;
        }
        let configuration = Configuration {
            mode: ConfiguredMode::from(mode),
            profile: profile.to_owned(),
            pki: Settings::default(),
            keystore: KeystoreSettings::default(),
            retention: Schedule::default(),
            printer: (mode == Mode::Test && parsed.insists_on(Check::Print)).then(test_printer),
            office: (mode == Mode::Test && parsed.insists_on(Check::Codes)).then(test_office),
            store: StoreSettings { database: database.map(str::to_owned) },
            exchange: ExchangeSettings::default(),
        };
        if configuration.printer.is_some() {
            let folder = root.join("printer");
            fs::DirBuilder::new().mode(0o700).create(&folder).map_err(|error| LineError::file(&folder, &error))?;
            write_new_private(&root.join(TEST_PRINTER), include_bytes!("../../../demo/test_printer.py"))?;
        }
        let text = toml::to_string(&configuration).map_err(|error| LineError::Configuration(error.to_string()))?;
        // Last: a home without its configuration is no home, and can be made again.
        write_new_private(&root.join(CONFIGURATION), text.as_bytes())?;
        Self::open(root)
    }

    /// Reads the configuration and the profile it names.
    ///
    /// # Errors
    ///
    /// `line.no-home`, `line.configuration`, `line.test-profile`, `line.file`, or a code of `profile`.
    pub fn open(root: &Path) -> Result<Self, LineError> {
        let path = root.join(CONFIGURATION);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(LineError::NoHome { home: root.to_owned() });
            }
            text => text.map_err(|error| LineError::file(&path, &error))?,
        };
        let configuration: Configuration =
            toml::from_str(&text).map_err(|error| LineError::Configuration(error.message().to_owned()))?;
        if let Some(unknown) = configuration.keystore.backend.as_deref().filter(|name| Backend::parse(name).is_none()) {
            return Err(LineError::Configuration(format!("[keystore] backend is pure or aws-lc, not {unknown}")));
        }
        let path = root.join("profiles").join(format!("{}.toml", configuration.profile));
        let text = fs::read_to_string(&path).map_err(|error| LineError::file(&path, &error))?;
        let profile = Profile::parse(&text)?;
        let home = Self { root: root.to_owned(), configuration, profile, revocations: OnceLock::new() };
        check_profile(home.mode(), &home.profile)?;
        Ok(home)
    }

    /// `test` or `production`: what test keys and TEST profiles may do is decided by this at run time.
    #[must_use]
    pub fn mode(&self) -> Mode {
        match self.configuration.mode {
            ConfiguredMode::Test => Mode::Test,
            ConfiguredMode::Production => Mode::Production,
        }
    }

    /// Whether lots may come as plain files: always in test mode, in production if `sigillo.toml` says so.
    #[must_use]
    pub fn takes_plain_lots(&self) -> bool {
        self.mode() == Mode::Test || self.configuration.exchange.plain_lots
    }

    /// Takes the home for one program that changes something in it; it is free again when the lock is dropped or the
    /// program ends, however it ends.
    ///
    /// # Errors
    ///
    /// `line.home-busy` if another program holds it, `line.file`.
    pub fn lock(&self) -> Result<HomeLock, LineError> {
        let path = self.root.join(CONFIGURATION);
        let file = File::open(&path).map_err(|error| LineError::file(&path, &error))?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(HomeLock { _file: file }),
            Err(_) => Err(LineError::HomeBusy { home: self.root.clone() }),
        }
    }

    /// The profile in force.
    #[must_use]
    pub fn profile(&self) -> &Profile {
        &self.profile
    }

    /// The folder of the software keystore.
    #[must_use]
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The folder of certificates, revocation lists and what was issued.
    #[must_use]
    pub fn pki(&self) -> PathBuf {
        self.root.join("pki")
    }

    /// How certificates are issued and revocations judged.
    #[must_use]
    pub fn pki_settings(&self) -> &Settings {
        &self.configuration.pki
    }

    /// The private file with the key store's passphrase or PIN, if the configuration names one.
    #[must_use]
    pub fn secret_file(&self) -> Option<PathBuf> {
        self.configuration.keystore.secret_file.as_ref().map(|file| self.root.join(file))
    }

    /// The library that signs with keys in files, and verifies every seal before its release.
    #[must_use]
    pub fn backend(&self) -> Backend {
        self.configuration.keystore.backend.as_deref().and_then(Backend::parse).unwrap_or_default()
    }

    /// What is revoked, as the home knows it: read and verified once, under these anchors.
    ///
    /// # Errors
    ///
    /// `pki.file`, or a code of `seal` for a certificate that cannot be read.
    pub fn revocations(&self, anchors: &[Certificate]) -> Result<&Revocations, LineError> {
        if let Some(read) = self.revocations.get() {
            return Ok(read);
        }
        let read = Revocations::open(&self.pki(), anchors, self.pki_settings())?;
        Ok(self.revocations.get_or_init(|| read))
    }

    /// Where the register is: a file of the home, unless the configuration names a server's database.
    ///
    /// # Errors
    ///
    /// `store.address`, `store.remote-server`, `store.password-in-address`.
    pub fn database(&self) -> Result<Database, StoreError> {
        match &self.configuration.store.database {
            Some(url) => Database::postgresql(url),
            None => Ok(Database::Sqlite(self.root.join("sigillo.db"))),
        }
    }

    /// The machine that prints cards, if the configuration names one.
    pub(crate) fn printer(&self) -> Option<Printer> {
        let settings = self.configuration.printer.clone()?;
        Some(Printer { settings, folder: self.root.clone() })
    }

    /// The office that hands permits over, if the configuration names one.
    #[must_use]
    pub fn office(&self) -> Option<&OfficeSettings> {
        self.configuration.office.as_ref()
    }

    /// For how long each part of a record is kept.
    #[must_use]
    pub fn retention(&self) -> &Schedule {
        &self.configuration.retention
    }

    /// The folder that each run leaves a checkpoint of the trace in.
    #[must_use]
    pub fn checkpoints(&self) -> PathBuf {
        self.root.join("checkpoints")
    }

    /// The folder of virtual chips.
    #[must_use]
    pub fn chips(&self) -> PathBuf {
        self.root.join("chips")
    }

    /// The folder of reports.
    #[must_use]
    pub fn reports(&self) -> PathBuf {
        self.root.join("reports")
    }
}

/// Writes a new file of mode 0600 and makes it durable, its name too; a file that exists is never overwritten.
///
/// # Errors
///
/// `line.file`.
pub fn write_new_private(path: &Path, bytes: &[u8]) -> Result<(), LineError> {
    sigillo_keystore::write_new(path, bytes, 0o600).map_err(|error| LineError::file(path, &error))
}

fn check_profile(mode: Mode, profile: &Profile) -> Result<(), LineError> {
    if profile.test && mode == Mode::Production {
        return Err(LineError::TestProfile(profile.name.clone()));
    }
    Ok(())
}

impl From<Mode> for ConfiguredMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Test => Self::Test,
            Mode::Production => Self::Production,
        }
    }
}

fn test_printer() -> PrinterSettings {
    let command = ["python3", TEST_PRINTER, "printed"].map(str::to_owned).to_vec();
    PrinterSettings { command, seconds: patience() }
}

const CONFIGURATION: &str = "sigillo.toml";
const TEST_PRINTER: &str = "printer/test_printer.py";
