//! From arguments to open things: home, register, keys, clock, output.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::Value;
use sigillo_keystore::{Keystore, KeystoreEntropy};
use sigillo_line::{Home, HomeLock, Line, LineError, Progress, ReaderStation, Station, VirtualStation, Wanted};
use sigillo_store::{Database, Store};

use crate::args::Global;
use crate::args::station::StationArgs;
use crate::failure::Failure;
use crate::secrets::Secrets;

/// In whose name something is looked at: such work writes neither journal nor trace.
const NOBODY: &str = "nobody";
/// The name of the descriptor with the password of the database's server.
const DATABASE_PASSWORD: &str = "database";

/// The options of every command, and where results go.
pub(crate) struct Context {
    /// The options.
    pub global: Global,
}

/// Everything a command of the line needs, open.
pub(crate) struct Open {
    /// The home.
    pub home: Home,
    /// The register.
    pub store: Store,
    /// The keys.
    pub keys: Box<dyn Keystore>,
    /// Randomness.
    pub entropy: KeystoreEntropy,
    /// The second person, if two asked for what is changed.
    pub second: Option<String>,
    /// Held while something is changed.
    _lock: Option<HomeLock>,
}

impl Open {
    fn of(context: &Context, home: Home, lock: Option<HomeLock>) -> Result<Self, Failure> {
        let store = context.store(&home)?;
        let keys = context.keys(&home)?;
        let entropy = KeystoreEntropy::of(&*keys)?;
        Ok(Self { home, store, keys, entropy, second: None, _lock: lock })
    }
}

impl Context {
    /// The moment: the clock's, unless `--now` says another.
    pub(crate) fn now(&self) -> Timestamp {
        // The only place of the program that reads the clock.
        self.global.now.unwrap_or_else(Timestamp::now)
    }

    /// The day, UTC.
    pub(crate) fn today(&self) -> jiff::civil::Date {
        self.now().to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    /// The moment, UTC: certificates and lists know whole seconds.
    pub(crate) fn whole_seconds(&self) -> jiff::civil::DateTime {
        let now = self.now().to_zoned(jiff::tz::TimeZone::UTC).datetime();
        now.with().subsec_nanosecond(0).build().unwrap_or(now)
    }

    /// Opens the keys of a home; a passphrase or PIN comes from a descriptor, the home's secret file, or a prompt.
    pub(crate) fn keys(&self, home: &Home) -> Result<Box<dyn Keystore>, Failure> {
        let mut secrets = Secrets::new(&self.global.secret_fd, home.secret_file());
        Ok(sigillo_keystore::open(&home.keys(), home.mode(), home.backend(), &mut secrets)?)
    }

    /// Where a home's register is; the password of its server comes from a descriptor, where one is named.
    pub(crate) fn database(&self, home: &Home) -> Result<Database, Failure> {
        let database = home.database()?;
        let secrets = Secrets::new(&self.global.secret_fd, None);
        Ok(match secrets.named(DATABASE_PASSWORD)? {
            Some(password) => database.with_password(password),
            None => database,
        })
    }

    /// Opens the register of a home, without its keys.
    pub(crate) fn store(&self, home: &Home) -> Result<Store, Failure> {
        Ok(Store::open(&self.database(home)?)?)
    }

    /// Opens the home and what is in it.
    pub(crate) fn open(&self) -> Result<Open, Failure> {
        Open::of(self, Home::open(&self.global.home)?, None)
    }

    /// Opens the home alone, to ask for a change next or to finish one: an operator is named, and nobody else is at work there.
    pub(crate) fn open_alone(&self) -> Result<Open, Failure> {
        self.operator()?;
        let home = Home::open(&self.global.home)?;
        let lock = home.lock()?;
        Open::of(self, home, Some(lock))
    }

    /// The operator's name.
    pub(crate) fn operator(&self) -> Result<&str, Failure> {
        let named = self.global.operator.as_deref();
        named.ok_or_else(|| Failure::usage("usage.operator", "this changes a state, and nobody is named for it"))
    }

    /// Lets `work` change something in the operator's name, with a progress bar of `total` chips on a terminal.
    pub(crate) fn change<R>(
        &self,
        open: &mut Open,
        total: Option<u64>,
        work: impl FnOnce(&mut Line<'_>) -> Result<R, LineError>,
    ) -> Result<R, Failure> {
        let operator = self.operator()?;
        Ok(self.with_line(open, operator, total, work)?)
    }

    /// Lets `work` look at something; nobody needs to be named for that.
    pub(crate) fn look<R>(
        &self,
        open: &mut Open,
        work: impl FnOnce(&mut Line<'_>) -> Result<R, LineError>,
    ) -> Result<R, Failure> {
        Ok(self.with_line(open, NOBODY, None, work)?)
    }

    /// Lets `work` use a line, with a progress bar of `total` chips on a terminal.
    fn with_line<R>(
        &self,
        open: &mut Open,
        operator: &str,
        total: Option<u64>,
        work: impl FnOnce(&mut Line<'_>) -> R,
    ) -> R {
        let bar = self.progress_bar(total);
        let clock = || self.now();
        let mut progress = |progress: Progress<'_>| match progress {
            Progress::Initialised { serial } => bar.tick_with(format!("{serial} in stock")),
            Progress::Released { line, serial } => bar.tick_with(format!("record {line} on {serial} released")),
            Progress::Scrapped { serial, code } => bar.note(format!("{serial} scrapped: {code}")),
            _ => {}
        };
        work(&mut Line {
            home: &open.home,
            store: &mut open.store,
            keys: &mut *open.keys,
            entropy: &mut open.entropy,
            clock: &clock,
            operator,
            progress: &mut progress,
        })
    }

    /// The station that the user named; virtual chips come from one folder of the home.
    pub(crate) fn station(
        &self,
        home: &Home,
        arguments: &StationArgs,
        batch: Option<&str>,
    ) -> Result<(Box<dyn Station>, u64), Failure> {
        if let Some(reader) = &arguments.reader {
            let (seconds, is_told) = (arguments.wait, !self.global.json);
            let ask = move |wanted| {
                let what = match wanted {
                    Wanted::AnotherChip => "take the chip out and put the next one in",
                    Wanted::Chip => "put the next chip in",
                };
                if is_told {
                    // Nobody is left to be asked when standard error is closed.
                    let _ = writeln!(std::io::stderr(), "{what}: within {seconds} s, or the work ends here");
                }
            };
            return Ok((Box::new(ReaderStation::open(reader, Duration::from_secs(seconds), ask)?), u64::MAX));
        }
        let folder = batch.map_or_else(|| home.chips(), |batch| home.chips().join(batch));
        let limit = arguments.virtual_chips.map_or(u64::MAX, u64::from);
        Ok((Box::new(VirtualStation::of_folder(&folder)?), limit))
    }

    /// Prints a result: JSON where it was asked for, text otherwise.
    pub(crate) fn print(&self, json: &Value, text: impl FnOnce() -> String) {
        let mut out = std::io::stdout().lock();
        let text = if self.global.json { format!("{json}\n") } else { text() };
        // A reader that closed the pipe has seen what it wanted.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// A bar on standard error, where somebody looks at it.
    pub(crate) fn progress_bar(&self, total: Option<u64>) -> Bar {
        let visible = total.is_some() && !self.global.json && std::io::stderr().is_terminal();
        let bar = if visible { ProgressBar::new(total.unwrap_or(0)) } else { ProgressBar::hidden() };
        let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {msg}");
        Bar(style.map(|style| bar.clone().with_style(style)).unwrap_or(bar))
    }
}

/// A progress bar, or nothing where nobody looks.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// One more, and what it was.
    pub(crate) fn tick_with(&self, message: String) {
        self.0.set_message(message);
        self.0.inc(1);
    }

    /// One more.
    pub(crate) fn tick(&self) {
        self.0.inc(1);
    }

    /// So many.
    pub(crate) fn at(&self, position: u64) {
        self.0.set_position(position);
    }

    /// Away with it: the result follows.
    pub(crate) fn clear(&self) {
        self.0.finish_and_clear();
    }

    fn note(&self, message: String) {
        self.0.println(message);
    }
}
