//! The check of a permit: what a terminal, a telephone or a counter is told.

use jiff::civil::{Date, DateTime};
use sigillo_crypto::Entropy;
use sigillo_issuance::check::{Answer, Asked, ChipWord, RegisterWord, SealMatch, Validity};
use sigillo_issuance::date::parse_date;
use sigillo_issuance::life_cycle::RecordState;
use sigillo_store::{PermitStanding, Store};

use crate::counter::{CardAtCounter, Reading, Verifier};
use crate::error::OfficeError;

/// What came of a check.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The answer.
    pub answer: Answer,
    /// The number that was asked about: given, or read from the chip.
    pub document_number: Option<String>,
    /// What the chip says.
    pub chip: Option<Reading>,
    /// What the register says.
    pub register: Option<RegisterSays>,
    /// Whether both speak of one card; `None` unless both were asked.
    pub seal: Option<SealMatch>,
}

/// What the register says.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct RegisterSays {
    /// In one word.
    pub word: RegisterWord,
    /// The state, if there is a record.
    pub state: Option<RecordState>,
    /// The last day, if it is known.
    pub valid_to: Option<Date>,
}

/// Asks a card, a register, or both, at a moment (UTC); without a number the chip's own is looked up. Nothing is changed.
///
/// # Errors
///
/// Of the reader or the register; an answer other than valid is none.
pub fn check(
    chip: Option<(&Verifier<'_>, &mut CardAtCounter<'_>)>,
    register: Option<&Store>,
    document_number: Option<&str>,
    now: DateTime,
    entropy: &mut dyn Entropy,
) -> Result<Checked, OfficeError> {
    let chip = chip.map(|(verifier, at)| verifier.read(at, now, entropy)).transpose()?;
    let document_number = document_number.map(str::to_owned).or(chip.as_ref().and_then(number_of));
    let Some(store) = register else {
        let word = chip.as_ref().map_or(ChipWord::Unread, |chip| chip.word);
        return Ok(Checked {
            answer: Answer::of(Asked::Chip(word)),
            document_number,
            chip,
            register: None,
            seal: None,
        });
    };
    let standing = document_number.as_deref().map(|number| store.permit_standing(number)).transpose()?.flatten();
    let says = RegisterSays::of(standing.as_ref(), now.date());
    let (asked, seal) = match &chip {
        None => (Asked::Register(says.word), None),
        Some(chip) => {
            let seal = seal_match(store, chip, standing.as_ref())?;
            (Asked::Both { chip: chip.word, seal, register: says.word }, Some(seal))
        }
    };
    Ok(Checked { answer: Answer::of(asked), document_number, chip, register: Some(says), seal })
}

impl RegisterSays {
    pub(crate) fn of(standing: Option<&PermitStanding>, today: Date) -> Self {
        let state = standing.map(|standing| standing.state);
        let valid_to = standing.and_then(|standing| standing.valid_to.as_deref()).and_then(parse_date);
        Self { word: RegisterWord::of(state, Validity::on(today, valid_to)), state, valid_to }
    }
}

/// Whether the EF.SOD that was read is the permit's.
pub(crate) fn seal_match(
    store: &Store,
    chip: &Reading,
    standing: Option<&PermitStanding>,
) -> Result<SealMatch, OfficeError> {
    let Some(read) = chip.sod_digest else { return Ok(SealMatch::NotCompared) };
    if standing.and_then(|standing| standing.sod_digest) == Some(read) {
        return Ok(SealMatch::Same);
    }
    Ok(match store.card_with_seal(read)? {
        Some(_) => SealMatch::OtherCard,
        // A number that no permit has says more than that its chip is unknown too.
        None if standing.is_none() => SealMatch::NotCompared,
        None => SealMatch::Foreign,
    })
}

/// The number that a chip states, if it is worth looking up.
fn number_of(chip: &Reading) -> Option<String> {
    chip.document_number.clone()
}
