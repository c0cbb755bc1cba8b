//! The printing machine: a command of the home's configuration. A card's job goes to its standard input; what it printed, as
//! it reads it back from the card, comes from its standard output.
//!
//! | asked | answer |
//! |---|---|
//! | `{"v":1,"request":"print","job":JOB,"card":CARD}` | `{"v":1,"job":JOB,"printed":true,"document_number":…,"mrz":[…],"portrait_sha256":…,"signature_sha256":…}` |
//! | `{"v":1,"request":"outcome","job":JOB}` | the same for a job that was printed; `{"v":1,"job":JOB,"printed":false}` for one that never was |
//!
//! CARD is [`crate::PrintJob`]. A job is 32 hexadecimal digits; a machine prints each at most once: asked to print one that it
//! printed, it answers what it printed then. Digests are of the image files of the job, hexadecimal; without a signature there is
//! `null`. Standard error is not read: drivers like to repeat there what they were given.

use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::LineError;
use crate::print_job::{PrintJob, json};

/// The section `[printer]` of `sigillo.toml`.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PrinterSettings {
    /// Program and arguments; it runs in the home.
    pub(crate) command: Vec<String>,
    /// How many seconds one card may take.
    #[serde(default = "patience")]
    pub(crate) seconds: u64,
}

/// A machine that prints cards.
#[derive(Debug)]
pub(crate) struct Printer {
    pub(crate) settings: PrinterSettings,
    /// Where it runs.
    pub(crate) folder: PathBuf,
}

/// What a machine read back from a card: personal, so that it prints nothing of itself.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadBack {
    pub(crate) document_number: String,
    pub(crate) mrz: Vec<String>,
    pub(crate) portrait_sha256: String,
    pub(crate) signature_sha256: Option<String>,
}

impl Printer {
    /// Prints a card, or answers what the job printed before.
    ///
    /// # Errors
    ///
    /// `line.printer`: whether the card is printed is not known.
    pub(crate) fn print(&self, job: &str, card: &PrintJob) -> Result<ReadBack, LineError> {
        let asked = Request { v: VERSION, request: "print", job, card: Some(card) };
        self.ask(&asked)?.ok_or(LineError::Printer("it says that it did not print the job that it was given"))
    }

    /// What a job printed; `None` if it was never printed.
    ///
    /// # Errors
    ///
    /// `line.printer`: whether the card is printed is not known.
    pub(crate) fn outcome(&self, job: &str) -> Result<Option<ReadBack>, LineError> {
        self.ask(&Request { v: VERSION, request: "outcome", job, card: None })
    }

    fn ask(&self, request: &Request<'_>) -> Result<Option<ReadBack>, LineError> {
        let told = self.run(&json(request)?)?;
        let answer: Answer = serde_json::from_slice(&told).map_err(|_| LineError::Printer(NO_ANSWER))?;
        if answer.v != VERSION || answer.job != request.job {
            return Err(LineError::Printer("it answered another job"));
        }
        match (answer.printed, answer.read_back) {
            (true, Some(read_back)) => Ok(Some(read_back)),
            (false, None) => Ok(None),
            _ => Err(LineError::Printer(NO_ANSWER)),
        }
    }

    /// One run of the command, which gets as long as it may take and is ended then.
    fn run(&self, input: &[u8]) -> Result<Zeroizing<Vec<u8>>, LineError> {
        let failed = |_| LineError::Printer("its command cannot be run");
        let (program, arguments) =
            self.settings.command.split_first().ok_or(LineError::Printer("[printer] command names no program"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        std::thread::scope(|scope| {
            // A machine that reads late and one that talks early both get their way. Whoever closes his end has said enough: the
            // answer tells.
            scope.spawn(move || stdin.map(|mut stdin| stdin.write_all(input)));
            let answer = scope.spawn(move || {
                let mut answer = Zeroizing::new(Vec::new());
                let stdout = stdout.map(|stdout| stdout.take(LONGEST_ANSWER));
                stdout.map(|mut stdout| stdout.read_to_end(&mut answer));
                answer
            });
            let succeeded = self.wait(&mut child)?;
            let answer = answer.join().map_err(|_| LineError::Printer(NO_ANSWER))?;
            if succeeded { Ok(answer) } else { Err(LineError::Printer("its command failed")) }
        })
    }

    fn wait(&self, child: &mut Child) -> Result<bool, LineError> {
        let failed = |_| LineError::Printer("its command cannot be waited for");
        let deadline = Instant::now() + Duration::from_secs(self.settings.seconds);
        let mut pause = Duration::from_millis(1);
        loop {
            if let Some(status) = child.try_wait().map_err(failed)? {
                return Ok(status.success());
            }
            if Instant::now() >= deadline {
                child.kill().and_then(|()| child.wait()).map_err(failed)?;
                return Err(LineError::Printer("it took longer than it may"));
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(50));
        }
    }
}

#[derive(Serialize)]
struct Request<'r> {
    v: u8,
    request: &'static str,
    job: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    card: Option<&'r PrintJob>,
}

#[derive(Deserialize)]
struct Answer {
    v: u8,
    job: String,
    printed: bool,
    #[serde(flatten)]
    read_back: Option<ReadBack>,
}

/// Two minutes: a machine that laser-engraves takes one.
pub(crate) const fn patience() -> u64 {
    120
}

const VERSION: u8 = 1;
const NO_ANSWER: &str = "its answer is none";
/// Of a machine that talks without end.
const LONGEST_ANSWER: u64 = 0x1_0000;
