//! Where a step's references become octets: just before the command is made.

use sigillo_channel::bac::MrzSecret;
use sigillo_channel::scp03::KeySet;
use sigillo_profile::{Content, FileSpec, ObjectName, Profile, SecretName};
use sigillo_secret::SecretBytes;
use zeroize::Zeroizing;

use crate::driver::PersoDriver;
use crate::error::{PersoError, PersoErrorKind};
use crate::file_set::check_room;
use crate::plan::{Act, KeyVersion, PlanStep, Target};

/// What a plan's references stand for.
pub trait Resources {
    /// The chip's key set of a version.
    ///
    /// # Errors
    ///
    /// Of the keystore, as the plan's refusal.
    fn keys(&mut self, version: KeyVersion) -> Result<KeySet, PersoErrorKind>;

    /// Eight random octets.
    fn host_challenge(&mut self) -> [u8; 8];

    /// The octets of a file.
    fn file(&self, content: Content) -> Option<&[u8]>;

    /// What opens the public protocols.
    fn mrz_secret(&self) -> Option<MrzSecret>;

    /// The digits of a code: CAN, PIN or PUK.
    fn code(&self, _name: SecretName) -> Option<SecretBytes> {
        None
    }

    /// What a public data object is set to, one PUT DATA after the other.
    fn object(&self, _name: ObjectName) -> Option<Vec<Vec<u8>>> {
        None
    }
}

impl PersoDriver {
    /// Asks the driver for what a step does on the chip; `false` if the step does nothing there.
    ///
    /// # Errors
    ///
    /// `perso.not-provided` for a reference that stands for nothing, `perso.profile-row` for a file that the profile lacks,
    /// `perso.no-room` for one that is longer than its row.
    pub fn ask(
        &mut self,
        step: &PlanStep,
        profile: &Profile,
        resources: &mut dyn Resources,
    ) -> Result<bool, PersoError> {
        self.resolve(step, profile, resources).map_err(|kind| PersoError::new(kind, &step.id))
    }

    fn resolve(
        &mut self,
        step: &PlanStep,
        profile: &Profile,
        resources: &mut dyn Resources,
    ) -> Result<bool, PersoErrorKind> {
        let id = step.id.as_str();
        match &step.act {
            Act::Identify => self.identify(id, resources.host_challenge()),
            Act::OpenChannel { keys } => self.open_channel(id, resources.keys(*keys)?),
            Act::ReplaceKeys => {
                let versions = (KeyVersion::Transport as u8, KeyVersion::Formation as u8);
                let (current, new) = (resources.keys(KeyVersion::Transport)?, resources.keys(KeyVersion::Formation)?);
                self.replace_keys(id, &current, versions, new).map_err(|error| error.kind().clone())?;
            }
            Act::Select { target: Target::MasterFile } => self.select_master_file(id),
            Act::Select { target: Target::Application(name) } => {
                let aid = profile.aid(name).ok_or(PersoErrorKind::ProfileRow("the application"))?;
                self.select_application(id, aid);
            }
            Act::CreateFile { fcp, .. } => self.create_file(id, &octets(fcp)?),
            Act::DefineEnvironment { template, .. } => self.define_environment(id, &octets(template)?),
            Act::GenerateKeyPair { key, .. } => {
                let pair = profile.key_pairs.iter().find(|pair| pair.name == *key);
                self.generate_key_pair(id, pair.ok_or(PersoErrorKind::ProfileRow("the key pair"))?);
            }
            Act::Write { file, content } => {
                let bytes = resources.file(*content).ok_or(PersoErrorKind::NotProvided("a file"))?;
                let row = row(profile, file)?;
                check_room(row, bytes)?;
                self.write(id, row, bytes);
            }
            Act::ReadBack { file, content } => {
                let bytes = resources.file(*content).ok_or(PersoErrorKind::NotProvided("a file"))?;
                self.read_back(id, row(profile, file)?, bytes);
            }
            Act::SetSecret { secret, tag, tries } => self.set_secret(id, *secret, *tag, *tries, resources)?,
            Act::SetObject { object, tag } => {
                let values = resources.object(*object).ok_or(PersoErrorKind::NotProvided(object.name()))?;
                values.iter().for_each(|value| self.put_data(id, *tag, value));
                return Ok(!values.is_empty());
            }
            Act::Deactivate { application } => {
                let aid = profile.aid(application).ok_or(PersoErrorKind::ProfileRow("the application"))?;
                self.deactivate_application(id, aid);
            }
            Act::Lock => self.lock(id),
            Act::Terminate => self.terminate(id),
            Act::Seal
            | Act::SealCardSecurity
            | Act::Bind
            | Act::ConfirmWritten
            | Act::SetCodes
            | Act::PublicSession { .. }
            | Act::ChipAuthentication
            | Act::Print
            | Act::ComparePrint
            | Act::EnterStock
            | Act::Release => return Ok(false),
        }
        Ok(true)
    }

    /// The octets as the chip keeps them; a counted one with its limit before it.
    fn set_secret(
        &mut self,
        id: &str,
        secret: SecretName,
        tag: u16,
        tries: Option<u8>,
        resources: &dyn Resources,
    ) -> Result<(), PersoErrorKind> {
        let missing = PersoErrorKind::NotProvided(secret.name());
        if secret == SecretName::Mrz {
            resources.mrz_secret().ok_or(missing)?.expose(|octets| self.put_data(id, tag, octets));
            return Ok(());
        }
        let digits = resources.code(secret).filter(|digits| digits.len() == secret.length()).ok_or(missing)?;
        let value = digits.expose(|digits| tries.iter().chain(digits).copied().collect::<Vec<u8>>());
        let value = Zeroizing::new(value);
        self.put_data(id, tag, &value);
        Ok(())
    }
}

fn row<'p>(profile: &'p Profile, name: &str) -> Result<&'p FileSpec, PersoErrorKind> {
    profile.file(name).ok_or(PersoErrorKind::ProfileRow("the file"))
}

/// The plan's own hexadecimal, made by this crate.
fn octets(hexadecimal: &str) -> Result<Vec<u8>, PersoErrorKind> {
    hex::decode(hexadecimal).map_err(|_| PersoErrorKind::NotProvided("octets"))
}
