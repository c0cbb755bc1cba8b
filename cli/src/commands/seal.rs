//! `sigillo seal …`: seals of documents without a chip, and a stranger's look at any seal.

mod files;
mod show;
mod sign;
mod slots;
mod verify;

use std::process::ExitCode;

use crate::args::seal::SealCommand;
use crate::context::Context;
use crate::failure::Failure;

/// `sigillo seal …`.
pub(crate) fn seal(context: &Context, command: &SealCommand) -> Result<ExitCode, Failure> {
    match command {
        SealCommand::Sign(arguments) => sign::sign(context, arguments),
        SealCommand::Verify(arguments) => verify::verify(context, arguments),
        SealCommand::Show { sod } => show::show(context, sod),
        SealCommand::Slots { void } => slots::slots(context, *void),
    }
}
