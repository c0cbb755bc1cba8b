//! Where a letter goes: into a program's standard input, or into a file that only its recipient opens. Never to disk in clear.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use jiff::civil::DateTime;
use rustix::fs::{Access, access};
use rustix::io::ioctl_fionbio;
use rustix::process::{Pid, Signal, kill_process_group};
use sigillo_crypto::Entropy;
use sigillo_seal::message;
use sigillo_seal::x509::Certificate;
use sigillo_secret::SecretBytes;

use crate::error::OfficeError;

/// A place for one letter.
pub trait LetterOutput {
    /// Gets ready, so that what can fail without the codes fails before they are taken out. Nothing is started: a letter may still
    /// be refused.
    ///
    /// # Errors
    ///
    /// `office.printer`, `office.output`, `seal.…`.
    fn ready(&mut self) -> Result<(), OfficeError>;

    /// Takes the letter, all of it.
    ///
    /// # Errors
    ///
    /// `office.printer`, `office.printer-time-out`, `office.output`, `seal.…`: whether a letter came out is then not known.
    fn take(&mut self, pdf: &SecretBytes, now: DateTime, entropy: &mut dyn Entropy) -> Result<(), OfficeError>;
}

/// A printer's command: program and arguments, run without a shell; the letter goes to its standard input. It is started when there
/// is a letter for it, and not before; when its time is over it is killed with the programs that it started.
#[derive(Debug)]
pub struct PrinterPipe<'a> {
    command: &'a [String],
    patience: Duration,
}

impl<'a> PrinterPipe<'a> {
    /// How long a letter may take where nobody said otherwise: a queue needs a second, a printer that warms up first half a minute.
    pub const PATIENCE: Duration = Duration::from_secs(120);

    /// The command of a printer, `["lp", "-d", "codes"]`, and how long it may take for a letter.
    #[must_use]
    pub const fn new(command: &'a [String], patience: Duration) -> Self {
        Self { command, patience }
    }

    fn program(&self) -> Result<(&str, &[String]), OfficeError> {
        let missing = OfficeError::Printer("no command is named for the printer");
        self.command.split_first().map(|(program, arguments)| (program.as_str(), arguments)).ok_or(missing)
    }
}

impl LetterOutput for PrinterPipe<'_> {
    fn ready(&mut self) -> Result<(), OfficeError> {
        let (program, _) = self.program()?;
        is_runnable(program).then_some(()).ok_or(OfficeError::Printer(NOT_RUNNABLE))
    }

    fn take(&mut self, pdf: &SecretBytes, _: DateTime, _: &mut dyn Entropy) -> Result<(), OfficeError> {
        let (program, arguments) = self.program()?;
        // What a printer's program says may repeat what it was given. What it starts ends with its group.
        let mut running = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .map_err(|_| OfficeError::Printer(NOT_RUNNABLE))?;
        let told = pdf.expose(|octets| tell(&mut running, octets, Instant::now() + self.patience));
        if !matches!(told, Ok(Some(_))) {
            // It may have ended by itself at this very moment.
            let _ = kill_process_group(Pid::from_child(&running), Signal::KILL);
            let _ = running.wait();
        }
        match told {
            Ok(Some((true, ended))) if ended.success() => Ok(()),
            Ok(Some((true, _))) => Err(OfficeError::Printer("its command failed")),
            Ok(Some((false, _))) => Err(OfficeError::Printer("its command did not take the whole letter")),
            Ok(None) => Err(OfficeError::PrinterTimeOut { seconds: self.patience.as_secs() }),
            Err(_) => Err(OfficeError::Printer("its command cannot be waited for")),
        }
    }
}

/// Gives a program its letter and waits for its end: whether the letter was taken whole, and how the program ended; `None` if its
/// time was over before.
fn tell(program: &mut Child, letter: &[u8], deadline: Instant) -> io::Result<Option<(bool, ExitStatus)>> {
    let mut pipe = program.stdin.take();
    if let Some(pipe) = &pipe {
        // A write that waits for a reader would wait beyond every deadline.
        ioctl_fionbio(pipe, true)?;
    }
    let (mut left, mut pause) = (letter, SHORTEST_PAUSE);
    loop {
        match pipe.as_mut().map(|pipe| pipe.write(left)) {
            Some(Ok(taken)) => (left, pause) = (&left[taken..], SHORTEST_PAUSE),
            Some(Err(error)) if [ErrorKind::WouldBlock, ErrorKind::Interrupted].contains(&error.kind()) => {}
            // Whoever closes his end takes no more.
            Some(Err(_)) => pipe = None,
            None => {}
        }
        pipe = pipe.filter(|_| !left.is_empty());
        // A program that ended may have left the letter to another one, which still reads.
        if pipe.is_none()
            && let Some(ended) = program.try_wait()?
        {
            return Ok(Some((left.is_empty(), ended)));
        }
        if Instant::now() >= deadline {
            return Ok(None);
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Whether there is such a program and this user may run it: looked for where starting it would look.
fn is_runnable(program: &str) -> bool {
    let may_run = |path: &Path| path.is_file() && access(path, Access::EXEC_OK).is_ok();
    if program.contains('/') {
        return may_run(Path::new(program));
    }
    let folders = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    std::env::split_paths(&folders).any(|folder| may_run(&folder.join(program)))
}

/// A new file with the letter in CMS, encrypted to the key of a certificate.
#[derive(Debug)]
pub struct EncryptedLetter<'a> {
    recipient: &'a Certificate,
    path: &'a Path,
    file: Option<File>,
}

impl<'a> EncryptedLetter<'a> {
    /// A file that is made when it is needed; nothing is overwritten.
    #[must_use]
    pub const fn new(recipient: &'a Certificate, path: &'a Path) -> Self {
        Self { recipient, path, file: None }
    }
}

impl LetterOutput for EncryptedLetter<'_> {
    fn ready(&mut self) -> Result<(), OfficeError> {
        let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path);
        self.file = Some(made.map_err(OfficeError::Output)?);
        Ok(())
    }

    fn take(&mut self, pdf: &SecretBytes, now: DateTime, entropy: &mut dyn Entropy) -> Result<(), OfficeError> {
        let message = message::encrypt_to(self.recipient, pdf, now, entropy)?;
        let mut file = self.file.take().ok_or_else(|| OfficeError::Output(ErrorKind::NotFound.into()))?;
        file.write_all(&message).and_then(|()| file.sync_all()).map_err(OfficeError::Output)?;
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.map_or_else(|| PathBuf::from("."), Path::to_owned);
        // The new name survives a power cut too.
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(OfficeError::Output)
    }
}

/// A file that never got its letter is taken away again.
impl Drop for EncryptedLetter<'_> {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // It is empty: whatever stays of it says nothing.
            let _ = std::fs::remove_file(self.path);
        }
    }
}

const NOT_RUNNABLE: &str = "its command cannot be run";
/// Between two looks at a program.
const SHORTEST_PAUSE: Duration = Duration::from_millis(1);
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
