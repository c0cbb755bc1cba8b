use std::path::PathBuf;

use sigillo_secret::SecretBytes;

use crate::engine::Engine;
use crate::engine::postgres::{self, PostgreSql};
use crate::engine::sqlite::Sqlite;
use crate::error::StoreError;

/// Where a register is.
#[derive(Debug)]
pub enum Database {
    /// In a file of this machine.
    Sqlite(PathBuf),
    /// In a PostgreSQL server of this machine.
    PostgreSql(PostgreSqlAddress),
}

/// A database of a PostgreSQL server, and how to get in.
#[derive(Debug)]
pub struct PostgreSqlAddress {
    url: String,
    password: Option<SecretBytes>,
}

impl Database {
    /// The database of a URL `postgresql:///NAME?host=/run/…`: over a Unix socket, or over loopback.
    ///
    /// # Errors
    ///
    /// `store.address`, `store.remote-server` for a server elsewhere, `store.password-in-address`.
    pub fn postgresql(url: &str) -> Result<Self, StoreError> {
        postgres::configuration(url)?;
        Ok(Self::PostgreSql(PostgreSqlAddress { url: url.to_owned(), password: None }))
    }

    /// The same database with a password for its server; a file needs none.
    #[must_use]
    pub fn with_password(self, password: SecretBytes) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::PostgreSql(at) => Self::PostgreSql(PostgreSqlAddress { password: Some(password), ..at }),
        }
    }

    /// Makes the register; of an older form if its number is given.
    pub(crate) fn create(&self, version: Option<i32>) -> Result<Box<dyn Engine>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(Sqlite::create(path, version)?),
            Self::PostgreSql(at) => Box::new(PostgreSql::create(&at.url, at.password.as_ref(), version)?),
        })
    }

    pub(crate) fn open(&self) -> Result<Box<dyn Engine>, StoreError> {
        Ok(match self {
            Self::Sqlite(path) => Box::new(Sqlite::open(path)?),
            Self::PostgreSql(at) => Box::new(PostgreSql::open(&at.url, at.password.as_ref())?),
        })
    }
}
