use std::collections::BTreeSet;

use sigillo_crypto::sha256;

use super::fault::{Fault, FaultKind};
use super::holder::HolderRecord;
use super::images::ImageSource;
use super::parse::{Keys, Parsed, parse};
use super::rules::LotRules;

/// Checks a lot line by line; of a line it keeps a few bytes, whatever the line's length.
#[derive(Debug)]
pub struct LotCheck {
    rules: LotRules,
    line: u64,
    faulty: u64,
    numbers: BTreeSet<u32>,
    previous_number: Option<u32>,
    references: BTreeSet<Mark>,
    fiscal_codes: BTreeSet<Mark>,
    consecutive: Warning,
    same_fiscal_code: Warning,
}

/// Something that an officer should look at, though the lot can be imported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Warning {
    /// The stable code.
    pub code: &'static str,
    /// The first line it was seen on.
    pub line: u64,
    /// On how many lines.
    pub count: u64,
    /// What it means, and what to do.
    pub advice: &'static str,
}

/// What a lot was found to be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LotSummary {
    /// How many lines.
    pub lines: u64,
    /// On how many of them there are faults.
    pub faulty: u64,
    /// The warnings, each once.
    pub warnings: Vec<Warning>,
}

/// Half a digest: enough to tell references apart without keeping them.
type Mark = [u8; 16];

impl LotCheck {
    /// Begins a lot.
    pub fn new(rules: LotRules) -> Self {
        Self {
            rules,
            line: 0,
            faulty: 0,
            numbers: BTreeSet::new(),
            previous_number: None,
            references: BTreeSet::new(),
            fiscal_codes: BTreeSet::new(),
            consecutive: CONSECUTIVE,
            same_fiscal_code: SAME_FISCAL_CODE,
        }
    }

    /// Checks the next line, by itself and against the lines before it.
    ///
    /// # Errors
    ///
    /// Every fault of the line, with its number.
    pub fn line(&mut self, text: &str, images: &dyn ImageSource) -> Result<HolderRecord, Vec<Fault>> {
        self.line += 1;
        let Parsed { record, mut faults, keys } = parse(text, images, &self.rules);
        self.compare(&keys, &mut faults);
        match record {
            Some(record) if faults.is_empty() => Ok(record),
            _ => {
                self.faulty += 1;
                Err(faults.into_iter().map(|fault| fault.in_line(self.line)).collect())
            }
        }
    }

    /// Ends the lot.
    pub fn finish(self) -> LotSummary {
        let warnings = [self.consecutive, self.same_fiscal_code].into_iter().filter(|warning| warning.count > 0);
        LotSummary { lines: self.line, faulty: self.faulty, warnings: warnings.collect() }
    }

    fn compare(&mut self, keys: &Keys, faults: &mut Vec<Fault>) {
        let number = keys.document_number.as_deref().and_then(|number| number.get(1..)?.parse::<u32>().ok());
        if let Some(number) = number {
            if !self.numbers.insert(number) {
                faults.push(Fault::new("document_number", FaultKind::DuplicateNumber));
            }
            if self.rules.bac && self.previous_number.is_some_and(|previous| previous.abs_diff(number) == 1) {
                self.consecutive.seen(self.line);
            }
            self.previous_number = Some(number);
        }
        if keys.pratica.as_deref().is_some_and(|reference| !self.references.insert(mark(reference))) {
            faults.push(Fault::new("pratica", FaultKind::DuplicatePratica));
        }
        if keys.codice_fiscale.as_deref().is_some_and(|code| !self.fiscal_codes.insert(mark(code))) {
            self.same_fiscal_code.seen(self.line);
        }
    }
}

impl Warning {
    fn seen(&mut self, line: u64) {
        if self.count == 0 {
            self.line = line;
        }
        self.count += 1;
    }
}

fn mark(text: &str) -> Mark {
    let mut mark = Mark::default();
    mark.iter_mut().zip(sha256(text.as_bytes())).for_each(|(kept, byte)| *kept = byte);
    mark
}

const CONSECUTIVE: Warning = Warning {
    code: "record.consecutive-numbers",
    line: 0,
    count: 0,
    advice: "Consecutive document numbers make the keys of Basic Access Control easier to guess: draw numbers at random.",
};
const SAME_FISCAL_CODE: Warning = Warning {
    code: "record.same-codice-fiscale",
    line: 0,
    count: 0,
    advice: "A codice fiscale occurs twice: compare the two records, one person seldom gets two permits in one lot.",
};
