use std::path::Path;
use std::process::ExitCode;

use clap::CommandFactory;
use clap_complete::Shell;
use sigillo_line::LineError;

use crate::args::Cli;
use crate::failure::Failure;

/// Prints a completion script.
pub(crate) fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    clap_complete::generate(shell, &mut Cli::command(), "sigillo", &mut std::io::stdout().lock());
    Ok(ExitCode::SUCCESS)
}

/// Writes a man page for each command.
pub(crate) fn man(dir: &Path) -> Result<ExitCode, Failure> {
    clap_mangen::generate_to(Cli::command(), dir)
        .map_err(|error| LineError::File { path: dir.to_owned(), reason: error.kind().to_string() })?;
    Ok(ExitCode::SUCCESS)
}
