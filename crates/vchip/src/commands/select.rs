//! SELECT. Spec: `iso-7816-4#select`.

use sigillo_apdu::{CommandApdu, ResponseApdu, StatusWord};

use super::execution::{Execution, Outcome, done, refuse, require_body};
use crate::access::{Access, is_named};
use crate::faults::Fault;
use crate::files::{FileHandle, MASTER_FILE, Selection};

/// Selects a file; P2 = `0C` asks for no data, `04` for the file control parameters.
///
/// | P1 | data | selects |
/// |------|-----------------|--------------------------------------------------------------|
/// | `00` | none, or `3F00` | the master file |
/// | `00` | file identifier | a file directly inside the current DF, or the current DF |
/// | `02` | file identifier | an EF directly inside the current DF |
/// | `04` | whole DF name | that application |
///
/// A part of a name is refused: two applications must not be taken for one another.
pub(super) fn select(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let head = command.head();
    let wants_parameters = match head.p2 {
        0x0C => false,
        0x04 => true,
        _ if execution.has(Fault::SelectTakesAnyP2) => false,
        _ => return refuse(StatusWord::WrongParameters),
    };
    let file = match head.p1 {
        0x00 => by_identifier(execution, command)?,
        0x02 => ef_of_current_df(execution, command)?,
        0x04 => by_name(execution, command)?,
        _ => return refuse(StatusWord::WrongParameters),
    };
    if execution.has(Fault::UnknownFileSelected) && file.is_none() {
        return done();
    }
    let file = file.ok_or(StatusWord::FileNotFound)?;
    require_selectable(execution, file, Access::by(head))?;
    if wants_parameters && !shows_parameters(execution, file) {
        return refuse(StatusWord::SecurityStatusNotSatisfied);
    }
    let before = execution.selection.ef.filter(|_| execution.has(Fault::CurrentFileSurvivesSelect));
    *execution.selection = Selection::of(&execution.memory.files, file);
    execution.selection.ef = execution.selection.ef.or(before);
    let shown = execution.memory.files.get(file).filter(|_| wants_parameters);
    let mut parameters = shown.map(|file| file.fcp.encode()).unwrap_or_default();
    if execution.has(Fault::SerialBySelect) && head.p1 == 0x04 {
        parameters = execution.memory.serial.to_vec();
    }
    Ok(ResponseApdu::new(parameters, selected(execution, file)))
}

/// A deactivated application, and what is inside it, is selected with a warning.
fn selected(execution: &Execution<'_>, file: FileHandle) -> StatusWord {
    let is_told = execution.memory.files.is_deactivated(file) && !execution.has(Fault::DeactivationNotTold);
    if is_told { StatusWord::FileDeactivated } else { StatusWord::Success }
}

/// Anyone may select what no rule on SELECT guards.
fn require_selectable(execution: &Execution<'_>, file: FileHandle, access: Access) -> Result<(), StatusWord> {
    if is_named(execution.memory.files.rules(file), access) { execution.require(file, access) } else { Ok(()) }
}

fn by_identifier(execution: &Execution<'_>, command: &CommandApdu) -> Result<Option<FileHandle>, StatusWord> {
    require_body(command, |length| matches!(length, 0 | 2))?;
    let files = &execution.memory.files;
    let Some(fid) = identifier(command).filter(|fid| *fid != MASTER_FILE) else { return Ok(files.master()) };
    let Some(df) = execution.selection.df else { return Ok(None) };
    let itself = files.get(df).filter(|file| file.fcp.fid == fid).map(|_| df);
    Ok(files.child(df, fid).or(itself))
}

fn ef_of_current_df(execution: &Execution<'_>, command: &CommandApdu) -> Result<Option<FileHandle>, StatusWord> {
    require_body(command, |length| length == 2)?;
    let (Some(df), Some(fid)) = (execution.selection.df, identifier(command)) else { return Ok(None) };
    let files = &execution.memory.files;
    if execution.has(Fault::MasterFileSeesEveryFile) {
        let everywhere = files.iter().find(|(_, file)| file.fcp.fid == fid).map(|(handle, _)| handle);
        return Ok(files.child(df, fid).or(everywhere));
    }
    Ok(files.child(df, fid).filter(|file| files.content(*file).is_some()))
}

fn by_name(execution: &Execution<'_>, command: &CommandApdu) -> Result<Option<FileHandle>, StatusWord> {
    require_body(command, |length| (1..=16).contains(&length))?;
    if execution.has(Fault::PartOfNameSelects) {
        return Ok(execution.memory.files.named_like(command.data()));
    }
    Ok(execution.memory.files.named(command.data()))
}

fn identifier(command: &CommandApdu) -> Option<u16> {
    command.data().try_into().ok().map(u16::from_be_bytes)
}

/// File control parameters are shown of what anyone may read, and of everything inside a session that some security
/// environment knows: outside, the tree must not tell one chip from another.
fn shows_parameters(execution: &Execution<'_>, file: FileHandle) -> bool {
    let known =
        execution.memory.environments.values().any(|environment| environment.is_satisfied(&execution.context.status));
    let is_ef = execution.memory.files.content(file).is_some();
    known || execution.has(Fault::ParametersShownToAnyone) || (is_ef && execution.require(file, Access::read()).is_ok())
}
