/// What a database said, or held, that this program has no name of its own for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatabaseError {
    /// SQLite failed.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// PostgreSQL failed; values, which its own errors may quote, are left out.
    #[error("{message} (SQLSTATE {state})")]
    PostgreSql {
        /// The five characters that name what failed.
        state: String,
        /// Its sentence, or the constraint that was violated.
        message: String,
    },
    /// The client of PostgreSQL failed.
    #[error("{0}")]
    Client(String),
    /// A statement of the transaction had failed: there was nothing to make durable.
    #[error("a statement of the transaction had failed, all of it was undone")]
    Undone,
    /// A column holds a value of another kind than this program writes.
    #[error("column {column} of a row holds a value of another kind")]
    Column {
        /// Its place in the row, from 0.
        column: usize,
    },
    /// A number has more than 63 bits.
    #[error("a number is too large for the register")]
    Number,
}
