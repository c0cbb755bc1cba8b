use crate::authority::{Admitted, Presented, authorize, refuse};
use crate::database::Database;
use crate::engine::{Engine, Transaction};
use crate::error::StoreError;

pub use crate::change::By;
pub(crate) use crate::change::{Change, Question, trace_head};

/// The register: of one line in a file, or of several lines and offices in a server.
pub struct Store {
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) probe: Probe,
    /// What this hand is known by since it reserved its first slot.
    pub(crate) holder: Option<i64>,
    /// The request in hand.
    pub(crate) presented: Option<Presented>,
}

/// What is called around each commit.
pub(crate) type Probe = Option<Box<dyn FnMut(&'static str) + Send>>;

impl Store {
    /// Makes a new register: a file that only its owner may read, or the tables of an empty database.
    ///
    /// # Errors
    ///
    /// `store.exists` if something is there, `store.file`, `store.unreachable`, `store.access-denied` or `store.database`.
    pub fn create(database: &Database) -> Result<Self, StoreError> {
        Ok(Self { engine: database.create(None)?, probe: None, holder: None, presented: None })
    }

    /// Opens a register, and brings an older one up to date.
    ///
    /// # Errors
    ///
    /// `store.not-found`, `store.not-a-register`, `store.version`, `store.busy`, `store.unreachable`, `store.access-denied`,
    /// `store.not-durable` or `store.database`.
    pub fn open(database: &Database) -> Result<Self, StoreError> {
        Ok(Self::of(database.open()?))
    }

    pub(crate) fn of(engine: Box<dyn Engine>) -> Self {
        Self { engine, probe: None, holder: None, presented: None }
    }

    /// Sets what is called right before and right after each commit, with the name of the point: `bind/before`, `bind/after`.
    pub fn set_probe(&mut self, probe: Box<dyn FnMut(&'static str) + Send>) {
        self.probe = Some(probe);
    }

    /// The database, to be asked outside of a change.
    pub(crate) fn sql(&self) -> &dyn Engine {
        &*self.engine
    }

    /// Runs one change as one transaction that owns the register from its first read on.
    pub(crate) fn change<T>(
        &mut self,
        point: Point,
        by: By<'_>,
        body: impl FnOnce(&Change<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.change_of(point, by, &Question::NOTHING, |change, ()| body(change))
    }

    /// Runs one change, and gives it what the question finds that it begins with.
    pub(crate) fn change_of<Q, T>(
        &mut self,
        point: Point,
        by: By<'_>,
        about: &Question<'_, Q>,
        body: impl FnOnce(&Change<'_>, Q) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = Transaction::begin(&*self.engine)?;
        let done = Change::asking(transaction.sql(), by, about).and_then(|(mut change, found)| {
            let admitted = admit(&mut change, self.presented.as_ref())?;
            Ok((body(&change, found)?, admitted))
        });
        let (out, admitted) = match done {
            Ok(done) => done,
            Err(error) => {
                drop(transaction);
                return Err(refuse(&*self.engine, by, self.presented.as_ref(), error));
            }
        };
        commit(transaction, &mut self.probe, point)?;
        settle(&mut self.presented, admitted);
        Ok(out)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store")
    }
}

/// Puts a change behind the request in hand.
pub(crate) fn admit(change: &mut Change<'_>, presented: Option<&Presented>) -> Result<Option<Admitted>, StoreError> {
    let admitted = authorize(change, presented)?;
    change.authorize(admitted.as_ref().map(|admitted| admitted.authority.clone()));
    Ok(admitted)
}

/// A change by the request in hand was committed.
pub(crate) fn settle(presented: &mut Option<Presented>, admitted: Option<Admitted>) {
    if let (Some(presented), Some(admitted)) = (presented, admitted) {
        presented.settle(admitted);
    }
}

/// The names of a commit's two points.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
}

macro_rules! point {
    ($name:literal) => {
        $crate::store::Point { before: concat!($name, "/before"), after: concat!($name, "/after") }
    };
}
pub(crate) use point;

/// Commits between the two calls of the probe.
pub(crate) fn commit(transaction: Transaction<'_>, probe: &mut Probe, point: Point) -> Result<(), StoreError> {
    let mut at = |name| {
        if let Some(probe) = probe {
            probe(name);
        }
    };
    at(point.before);
    transaction.commit()?;
    at(point.after);
    Ok(())
}
