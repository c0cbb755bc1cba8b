//! One module for each family of commands.

mod audit;
mod chip;
mod codes;
mod doctor;
mod exchange;
mod init;
mod keys;
mod lot;
mod manual;
mod operators;
mod permit;
mod pin;
pub(crate) mod pki;
mod qualify;
mod read;
mod run;
mod seal;
mod store;
mod vectors;

use std::process::ExitCode;

use crate::args::Command;
use crate::args::chip::ChipCommand;
use crate::context::Context;
use crate::failure::Failure;

/// Carries out one command.
pub(crate) fn run(context: &Context, command: Command) -> Result<ExitCode, Failure> {
    match command {
        Command::Init(arguments) => init::init(context, &arguments),
        Command::Lot(command) => lot::lot(context, &command),
        Command::Chip(ChipCommand::Inspect { chip, save, tree }) => {
            read::inspect(context, &chip, save.as_deref(), tree)
        }
        Command::Chip(ChipCommand::Verify { chip, csca }) => read::verify(context, &chip, &csca),
        Command::Chip(ChipCommand::Pin(command)) => pin::pin(context, &command),
        Command::Chip(ChipCommand::Qualify(arguments)) => qualify::qualify(context, &arguments),
        Command::Chip(command) => chip::chip(context, command),
        Command::Run(command) => run::run(context, command),
        Command::Codes(command) => codes::codes(context, &command),
        Command::Permit(command) => permit::permit(context, &command),
        Command::Keys(command) => keys::keys(context, &command),
        Command::Operators(command) => operators::operators(context, &command),
        Command::Pki(command) => pki::pki(context, &command),
        Command::Seal(command) => seal::seal(context, &command),
        Command::Store(command) => store::store(context, &command),
        Command::Audit(command) => audit::audit(context, &command),
        Command::Exchange(command) => exchange::exchange(context, &command),
        Command::Doctor => Ok(doctor::doctor(context)),
        Command::Vectors(command) => vectors::vectors(context, &command),
        Command::Completions { shell } => manual::completions(shell),
        Command::Man { dir } => manual::man(&dir),
    }
}
