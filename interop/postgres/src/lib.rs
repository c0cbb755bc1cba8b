//! For tests: a private PostgreSQL server with a folder, a Unix socket and a loopback port of its own.
//!
//! [`shared`] starts one server for a whole test program, the first time somebody asks; [`PrivatePostgres::start`] one for a
//! test that stops it itself. Each test takes a database of its own. A server ends with whoever started it, however that
//! ends: it stands under a shell that waits for the end of a pipe. Its folder goes with it.
//!
//! Whatever is missing (the server's programs, a user who may run it) fails the test; nothing is skipped.
#![forbid(unsafe_code)]

use std::fs::{self, File};
use std::io;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running server; dropping it stops it and removes its folder.
#[derive(Debug)]
pub struct PrivatePostgres {
    /// The shell above the server; its standard input is the pipe.
    keeper: Child,
    folder: TempDir,
    programs: PathBuf,
    port: u16,
    databases: AtomicU32,
}

/// The server of this test program.
///
/// # Panics
///
/// If it cannot be started: the tests that need it fail.
#[must_use]
pub fn shared() -> &'static PrivatePostgres {
    static SHARED: OnceLock<PrivatePostgres> = OnceLock::new();
    SHARED.get_or_init(|| match PrivatePostgres::start() {
        Ok(started) => started,
        Err(error) => panic!("no PostgreSQL for this test: {error}"),
    })
}

impl PrivatePostgres {
    /// Makes a cluster among the temporary files, starts its server and waits until it answers.
    ///
    /// # Errors
    ///
    /// As of [`Self::start_in`].
    pub fn start() -> io::Result<Self> {
        Self::start_in(&std::env::temp_dir(), &[])
    }

    /// Makes a cluster in a new folder of another one, starts its server with settings (`shared_buffers=512MB`) and waits until it
    /// answers.
    ///
    /// # Errors
    ///
    /// If a program is missing, or the server does not answer within thirty seconds; its log is in the message.
    pub fn start_in(parent: &Path, settings: &[&str]) -> io::Result<Self> {
        let programs = programs()?;
        let folder = TempDir::with_prefix_in("sigillo-pg-", parent)?;
        let user = Unprivileged::of_this_process()?;
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700))?;
        user.give(folder.path())?;
        let data = folder.path().join("data");
        let mut initdb = user.command(&programs.join("initdb"));
        initdb.args(["--auth=trust", "--no-sync", "--no-locale", "--encoding=UTF8", "--username", USER, "--pgdata"]);
        finished(initdb.arg(&data))?;
        // Whoever comes over the socket is let in, the folder keeps others out; over loopback the password is asked for.
        let rules =
            format!("local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n# {}\n", folder.path().display());
        fs::write(data.join("pg_hba.conf"), rules)?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let keeper = user.keep(&programs.join("postgres"), folder.path(), port, settings)?;
        let mut started = Self { keeper, folder, programs, port, databases: AtomicU32::new(0) };
        started.wait_until_it_answers()?;
        Ok(started)
    }

    /// Makes an empty database and gives its name.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub fn database(&self) -> io::Result<String> {
        self.copy_of("template0")
    }

    /// Makes a database like another one, to which nobody is connected, and gives its name.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub fn copy_of(&self, template: &str) -> io::Result<String> {
        let name = format!("test{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(name)
    }

    /// Where a database is, over the Unix socket.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        format!("postgresql:///{database}?host={}&port={}&user={USER}", self.folder.path().display(), self.port)
    }

    /// Where a database is, over loopback, for a user with a password.
    #[must_use]
    pub fn loopback_url(&self, database: &str, user: &str) -> String {
        format!("postgresql://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// Lets `psql` carry out statements in a database, and gives what it prints, unaligned.
    ///
    /// # Errors
    ///
    /// What the server says.
    pub fn sql(&self, database: &str, statements: &str) -> io::Result<String> {
        let mut psql = self.program("psql", database);
        psql.args(["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", "--command"]);
        finished(psql.arg(statements))
    }

    /// One of PostgreSQL's own programs, told where a database is.
    #[must_use]
    pub fn program(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.env("PGHOST", self.folder.path()).env("PGPORT", self.port.to_string());
        command.env("PGUSER", USER).env("PGDATABASE", database);
        command
    }

    /// Stops the server at once, and asks none of its sessions.
    ///
    /// # Errors
    ///
    /// If it cannot be waited for.
    pub fn stop(&mut self) -> io::Result<()> {
        drop(self.keeper.stdin.take());
        self.keeper.wait().map(drop)
    }

    fn wait_until_it_answers(&mut self) -> io::Result<()> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let answered = self.sql("postgres", "SELECT 1");
            let ended = self.keeper.try_wait()?;
            match answered {
                Ok(_) => return Ok(()),
                Err(error) if ended.is_some() || Instant::now() > deadline => {
                    let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
                    return Err(io::Error::other(format!("{error}; its log:\n{log}")));
                }
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        // It may have ended by itself; then there is nothing to stop.
        let _ = self.stop();
    }
}

/// Who runs the server: PostgreSQL refuses root.
struct Unprivileged(Option<&'static str>);

impl Unprivileged {
    fn of_this_process() -> io::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            return Ok(Self(None));
        }
        let is_known = |user: &&str| Command::new("id").arg(user).output().is_ok_and(|out| out.status.success());
        let known = ["postgres", "nobody"].into_iter().find(is_known);
        known.map(|user| Self(Some(user))).ok_or_else(|| io::Error::other("neither postgres nor nobody is a user here"))
    }

    fn give(&self, folder: &Path) -> io::Result<()> {
        match self.0 {
            Some(user) => finished(Command::new("chown").arg(user).arg(folder)).map(drop),
            None => Ok(()),
        }
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = match self.0 {
            Some(user) => {
                let mut command = Command::new("setpriv");
                command.args(["--reuid", user, "--regid"]).arg(group_of(user)).arg("--clear-groups").arg(program);
                command
            }
            None => Command::new(program),
        };
        // The folder this test runs in may be closed to that user.
        command.current_dir("/");
        command
    }

    /// Starts the server under a shell that stops it, and removes the folder, when the pipe to the shell ends.
    fn keep(&self, postgres: &Path, folder: &Path, port: u16, settings: &[&str]) -> io::Result<Child> {
        let log = File::create(folder.join("log"))?;
        let mut keeper = self.command(Path::new("/bin/sh"));
        keeper.args(["-c", KEEPER, "keeper"]).arg(postgres).arg(folder).arg(port.to_string());
        keeper.args(settings.iter().flat_map(|setting| ["-c", setting]));
        keeper.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log).spawn()
    }
}

fn group_of(user: &str) -> &'static str {
    if user == "nobody" { "nogroup" } else { "postgres" }
}

/// The folder of PostgreSQL's programs, server and client; Debian keeps them out of the path.
fn programs() -> io::Result<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten().map(|version| version.path().join("bin"));
    let in_path = std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect::<Vec<_>>());
    let has_all = |folder: &PathBuf| ["initdb", "postgres", "psql"].iter().all(|program| folder.join(program).exists());
    let found = versions.chain(in_path.unwrap_or_default()).find(has_all);
    found.ok_or_else(|| io::Error::other("PostgreSQL's server is missing: scripts/setup installs it"))
}

/// Runs a program to its end and gives what it printed.
fn finished(command: &mut Command) -> io::Result<String> {
    let out = command.stdin(Stdio::null()).output()?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).trim_end().to_owned());
    }
    let program = command.get_program().to_string_lossy().into_owned();
    Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&out.stderr))))
}

const USER: &str = "sigillo";
const DEBIAN: &str = "/usr/lib/postgresql";
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);
/// `$1` the server, `$2` the folder, `$3` the port, behind them settings. What is committed is synced, as the server does unless told otherwise. QUIT
/// ends it at once.
const KEEPER: &str = r#"
postgres=$1 folder=$2 port=$3
shift 3
"$postgres" -D "$folder/data" -k "$folder" -p "$port" -c listen_addresses=127.0.0.1 -c max_connections=200 "$@" &
server=$!
read -r _
kill -QUIT $server
wait $server
rm -rf "$folder"
"#;
