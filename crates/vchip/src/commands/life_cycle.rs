//! ACTIVATE FILE on the master file, which is the lock, and TERMINATE CARD USAGE. Spec: `iso-7816-9#life-cycle`.

use sigillo_apdu::fcp::{LifeCycle, df, ef};
use sigillo_apdu::{CommandApdu, StatusWord};

use super::execution::{Execution, Outcome, done, require_body, require_parameters};
use crate::access::Access;
use crate::channel::ChannelChange;
use crate::memory::Change;

/// Locks the card: one transaction makes card and files operational and destroys the key set, so that no rule which asks for
/// it can ever be met again. Other files than the master file cannot be activated by themselves.
pub(super) fn activate_file(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    let current_df = execution.current_df()?;
    let (file, mode) = match execution.selection.ef {
        Some(file) => (file, ef::ACTIVATE),
        None => (current_df, df::ACTIVATE),
    };
    execution.require(file, Access::with_mode(mode, command.head()))?;
    require_body(command, |length| length == 0)?;
    if execution.memory.files.master() != Some(file) || execution.memory.life_cycle != LifeCycle::Initialisation {
        return Err(StatusWord::ConditionsNotSatisfied.into());
    }
    execution.commit(Change::Locked)?;
    execution.channel_change = ChannelChange::Spend;
    done()
}

/// Ends the card's life: from now on it refuses everything.
pub(super) fn terminate_card_usage(execution: &mut Execution<'_>, command: &CommandApdu) -> Outcome {
    require_parameters(command.head(), 0, 0)?;
    let master = execution.memory.files.master().ok_or(StatusWord::ConditionsNotSatisfied)?;
    execution.require(master, Access::with_mode(df::TERMINATE, command.head()))?;
    require_body(command, |length| length == 0)?;
    execution.commit(Change::Terminated)?;
    execution.channel_change = ChannelChange::End;
    done()
}
