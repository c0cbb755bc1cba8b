//! A program that is watched while it runs: what it prints, the arguments and the environment of it and its children, the
//! files it makes below TMPDIR (also those without a name), and the register with its write-ahead log.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use sigillo_crypto::sha256;
use tempfile::TempDir;

/// Everything that was seen, by channel; what was seen twice is kept once.
pub(crate) struct Watch {
    pub(crate) seen: BTreeMap<String, BTreeMap<[u8; 32], Vec<u8>>>,
    temporary: TempDir,
    register: PathBuf,
    images: PathBuf,
}

impl Watch {
    /// Watches the register of a home, which need not exist yet.
    pub(crate) fn new(home: &Path) -> Self {
        let (register, images) = (home.join("sigillo.db"), home.join("chips"));
        Self { seen: BTreeMap::new(), temporary: tempfile::tempdir().unwrap(), register, images }
    }

    /// Keeps what a channel carried.
    pub(crate) fn saw(&mut self, channel: &str, octets: Vec<u8>) {
        self.seen.entry(channel.to_owned()).or_default().insert(sha256(&octets), octets);
    }

    /// Runs a program to its end; the channel of its standard output has `name`.
    pub(crate) fn run(&mut self, name: &str, command: &mut Command) -> Output {
        let spool = tempfile::tempdir().unwrap();
        let [out, err] = ["out", "err"].map(|name| spool.path().join(name));
        command.env("TMPDIR", self.temporary.path()).env("SQLITE_TMPDIR", self.temporary.path());
        command.stdin(Stdio::null()).stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap());
        let mut child = command.spawn().unwrap();
        let mut looked = Instant::now();
        let status = loop {
            self.look_at_process(&Path::new("/proc").join(child.id().to_string()));
            self.look_at_temporary_files();
            if looked.elapsed() > EVERY {
                self.look_at_register();
                looked = Instant::now();
            }
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            sleep(Duration::from_millis(1));
        };
        self.look_at_temporary_files();
        self.look_at_register();
        let output = Output { status, stdout: fs::read(out).unwrap(), stderr: fs::read(err).unwrap() };
        self.saw(name, output.stdout.clone());
        self.saw(STANDARD_ERROR, output.stderr.clone());
        output
    }

    /// Arguments, environment and nameless files of a process and its children; a process that ends meanwhile has none.
    fn look_at_process(&mut self, process: &Path) {
        for (channel, file) in [(ARGUMENTS, "cmdline"), (ENVIRONMENT, "environ")] {
            if let Ok(octets) = fs::read(process.join(file)) {
                self.saw(channel, octets);
            }
        }
        let open = fs::read_dir(process.join("fd")).into_iter().flatten().flatten();
        for file in open.map(|entry| entry.path()) {
            let Ok(target) = fs::read_link(&file) else { continue };
            let is_image = target.starts_with(&self.images);
            // The file of a chip that a newer one replaced stays open for its lock: it is the chip as much as the newer one.
            if target.to_string_lossy().ends_with(" (deleted)")
                && !is_image
                && let Ok(octets) = fs::read(&file)
            {
                self.saw(TEMPORARY_FILES, octets);
            }
        }
        let children = fs::read_dir(process.join("task")).into_iter().flatten().flatten();
        let children: Vec<String> =
            children.filter_map(|task| fs::read_to_string(task.path().join("children")).ok()).collect();
        for child in children.iter().flat_map(|children| children.split_whitespace()) {
            self.look_at_process(&Path::new("/proc").join(child));
        }
    }

    fn look_at_temporary_files(&mut self) {
        for path in fs::read_dir(self.temporary.path()).unwrap().flatten().map(|entry| entry.path()) {
            if let Ok(octets) = fs::read(path) {
                self.saw(TEMPORARY_FILES, octets);
            }
        }
    }

    fn look_at_register(&mut self) {
        for (channel, suffix) in [(DATABASE, ""), (WRITE_AHEAD_LOG, "-wal"), (SHARED_MEMORY, "-shm")] {
            let mut path = self.register.clone().into_os_string();
            path.push(suffix);
            // Page by page, each with a little of the next one: what did not change is kept once.
            let octets = fs::read(path).unwrap_or_default();
            for at in (0..octets.len()).step_by(PAGE) {
                self.saw(channel, octets[at..octets.len().min(at + PAGE + OVERLAP)].to_vec());
            }
        }
    }
}

/// Somebody who reads along in the register, and so keeps its log from being emptied: it shows every page that was ever written.
///
/// A process of its own: who reads the register's files octet by octet, as [`Watch`] does, loses the locks of his own process with it.
pub(crate) struct ReadsAlong(Child);

impl ReadsAlong {
    pub(crate) fn in_register_of(home: &Path) -> Self {
        let mut python = Command::new("python3");
        python.args(["-c", READ_ALONG]).arg(home.join("sigillo.db")).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut reader = python.spawn().unwrap();
        let mut begun = String::new();
        BufReader::new(reader.stdout.take().unwrap()).read_line(&mut begun).unwrap();
        assert_eq!(begun, "reading\n");
        Self(reader)
    }
}

/// It reads until its input ends.
impl Drop for ReadsAlong {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().unwrap().success());
    }
}

const READ_ALONG: &str = "import sqlite3, sys
register = sqlite3.connect(sys.argv[1], isolation_level=None)
register.execute('BEGIN')
register.execute('SELECT count(*) FROM lot').fetchall()
print('reading', flush=True)
sys.stdin.read()
";

pub(crate) const STANDARD_ERROR: &str = "standard error and log";
pub(crate) const ARGUMENTS: &str = "process arguments";
pub(crate) const ENVIRONMENT: &str = "process environment";
pub(crate) const TEMPORARY_FILES: &str = "temporary files";
pub(crate) const DATABASE: &str = "database";
pub(crate) const WRITE_AHEAD_LOG: &str = "write-ahead log";
pub(crate) const SHARED_MEMORY: &str = "shared memory of the write-ahead log";
const PAGE: usize = 8192;
const OVERLAP: usize = 256;
const EVERY: Duration = Duration::from_millis(100);
