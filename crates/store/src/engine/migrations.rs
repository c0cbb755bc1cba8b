//! The forms that a register had, oldest first: one folder an engine, the same numbers in both.

use refinery::error::Kind;
use refinery::{Runner, Target};

use crate::engine::Engine;
use crate::error::StoreError;

/// Where the migrations that were made are written down.
pub(super) const HISTORY: &str = "refinery_schema_history";

/// The migrations of SQLite.
pub(super) fn sqlite() -> Runner {
    sqlite::migrations::runner()
}

/// The migrations of PostgreSQL.
pub(super) fn postgres() -> Runner {
    postgres::migrations::runner()
}

/// These migrations, up to a number if one is given; all that are missing, and what is written down of them, are one transaction:
/// whoever is stopped among them finds the register as it was.
pub(super) fn up_to(runner: Runner, version: Option<i32>) -> Runner {
    let runner = runner.set_grouped(true);
    match version {
        Some(version) => runner.set_target(Target::Version(version)),
        None => runner,
    }
}

/// Why a migration failed: `of` says it of what the database answered.
pub(super) fn failed<E: std::error::Error + 'static>(
    error: &refinery::Error,
    of: impl FnOnce(&E) -> StoreError,
) -> StoreError {
    match error.kind() {
        Kind::Connection(_, source) => source.downcast_ref().map_or(StoreError::Version, of),
        _ => StoreError::Version,
    }
}

/// A migration found that the trace does not say what another table says: the form before cannot become the next one.
pub(super) const AGAINST_THE_TRACE: StoreError = StoreError::Damaged { table: "trace" };

/// The number of the newest migration.
pub(crate) fn newest() -> i32 {
    sqlite().get_migrations().iter().map(refinery::Migration::version).max().unwrap_or_default()
}

/// Whether every migration of this program, and no other, was made: then opening writes nothing, and waits for nobody.
pub(super) fn is_current(engine: &dyn Engine, runner: &Runner) -> Result<bool, StoreError> {
    if !engine.has_table(HISTORY)? {
        return Ok(false);
    }
    let made: Vec<(i64, String)> =
        engine.rows("SELECT version, checksum FROM refinery_schema_history ORDER BY version", &[], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let mut known: Vec<_> = runner
        .get_migrations()
        .iter()
        .map(|migration| (i64::from(migration.version()), migration.checksum().to_string()))
        .collect();
    known.sort_unstable();
    Ok(made == known)
}

mod sqlite {
    refinery::embed_migrations!("migrations/sqlite");
}

mod postgres {
    refinery::embed_migrations!("migrations/postgres");
}
