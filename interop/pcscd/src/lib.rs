//! For tests: a private pcscd with two virtual readers (vpcd), beside the machine's own and any number of others.
//!
//! The daemon's socket path is compiled in, but a mount namespace gives each daemon a `/run/pcscd` of its own, and the client
//! library finds the socket by the variable `PCSCLITE_CSOCK_NAME`: run PC/SC programs by [`PrivatePcscd::command`]. A test
//! that is itself a PC/SC client runs itself again as a child, see [`PrivatePcscd::rerun`].
//!
//! Whatever is missing (pcscd, libifdvpcd, unshare, the right to make a namespace) fails the test; nothing is skipped.
#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io::{self, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tempfile::TempDir;

/// Where the client library looks for the daemon's socket.
pub const SOCKET_VARIABLE: &str = "PCSCLITE_CSOCK_NAME";

/// A running daemon; dropping it kills it and removes its folder.
#[derive(Debug)]
pub struct PrivatePcscd {
    daemon: Child,
    folder: TempDir,
    port: u16,
}

/// What a program that was run left behind.
#[derive(Debug)]
pub struct Finished {
    /// How it ended; `None` if it was killed for taking too long.
    pub status: Option<ExitStatus>,
    /// Its standard output, as text.
    pub stdout: String,
    /// Its standard error, as text.
    pub stderr: String,
}

/// A child process that does not survive its owner, nor do its own children.
#[derive(Debug)]
pub struct Killed(Child);

impl PrivatePcscd {
    /// Starts a daemon and waits until it listens.
    ///
    /// # Errors
    ///
    /// If a tool is missing, the namespace is refused, or the daemon does not listen within ten seconds; its log is in the
    /// message.
    pub fn start() -> io::Result<Self> {
        // Between finding two free ports and taking them another test may be faster.
        let mut last = io::Error::other("never tried");
        for _ in 0..5 {
            match Self::start_once() {
                Ok(started) => return Ok(started),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The names of the two readers, as PC/SC programs see them.
    #[must_use]
    pub fn readers(&self) -> [String; 2] {
        ["Virtual PCD A 00 00".to_owned(), "Virtual PCD A 00 01".to_owned()]
    }

    /// Where a virtual chip connects to be in the reader of the same position.
    #[must_use]
    pub fn addresses(&self) -> [String; 2] {
        [format!("127.0.0.1:{}", self.port), format!("127.0.0.1:{}", self.port + 1)]
    }

    /// A program that will find this daemon and no other.
    #[must_use]
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env(SOCKET_VARIABLE, self.socket());
        command
    }

    /// Runs one test of this test binary again, as a child that finds this daemon; `part` is in its environment as
    /// `SIGILLO_LAB_PART`.
    ///
    /// # Errors
    ///
    /// If the child cannot be started.
    pub fn rerun(&self, test: &str, part: &str, time_out: Duration) -> io::Result<Finished> {
        let mut command = self.command(std::env::current_exe()?);
        command.args(["--exact", test, "--nocapture"]).env(PART_VARIABLE, part);
        run(&mut command, time_out)
    }

    /// The path of the daemon's socket.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.folder.path().join("run/pcscd.comm")
    }

    /// What the daemon wrote so far.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    fn start_once() -> io::Result<Self> {
        let folder = TempDir::with_prefix("sigillo-pcscd-")?;
        let (run, conf) = (folder.path().join("run"), folder.path().join("conf"));
        fs::create_dir(&run)?;
        fs::create_dir(&conf)?;
        let port = free_port_pair()?;
        fs::write(
            conf.join("vpcd"),
            format!(
                "FRIENDLYNAME \"Virtual PCD A\"\nDEVICENAME /dev/null:0x{port:04X}\nLIBPATH {DRIVER}\nCHANNELID 0x{port:04X}\n"
            ),
        )?;
        require(Path::new(DRIVER))?;
        if is_root() {
            fs::create_dir_all("/run/pcscd")?;
        }
        let daemon = start_daemon(&run, &conf, &folder.path().join("log"))?;
        let mut started = Self { daemon, folder, port };
        let deadline = Instant::now() + START_PATIENCE;
        while !started.is_listening() {
            let ended = started.daemon.try_wait()?;
            if ended.is_some() || Instant::now() > deadline {
                let log = started.log();
                return Err(io::Error::other(format!("pcscd does not listen ({ended:?}); its log:\n{log}")));
            }
            thread::sleep(PAUSE);
        }
        Ok(started)
    }

    /// The socket is there, and both ports are taken (looking at them by connecting would use up the slots).
    fn is_listening(&self) -> bool {
        let taken = |port| TcpListener::bind(("0.0.0.0", port)).is_err();
        self.socket().exists() && taken(self.port) && taken(self.port + 1)
    }
}

impl Drop for PrivatePcscd {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to kill.
        self.daemon.kill().unwrap_or_default();
        self.daemon.wait().map(drop).unwrap_or_default();
    }
}

impl Killed {
    /// Starts a program in a process group of its own.
    ///
    /// # Errors
    ///
    /// If it cannot be started.
    pub fn spawn(command: &mut Command) -> io::Result<Self> {
        command.process_group(0).spawn().map(Self)
    }

    /// The child.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }

    /// Asks the child to end (SIGTERM) and waits for it.
    ///
    /// # Errors
    ///
    /// If it does not end in time.
    pub fn terminate(&mut self, time_out: Duration) -> io::Result<ExitStatus> {
        let pid = Pid::from_child(&self.0);
        if self.0.try_wait()?.is_none() {
            rustix::process::kill_process(pid, Signal::TERM)?;
        }
        self.wait(time_out)?.ok_or_else(|| io::Error::new(io::ErrorKind::TimedOut, "the child does not end"))
    }

    /// Waits for the child to end; `None` if it takes longer than `time_out`.
    ///
    /// # Errors
    ///
    /// If the system does not tell.
    pub fn wait(&mut self, time_out: Duration) -> io::Result<Option<ExitStatus>> {
        let deadline = Instant::now() + time_out;
        loop {
            match self.0.try_wait()? {
                None if Instant::now() < deadline => thread::sleep(PAUSE),
                ended => return Ok(ended),
            }
        }
    }
}

impl Drop for Killed {
    fn drop(&mut self) {
        // A child that was waited for may have lost its number to a stranger.
        if matches!(self.0.try_wait(), Ok(None)) {
            rustix::process::kill_process_group(Pid::from_child(&self.0), Signal::KILL).unwrap_or_default();
            self.0.wait().map(drop).unwrap_or_default();
        }
    }
}

impl Finished {
    /// Whether the program ended in time and with exit status 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.status.is_some_and(|status| status.success())
    }
}

/// The part that [`PrivatePcscd::rerun`] asked this process to play, if it is such a child.
#[must_use]
pub fn part() -> Option<String> {
    std::env::var(PART_VARIABLE).ok()
}

/// Runs a program to its end, and kills it when it takes longer than `time_out`.
///
/// # Errors
///
/// If it cannot be started.
pub fn run(command: &mut Command, time_out: Duration) -> io::Result<Finished> {
    let mut child = Killed::spawn(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let stdout = collect(child.0.stdout.take());
    let stderr = collect(child.0.stderr.take());
    let status = child.wait(time_out)?;
    drop(child);
    let text =
        |thread: thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&thread.join().unwrap_or_default()).into_owned();
    Ok(Finished { status, stdout: text(stdout), stderr: text(stderr) })
}

const PART_VARIABLE: &str = "SIGILLO_LAB_PART";
const DRIVER: &str = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";
const START_PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(20);

/// The daemon in a mount namespace of its own. `setpriv` kills it with us, should we be killed before we can drop it.
fn start_daemon(run: &Path, conf: &Path, log: &Path) -> io::Result<Child> {
    let log = File::create(log)?;
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "unshare", "--mount", "--propagation", "private"]);
    if !is_root() {
        command.arg("--map-root-user");
    }
    command
        .args(["sh", "-c", "mount --bind \"$0\" /run/pcscd && exec pcscd --foreground --config \"$1\""])
        .args([run, conf])
        .env("PATH", with_system_folders())
        .env_remove(SOCKET_VARIABLE)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .map_err(|error| io::Error::other(format!("setpriv (util-linux) does not start: {error}")))
}

/// Two free ports, one behind the other: a daemon has two slots.
fn free_port_pair() -> io::Result<u16> {
    for _ in 0..200 {
        let first = TcpListener::bind(("0.0.0.0", 0))?;
        let port = first.local_addr()?.port();
        let Some(next) = port.checked_add(1) else { continue };
        if TcpListener::bind(("0.0.0.0", next)).is_ok() {
            return Ok(port);
        }
    }
    Err(io::Error::other("no two free ports side by side"))
}

fn require(file: &Path) -> io::Result<()> {
    if file.exists() {
        return Ok(());
    }
    Err(io::Error::other(format!("{} is missing: scripts/setup test installs it", file.display())))
}

/// pcscd lives in /usr/sbin, which is not in everybody's path.
fn with_system_folders() -> String {
    format!("{}:/usr/sbin:/sbin", std::env::var("PATH").unwrap_or_default())
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

fn collect(stream: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut octets = Vec::new();
        if let Some(mut stream) = stream {
            stream.read_to_end(&mut octets).map(drop).unwrap_or_default();
        }
        octets
    })
}
