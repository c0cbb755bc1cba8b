//! ACTIVATE FILE, which on the master file is the lock, DEACTIVATE FILE and TERMINATE CARD USAGE. Spec: `iso-7816-9#life-cycle`.

use sigillo_apdu::fcp::{LifeCycle, df, ef};
use sigillo_apdu::{CommandApdu, StatusWord};

use super::execution::{Execution, Outcome, done, refuse, require_body, require_parameters};
use crate::access::Access;
use crate::channel::ChannelChange;
use crate::faults::Fault;
use crate::files::FileHandle;
use crate::memory::Change;

/// Locks the card, when the master file is current: one transaction makes card and files operational and destroys the key set,
/// so that no rule which asks for it can ever be met again.
///
/// An application that is deactivated gets the life cycle that the card has. EFs cannot be activated by themselves.
pub(super) fn activate_file(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let file = current_file(execution, command, df::ACTIVATE, ef::ACTIVATE)?;
    if execution.memory.files.master() == Some(file) {
        return lock(execution);
    }
    if life_cycle_of_application(execution, file) != Some(LifeCycle::Deactivated) {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    if !execution.has(Fault::ActivationForgotten) {
        execution.commit(Change::FileLifeCycle(file, execution.memory.life_cycle))?;
    }
    done()
}

/// Deactivates an application: it can still be selected, and activated again.
pub(super) fn deactivate_file(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    let file = current_file(execution, command, df::DEACTIVATE, ef::DEACTIVATE)?;
    match life_cycle_of_application(execution, file) {
        Some(LifeCycle::Initialisation | LifeCycle::Activated) => {}
        _ => return refuse(StatusWord::ConditionsNotSatisfied),
    }
    execution.commit(Change::FileLifeCycle(file, LifeCycle::Deactivated))?;
    done()
}

/// Ends the card's life: from now on it refuses everything.
pub(super) fn terminate_card_usage(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    let master = execution.memory.files.master().ok_or(StatusWord::ConditionsNotSatisfied)?;
    execution.require(master, Access::with_mode(df::TERMINATE, command.head()))?;
    require_body(command, |length| length == 0)?;
    if execution.has(Fault::TerminateWithoutEffect) {
        return done();
    }
    execution.commit(Change::Terminated)?;
    execution.channel_change = ChannelChange::End;
    done()
}

fn lock(execution: &mut Execution<'_>) -> Outcome {
    if execution.memory.life_cycle != LifeCycle::Initialisation {
        return refuse(StatusWord::ConditionsNotSatisfied);
    }
    let keys = execution.memory.key_set.take_if(|_| execution.faults.has(Fault::LockKeepsKeys));
    execution.commit(Change::Locked)?;
    execution.memory.key_set = keys;
    if execution.has(Fault::LockLeavesFiles) {
        execution.memory.files.make_all(LifeCycle::Initialisation);
    }
    execution.channel_change = ChannelChange::Spend;
    done()
}

/// The current file, when its rules allow this command.
fn current_file(
    execution: &Execution<'_>,
    command: &CommandApdu,
    df_mode: u8,
    ef_mode: u8,
) -> Result<FileHandle, StatusWord> {
    require_parameters(command.head(), 0, 0)?;
    let current_df = execution.current_df()?;
    let (file, mode) = match execution.selection.ef {
        Some(file) => (file, ef_mode),
        None => (current_df, df_mode),
    };
    execution.require(file, Access::with_mode(mode, command.head()))?;
    require_body(command, |length| length == 0)?;
    Ok(file)
}

/// The life cycle of a DF that is not the master file.
fn life_cycle_of_application(execution: &Execution<'_>, file: FileHandle) -> Option<LifeCycle> {
    let files = &execution.memory.files;
    let is_application = files.objects(file).is_some() && files.master() != Some(file);
    files.get(file).filter(|_| is_application).map(|file| file.fcp.life_cycle)
}
