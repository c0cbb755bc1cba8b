//! The forms that a register had, oldest first: one folder an engine, the same numbers in both.

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

/// These migrations, up to a number if one is given.
pub(super) fn up_to(runner: Runner, version: Option<i32>) -> Runner {
    match version {
        Some(version) => runner.set_target(Target::Version(version)),
        None => runner,
    }
}

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
