//! Formation: one chip of the stock and one record become a released card (decision D1).

use jiff::civil::{Date, DateTime};
use sigillo_codes::CodeSet;
use sigillo_crypto::sha256;
use sigillo_inspect::FileName;
use sigillo_inspect::gate::Expected;
use sigillo_issuance::life_cycle::CardState;
use sigillo_issuance::record::HolderRecord;
use sigillo_lds::DataGroupNumber;
use sigillo_lds::mrz::Td1;
use sigillo_perso::{
    Act, ChipKeys, FileSet, Limits, PersoDriver, PersoPlan, PlanStep, check_seal, machine_readable_zone, prepare,
};
use sigillo_profile::{ConditionName, Content, FileKind, FileSpec, Mechanism, Profile};
use sigillo_reader::Card;
use sigillo_seal::{Hashed, Seal, SignerCertificate};
use sigillo_store::{CardRow, LotId, RecordRow, RunId};

use crate::error::LineError;
use crate::on_the_chip::OnTheChip;
use crate::printer::ReadBack;
use crate::resources::{ChipFiles, ChipResources, HolderFiles};
use crate::sealer::{SealFor, Sealable};
use crate::sources::{Certifying, Sources};
use crate::vault::decrypt;
use crate::work::Line;
use crate::work::carry_out;

/// One chip and one record on their way through the plan.
pub(crate) struct Formation {
    pub(crate) run: RunId,
    pub(crate) card: CardRow,
    pub(crate) record: RecordRow,
    /// The chip answers no key set any more: everything up to the lock lies behind.
    pub(crate) closed: bool,
    /// The steps behind the confirmation that everything was written have begun in this process.
    confirmed: bool,
    /// The chip itself confirmed the lock, inside the secure channel of this very process.
    pub(crate) lock_answered: bool,
    pub(crate) waived: Vec<&'static str>,
    /// SHA-256 of the gate's report.
    pub(crate) report: [u8; 32],
    driver: PersoDriver,
    chip: ChipFiles,
    holder: HolderFiles,
    /// The last day of the permit.
    valid_to: Date,
    number: String,
    /// What a stranger read, and the card must say too.
    pub(crate) on_the_chip: Option<OnTheChip>,
    /// What the printing machine read back.
    pub(crate) printed: Option<ReadBack>,
}

/// A run at work on a lot.
pub(crate) struct Shift {
    pub(crate) run: RunId,
    pub(crate) lot: LotId,
    pub(crate) sources: Sources,
}

impl Line<'_> {
    /// Carries a chip and a record through the plan, from wherever an earlier attempt left them.
    ///
    /// # Errors
    ///
    /// Of the chip, the reader, the register, the keystore, or `line.gate`.
    pub(crate) fn form(
        &mut self,
        shift: &mut Shift,
        card: CardRow,
        record: RecordRow,
        closed: bool,
        chip: &mut dyn Card,
    ) -> Result<(), LineError> {
        let mut work = self.formation(shift.run, card, record, closed)?;
        chip.reset()?;
        let plan = PersoPlan::formation(self.home.profile())?;
        for step in &plan.steps {
            self.formation_step(&mut work, step, &mut shift.sources, chip)?;
        }
        Ok(())
    }

    /// Prepares the holder's files; what depends on the chip comes from the stock.
    pub(crate) fn formation(
        &mut self,
        run: RunId,
        card: CardRow,
        record: RecordRow,
        closed: bool,
    ) -> Result<Formation, LineError> {
        let profile = self.home.profile();
        let holder = self.holder(&record)?;
        let keys = ChipKeys::decode(card.ca_public_key.as_deref().unwrap_or_default())?;
        let mut chip = ChipFiles::new(profile, keys)?;
        chip.serial = Some(*card.serial.bytes());
        let dg14 = chip.file(Content::DataGroup(14)).unwrap_or_default();
        if card.dg14_digest != Some(sha256(dg14)) {
            return Err(LineError::WrongChip("one whose public keys are not those of the stock"));
        }
        let number = record.document_number.clone().or(card.blank_number.clone()).unwrap_or_default();
        let files = prepare(&holder, &number, chip.files(), profile, self.entropy)?;
        let driver = PersoDriver::new(Limits::of_profile(profile));
        Ok(Formation {
            run,
            card,
            record,
            closed,
            confirmed: false,
            lock_answered: false,
            waived: Vec::new(),
            report: [0; 32],
            driver,
            chip,
            holder: HolderFiles { files, seal: None, certificate: None, cvca: None, codes: None },
            valid_to: holder.valid_to,
            number,
            on_the_chip: None,
            printed: None,
        })
    }

    /// Decrypts a record.
    pub(crate) fn holder(&self, record: &RecordRow) -> Result<HolderRecord, LineError> {
        decrypt(self.store, self.keys, record)
    }

    /// The machine readable zone of a holder's card.
    pub(crate) fn machine_readable_zone(&self, holder: &HolderRecord, number: &str) -> Result<Td1, LineError> {
        Ok(machine_readable_zone(holder, number, self.home.profile())?)
    }

    fn formation_step(
        &mut self,
        work: &mut Formation,
        step: &PlanStep,
        sources: &mut Sources,
        chip: &mut dyn Card,
    ) -> Result<(), LineError> {
        if step.waived.is_some() {
            work.waived.extend(waived_name(&step.act));
            return Ok(());
        }
        match &step.act {
            Act::PublicSession { .. } => self.release_gate(work, chip),
            Act::Release => self.release(work),
            // The public session before it ran it, and the gate refused a chip that did not prove its key.
            Act::ChipAuthentication => Ok(()),
            Act::Print => self.print(work),
            Act::ComparePrint => self.compare_print(work),
            // Everything below happens before the lock, and is behind a chip that is closed.
            _ if work.closed => Ok(()),
            Act::Identify | Act::OpenChannel { .. } => self.talk_formation(work, step, sources, chip),
            Act::Bind => self.bind(work),
            Act::Lock => self.lock(work, step, sources, chip),
            Act::ConfirmWritten => self.confirm_written(work),
            Act::SetCodes => self.make_codes(work),
            // What was written and compared stays as it is; what comes between that and the lock is done again.
            _ if work.card.state == CardState::Written && !work.confirmed => Ok(()),
            Act::Seal => {
                self.seal(work)?;
                self.certify(work, sources)
            }
            Act::Write { .. } => {
                self.intend(work.run, sigillo_store::Act::Write, work.card.serial)?;
                self.talk_formation(work, step, sources, chip)
            }
            _ => self.talk_formation(work, step, sources, chip),
        }
    }

    fn bind(&mut self, work: &mut Formation) -> Result<(), LineError> {
        if work.card.state == CardState::Stock {
            let at = self.at();
            self.store.bind(self.by_run(&at, work.run), work.card.serial, work.record.id)?;
            self.reload(work)?;
        }
        Ok(())
    }

    /// What an interrupted attempt reserved for this card may have been signed with: it never comes back.
    fn seal(&mut self, work: &mut Formation) -> Result<(), LineError> {
        let (serial, record) = (work.card.serial, work.record.id);
        let at = self.at();
        self.store.void_slots_of(self.by_run(&at, work.run), serial)?;
        let document = Prepared { files: &work.holder.files, profile: self.home.profile() };
        let sealed = self.sealer(Some(work.run))?.seal(SealFor::Card { serial, record }, &document)?;
        work.holder.seal = Some(sealed.seal);
        self.reload(work)
    }

    /// What is signed beside the seal: the certificate of the holder's key, and the names of the roots that may ask for it.
    fn certify(&mut self, work: &mut Formation, sources: &mut Sources) -> Result<(), LineError> {
        work.holder.certificate = sources.certify(self.certifying(), work.chip.keys(), work.valid_to)?;
        work.holder.cvca = Some(sources.ef_cvca()?);
        Ok(())
    }

    /// In the operator's name and at this moment; certificates know whole seconds.
    pub(crate) fn certifying(&self) -> Certifying<'_> {
        let now = (self.clock)().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        let now = now.with().subsec_nanosecond(0).build().unwrap_or(now);
        Certifying { home: self.home, keys: self.keys, operator: self.operator, now }
    }

    fn confirm_written(&mut self, work: &mut Formation) -> Result<(), LineError> {
        work.confirmed = true;
        if work.card.state == CardState::Written {
            return Ok(());
        }
        let act = self.intend(work.run, sigillo_store::Act::Write, work.card.serial)?;
        let at = self.at();
        self.store.done(self.by_run(&at, work.run), act, &[])?;
        self.store.written(self.by_run(&at, work.run), work.card.serial)?;
        self.reload(work)
    }

    fn lock(
        &mut self,
        work: &mut Formation,
        step: &PlanStep,
        sources: &Sources,
        chip: &mut dyn Card,
    ) -> Result<(), LineError> {
        self.codes_set(work)?;
        self.intend(work.run, sigillo_store::Act::Lock, work.card.serial)?;
        self.talk_formation(work, step, sources, chip)?;
        work.lock_answered = true;
        Ok(())
    }

    fn talk_formation(
        &mut self,
        work: &mut Formation,
        step: &PlanStep,
        sources: &Sources,
        chip: &mut dyn Card,
    ) -> Result<(), LineError> {
        let today = self.today();
        let mut resources = ChipResources {
            keys: self.keys,
            entropy: self.entropy,
            batch: &work.card.batch,
            chip: &work.chip,
            holder: Some(&work.holder),
            sources: Some(sources),
            today,
        };
        carry_out(&mut work.driver, step, self.home, &mut resources, chip).map(|_| ())
    }

    pub(crate) fn reload(&mut self, work: &mut Formation) -> Result<(), LineError> {
        work.card = self.store.card(work.card.serial)?.ok_or(sigillo_store::StoreError::UnknownCard)?;
        work.record = self.store.record(work.record.id)?;
        Ok(())
    }
}

impl Formation {
    /// What opens the chip after the lock.
    pub(crate) fn mrz_secret(&self) -> sigillo_channel::bac::MrzSecret {
        self.holder.files.mrz_secret()
    }

    /// The document number, from the record or from the blank.
    pub(crate) fn number(&self) -> &str {
        &self.number
    }

    /// The machine readable zone.
    pub(crate) fn mrz(&self) -> &Td1 {
        self.holder.files.mrz()
    }

    /// Keeps the codes until the chip has them.
    pub(crate) fn take_codes(&mut self, codes: CodeSet) {
        self.holder.codes = Some(codes);
    }

    /// Whether codes were made in this process, and the chip may have been told.
    pub(crate) fn has_codes(&self) -> bool {
        self.holder.codes.is_some()
    }

    /// What a stranger must be able to read after the lock, and what not. EF.SOD is known by its digest.
    pub(crate) fn expected(&self, profile: &Profile) -> Expected {
        let mut expected = Expected {
            sod_digest: self.card.sod_digest.unwrap_or_default(),
            chip_authentication: profile.insists_on(sigillo_profile::Check::ChipAuthentication),
            not_issued: services(profile).is_some(),
            ..Expected::default()
        };
        for file in &profile.files {
            let Some((content, name)) = file.content().and_then(|content| Some((content, file_name(content)?))) else {
                continue;
            };
            if !is_public(file, profile) {
                expected.closed.insert(name);
            } else if let Some(bytes) = self.chip.file(content).or_else(|| self.holder.files.file(content)) {
                expected.readable.insert(name, bytes.to_vec());
            }
        }
        expected
    }
}

/// A holder's files, as the profile wants them sealed.
struct Prepared<'p> {
    files: &'p FileSet,
    profile: &'p Profile,
}

impl Sealable for Prepared<'_> {
    fn hash(&self, signer: &SignerCertificate) -> Result<Hashed, LineError> {
        Ok(self.files.hash(self.profile, signer.algorithm().hash())?)
    }

    /// Chip and record were joined before: what is looked at is whether the seal has room on the chip.
    fn check(&self, seal: &Seal, _signer: &SignerCertificate, _now: DateTime) -> Result<(), LineError> {
        Ok(check_seal(seal, self.profile)?)
    }
}

/// The name in the gate's report of what a step is for.
fn waived_name(act: &Act) -> Option<&'static str> {
    use sigillo_profile::Check;
    Some(match act {
        Act::SetCodes => Check::Codes.name(),
        Act::ChipAuthentication => Check::ChipAuthentication.name(),
        Act::Print => Check::Print.name(),
        Act::ComparePrint => Check::PrintComparison.name(),
        _ => return None,
    })
}

/// Whether anybody who has the card in hand may read the file.
fn is_public(file: &FileSpec, profile: &Profile) -> bool {
    file.rule(sigillo_profile::Access::Read).iter().any(|name| match name {
        ConditionName::Always => true,
        ConditionName::Environment(name) => profile.environment(name).is_some_and(|environment| {
            environment
                .alternatives
                .iter()
                .any(|alternative| matches!(alternative.mechanism, Mechanism::Bac | Mechanism::Pace))
        }),
    })
}

/// The name (AID) of the application that formation leaves deactivated, if the profile has one.
pub(crate) fn services(profile: &Profile) -> Option<&[u8]> {
    profile.files.iter().filter(|file| file.deactivated).find_map(|file| match &file.kind {
        FileKind::Application { aid } => Some(aid.as_slice()),
        _ => None,
    })
}

/// The terminal's name of a content; `None` for what the terminal does not read.
fn file_name(content: Content) -> Option<FileName> {
    match content {
        Content::AtrInfo => Some(FileName::AtrInfo),
        Content::CardAccess => Some(FileName::CardAccess),
        Content::Com => Some(FileName::Com),
        Content::Sod => Some(FileName::Sod),
        Content::DataGroup(number) => DataGroupNumber::new(number).ok().map(FileName::DataGroup),
        Content::Dir | Content::CardSecurity | Content::Cvca | Content::Certificate => None,
    }
}
