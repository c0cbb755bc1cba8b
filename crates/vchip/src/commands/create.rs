//! CREATE FILE and DELETE FILE. Spec: `iso-7816-9#create-file`, `iso-7816-9#delete-file`.

use sigillo_apdu::fcp::{Fcp, FileKind, LifeCycle, df, ef};
use sigillo_apdu::{CommandApdu, StatusWord};

use super::execution::{Execution, Outcome, done, require_body, require_parameters};
use crate::access::Access;
use crate::faults::Fault;
use crate::files::{File, FileHandle, Selection};
use crate::memory::{Change, FORMATION};

/// Makes the file that the parameters describe, inside the current DF, and selects it.
///
/// A chip without a master file lets an SCP03 session under the formation keys create it, and nothing else: before there is a
/// file there is no rule.
pub(super) fn create_file(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    let parent = execution.selection.df;
    // Whoever may create nothing learns nothing about the parameters either.
    [df::CREATE_DF, df::CREATE_EF]
        .into_iter()
        .map(|mode| may_create(execution, parent, Access::with_mode(mode, command.head())))
        .reduce(Result::or)
        .unwrap_or(Ok(()))?;
    let fcp = Fcp::decode(command.data()).map_err(|_| StatusWord::WrongData)?;
    let mode = match fcp.kind {
        FileKind::Df { .. } => df::CREATE_DF,
        FileKind::TransparentEf { .. } => df::CREATE_EF,
    };
    may_create(execution, parent, Access::with_mode(mode, command.head()))?;
    if fcp.life_cycle != LifeCycle::Initialisation {
        return Err(StatusWord::WrongData.into());
    }
    let file = File::new(fcp, parent);
    let admitted = execution.memory.files.admit(&file);
    if !(execution.has(Fault::SameIdentifierTwice) && admitted == Err(StatusWord::FileExists)) {
        admitted?;
    }
    execution.require_room(file.footprint())?;
    let handle = execution.memory.files.next_handle().ok_or(StatusWord::NotEnoughMemory)?;
    execution.commit(Change::FileCreated(handle, file))?;
    *execution.selection = Selection::of(&execution.memory.files, handle);
    done()
}

/// Removes the current file with everything inside it: its own rules and those of its DF must both allow it.
pub(super) fn delete_file(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    let current_df = execution.current_df()?;
    let (file, own_mode) = match execution.selection.ef {
        Some(file) => (file, ef::DELETE),
        None => (current_df, df::DELETE_SELF),
    };
    execution.require(file, Access::with_mode(own_mode, command.head()))?;
    let parent = execution.memory.files.get(file).and_then(|file| file.parent);
    let parent = parent.ok_or(StatusWord::ConditionsNotSatisfied)?;
    execution.require(parent, Access::with_mode(df::DELETE_CHILD, command.head()))?;
    require_body(command, |length| length == 0)?;
    execution.commit(Change::FileDeleted(file))?;
    *execution.selection = Selection::of(&execution.memory.files, parent);
    done()
}

fn may_create(execution: &Execution<'_>, parent: Option<FileHandle>, access: Access) -> Result<(), StatusWord> {
    match parent {
        Some(parent) => execution.require(parent, access),
        None if access.mode == Some(df::CREATE_DF) && execution.context.status.proves(FORMATION) => Ok(()),
        None => Err(StatusWord::SecurityStatusNotSatisfied),
    }
}
