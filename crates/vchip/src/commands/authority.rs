//! Trust points and the date: what they are when the chip is formed, and how certificates change them.
//!
//! Spec: `bsi-tr-03110-3#trust-points`, `bsi-tr-03110-3#ef-cvca`.

use sigillo_apdu::StatusWord;
use sigillo_cvc::{CvCertificate, CvDate, Effect, TerminalType, TrustPoint, ef_cvca};

use super::execution::{Execution, Interrupted, Outcome, done};
use crate::faults::Fault;
use crate::files::FileHandle;
use crate::memory::Change;
use crate::objects::{MOST_TRUST_POINTS, TRUST_POINT_FOOTPRINT};

/// Takes a root's certificate into a DF; one with the same reference takes the place of the old.
pub(super) fn store(execution: &mut Execution<'_>, df: FileHandle, certificate: &[u8]) -> Outcome {
    let certificate = CvCertificate::decode_content(certificate).map_err(|_| StatusWord::WrongData)?;
    let new = TrustPoint::from_certificate(&certificate).map_err(|_| StatusWord::WrongData)?;
    let terminal_type = new.template().terminal_type();
    if !matches!(terminal_type, TerminalType::InspectionSystem | TerminalType::Office) {
        return Err(StatusWord::WrongData.into());
    }
    let mut trust_points = of_df(execution, df);
    let known = trust_points.len();
    trust_points.retain(|old| old.reference() != new.reference());
    let is_here = trust_points.len() < known;
    let on_card = execution.memory.trust_points();
    if !is_here && on_card.iter().any(|old| old.reference() == new.reference()) {
        return Err(StatusWord::WrongData.into());
    }
    let others = on_card.iter().filter(|old| old.reference() != new.reference());
    let of_type = others.filter(|old| old.template().terminal_type() == terminal_type).count();
    if of_type >= MOST_TRUST_POINTS {
        return Err(StatusWord::NotEnoughMemory.into());
    }
    trust_points.push(new);
    change(execution, df, trust_points, None)?;
    done()
}

/// Makes what follows from a certificate that was accepted: one transaction, or none.
pub(super) fn apply(execution: &mut Execution<'_>, effect: Effect) -> Result<(), Interrupted> {
    let Effect { mut new_trust_point, removed_trust_point, mut new_date } = effect;
    if execution.has(Fault::TaDateNotAdvanced) {
        new_date = None;
    }
    if execution.has(Fault::TaLinkIgnored) {
        new_trust_point = None;
    }
    let Some(new) = new_trust_point else {
        if let Some(date) = new_date {
            execution.commit(Change::DateSet(date))?;
        }
        return Ok(());
    };
    let df = home(execution, new.template().terminal_type()).ok_or(StatusWord::ReferencedDataNotFound)?;
    let mut trust_points = of_df(execution, df);
    let drops_all = execution.has(Fault::TaLinkDropsOldRoot);
    let removed_trust_point = removed_trust_point.filter(|_| !execution.has(Fault::TaThirdRootKept));
    trust_points.retain(|old| Some(old.reference()) != removed_trust_point.as_ref() && !drops_all);
    trust_points.push(new);
    change(execution, df, trust_points, new_date)
}

fn change(
    execution: &mut Execution<'_>,
    df: FileHandle,
    trust_points: Vec<TrustPoint>,
    date: Option<CvDate>,
) -> Result<(), Interrupted> {
    if trust_points.len() > of_df(execution, df).len() {
        execution.require_room(TRUST_POINT_FOOTPRINT)?;
    }
    let ef_cvca = ef_cvca_of(execution, df, &trust_points)?.filter(|_| !execution.has(Fault::TaCvcaFileNotRewritten));
    execution.commit(Change::AuthoritiesChanged { df, trust_points, date, ef_cvca })?;
    Ok(())
}

/// The file that tells inspection systems which trust points there are, in the DF that holds theirs.
fn ef_cvca_of(
    execution: &Execution<'_>,
    df: FileHandle,
    trust_points: &[TrustPoint],
) -> Result<Option<FileHandle>, StatusWord> {
    let files = &execution.memory.files;
    let is_inspection = |point: &TrustPoint| point.template().terminal_type() == &TerminalType::InspectionSystem;
    let file = files.child(df, EF_CVCA).filter(|_| trust_points.iter().any(is_inspection));
    match file.and_then(|file| files.content(file)) {
        Some(content) if content.len() < ef_cvca::SIZE => Err(StatusWord::NotEnoughMemory),
        _ => Ok(file),
    }
}

/// The DF that holds the trust points for this type of terminal.
fn home(execution: &Execution<'_>, terminal_type: &TerminalType) -> Option<FileHandle> {
    let files = &execution.memory.files;
    let trusts = |df: &FileHandle| files.objects(*df).is_some_and(|objects| objects.trusts(terminal_type));
    files.iter().map(|(handle, _)| handle).find(trusts)
}

fn of_df(execution: &Execution<'_>, df: FileHandle) -> Vec<TrustPoint> {
    execution.memory.files.objects(df).map(|objects| objects.trust_points.clone()).unwrap_or_default()
}

/// EF.CVCA beside the trust points of inspection systems.
const EF_CVCA: u16 = 0x011C;
