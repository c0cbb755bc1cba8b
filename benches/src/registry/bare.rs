use postgres::{Client, NoTls, Statement};
use rusqlite::Connection;

use crate::failure::Failure;
use crate::registry::filled::Fill;

/// A table beside the register, and one durable insert into it as each engine's own library makes it.
pub(crate) enum Bare {
    Sqlite(Connection),
    PostgreSql(Box<Client>, Statement),
}

impl Bare {
    pub(crate) fn of(fill: Fill<'_>) -> Result<Self, Failure> {
        match fill {
            Fill::Sqlite(folder) => {
                let connection = Connection::open(folder.join("bare.db"))?;
                connection.execute_batch(
                    "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE bare (x BLOB NOT NULL) STRICT",
                )?;
                Ok(Self::Sqlite(connection))
            }
            Fill::PostgreSql(server) => {
                let mut client = Client::connect(&server.url(&server.database()?), NoTls)?;
                client.batch_execute("CREATE TABLE bare (x BYTEA NOT NULL)")?;
                let insert = client.prepare(INSERT)?;
                Ok(Self::PostgreSql(Box::new(client), insert))
            }
        }
    }

    pub(crate) fn insert(&mut self) -> Result<(), Failure> {
        match self {
            Self::Sqlite(connection) => {
                connection.prepare_cached(INSERT)?.execute([&ROW])?;
            }
            Self::PostgreSql(client, insert) => {
                client.execute(insert, &[&ROW])?;
            }
        }
        Ok(())
    }
}

const INSERT: &str = "INSERT INTO bare (x) VALUES ($1)";
/// About as long as an entry of the trace.
const ROW: &[u8] = &[0x5A; 240];
