//! A card is printed once, and what is on it is compared with record, chip and register before it leaves the line.

use sigillo_crypto::sha256;
use sigillo_issuance::life_cycle::CardState;
use sigillo_issuance::record::HolderRecord;
use sigillo_store::Act;

use crate::error::LineError;
use crate::formation::Formation;
use crate::on_the_chip::OnTheChip;
use crate::print_job::PrintJob;
use crate::printer::{Printer, ReadBack};
use crate::work::Line;

impl Line<'_> {
    /// Prints a card, unless it is printed: the machine itself says so of a job that an earlier process gave it.
    pub(crate) fn print(&mut self, work: &mut Formation) -> Result<(), LineError> {
        if work.card.state == CardState::Printed {
            return Ok(());
        }
        let printer = self.printer()?;
        let holder = self.holder(&work.record)?;
        let serial = work.card.serial;
        let begun = self.store.open_intents(serial)?.into_iter().find(|row| row.act == Act::Print);
        let earlier = begun.and_then(|row| row.intended.get(JOB).cloned());
        let (job, printed) = match earlier {
            Some(job) => {
                let printed = printer.outcome(&job)?;
                (job, printed)
            }
            None => {
                let mut octets = [0; 16];
                self.entropy.fill(&mut octets);
                let job = hex::encode(octets);
                self.intend_with(work.run, Act::Print, serial, &[(JOB, job.clone())])?;
                (job, None)
            }
        };
        let printed = match printed {
            Some(printed) => printed,
            None => {
                let can = self.can_of(work)?;
                printer.print(&job, &PrintJob::new(&holder, work.number(), work.mrz(), can.as_ref()))?
            }
        };
        work.printed = Some(printed);
        Ok(())
    }

    /// Holds what was printed against the record, the chip and the register.
    pub(crate) fn compare_print(&mut self, work: &mut Formation) -> Result<(), LineError> {
        if work.card.state == CardState::Printed {
            return Ok(());
        }
        let printed = work.printed.take().ok_or(LineError::Printer("nothing was printed"))?;
        let chip = work
            .on_the_chip
            .as_ref()
            .ok_or(LineError::Gate { check: "print-comparison".to_owned(), code: "gate.not-read".to_owned() })?;
        let holder = self.holder(&work.record)?;
        if let Some(field) = difference(&printed, &holder, work.number(), chip) {
            return Err(LineError::PrintDiffers { serial: work.card.serial, field });
        }
        let at = self.at();
        self.store.printed(self.by_run(&at, work.run), work.card.serial)?;
        self.reload(work)
    }

    /// The machine of this home.
    pub(crate) fn printer(&self) -> Result<Printer, LineError> {
        self.home.printer().ok_or(LineError::GateUnavailable("print"))
    }
}

/// The first field that differs, by name; what stands in it is nobody's business here.
fn difference(printed: &ReadBack, holder: &HolderRecord, number: &str, chip: &OnTheChip) -> Option<&'static str> {
    let portrait = hex::encode(sha256(&holder.portrait.bytes));
    let signature = holder.signature.as_ref().map(|image| hex::encode(sha256(&image.bytes)));
    let is_line = |at: usize| printed.mrz.get(at) == chip.mrz.get(at);
    let fields = [
        ("document-number", printed.document_number == number),
        ("mrz-1", is_line(0)),
        ("mrz-2", is_line(1)),
        ("mrz-3", is_line(2) && printed.mrz.len() == chip.mrz.len()),
        ("portrait", printed.portrait_sha256 == portrait && portrait == hex::encode(chip.portrait)),
        ("signature", printed.signature_sha256 == signature),
    ];
    fields.into_iter().find_map(|(name, is_same)| (!is_same).then_some(name))
}

/// The job, in the intent to print.
const JOB: &str = "job";
