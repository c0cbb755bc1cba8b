//! A connection to a server, and its transaction: what nobody waits for goes out together with what somebody waits for.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use tokio::runtime::{Builder, Runtime};
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Config, Error, NoTls, Row, Statement};

use crate::engine::failure::DatabaseError;
use crate::error::StoreError;

/// A connection, the orders that wait to go out on it, and how its transaction stands.
///
/// A server answers orders in the sequence in which they come, and after one that failed refuses all that follow in the transaction:
/// so many may be under way at once, and the first failure is the one that counts.
pub(super) struct Pipeline {
    runtime: Runtime,
    client: Client,
    waiting: RefCell<Vec<Order>>,
    /// The octets of all values that wait.
    octets: Cell<usize>,
    standing: Cell<Standing>,
}

/// The values of a statement, and how many octets they are about.
#[derive(Default)]
pub(super) struct Values {
    values: Vec<Box<dyn ToSql + Send + Sync>>,
    octets: usize,
}

impl Values {
    pub(super) fn push(&mut self, value: impl ToSql + Send + Sync + 'static, octets: usize) {
        self.values.push(Box::new(value));
        self.octets += octets;
    }

    fn lent(&self) -> Vec<&(dyn ToSql + Sync)> {
        self.values.iter().map(|value| &**value as &(dyn ToSql + Sync)).collect()
    }
}

/// What is asked of the server.
enum Order {
    /// Statements without values.
    Batch(&'static str),
    /// A statement whose answer nobody reads.
    Write(Statement, Values),
}

/// How the transaction stands.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Standing {
    None,
    /// It begins with the first order that goes out.
    Begun,
    Open,
    /// A statement failed: nothing of it can become durable any more, and a server takes COMMIT for ROLLBACK.
    Failed,
}

impl Pipeline {
    pub(super) fn connect(configuration: &Config) -> Result<Self, StoreError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(StoreError::File)?;
        let (client, connection) =
            runtime.block_on(configuration.connect(NoTls)).map_err(|error| match error.into() {
                // The client itself gives up when the server asks for a password, or in a way that it does not know.
                StoreError::Database(DatabaseError::Client(_)) => StoreError::AccessDenied,
                other => other,
            })?;
        // It moves while somebody waits for an answer; how it ends is told to whoever asks next.
        runtime.spawn(connection);
        Ok(Self {
            runtime,
            client,
            waiting: RefCell::default(),
            octets: Cell::new(0),
            standing: Cell::new(Standing::None),
        })
    }

    /// The runtime and the connection, for what brings orders of its own.
    pub(super) const fn parts(&mut self) -> (&Runtime, &mut Client) {
        (&self.runtime, &mut self.client)
    }

    /// Lets the server read a statement, ahead of what waits.
    pub(super) fn prepare(&self, sql: &str) -> Result<Statement, StoreError> {
        self.runtime.block_on(self.client.prepare(sql)).map_err(|error| self.failed(error))
    }

    /// The rows of a statement.
    pub(super) fn query(&self, statement: &Statement, values: &Values) -> Result<Vec<Row>, StoreError> {
        self.ask(self.client.query(statement, &values.lent()))
    }

    /// The rows of a statement that is asked once, without values.
    pub(super) fn query_once(&self, sql: &str) -> Result<Vec<Row>, StoreError> {
        self.ask(self.client.query_typed(sql, &[]))
    }

    /// How many rows a statement wrote.
    pub(super) fn execute(&self, statement: &Statement, values: &Values) -> Result<u64, StoreError> {
        self.ask(self.client.execute(statement, &values.lent()))
    }

    /// Statements without values and without answers.
    pub(super) fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.ask(self.client.batch_execute(sql))
    }

    /// A statement that goes out with the transaction's next order, with its commit at the latest: there a failure comes to light.
    pub(super) fn write(&self, statement: Statement, values: Values) -> Result<(), StoreError> {
        self.octets.set(self.octets.get() + values.octets);
        self.waiting.borrow_mut().push(Order::Write(statement, values));
        let is_much = self.octets.get() > MOST_OCTETS || self.waiting.borrow().len() > MOST_ORDERS;
        if is_much || self.standing.get() == Standing::None { self.ask(async { Ok(()) }) } else { Ok(()) }
    }

    /// Whether a transaction was begun, and not ended.
    pub(super) fn is_in_transaction(&self) -> bool {
        self.standing.get() != Standing::None
    }

    /// Begins a transaction, together with its first statement.
    pub(super) fn begin(&self, how: &'static str) {
        self.standing.set(Standing::Begun);
        self.waiting.borrow_mut().push(Order::Batch(how));
    }

    /// Makes the transaction durable, or fails and undoes it.
    pub(super) fn commit(&self) -> Result<(), StoreError> {
        if self.standing.get() == Standing::Failed {
            self.rollback();
            return Err(StoreError::Database(DatabaseError::Undone));
        }
        let committed = self.batch("COMMIT");
        if committed.is_err() {
            self.rollback();
        }
        self.standing.set(Standing::None);
        committed
    }

    /// Undoes the transaction, as far as there is one.
    pub(super) fn rollback(&self) {
        self.forget();
        if matches!(self.standing.replace(Standing::None), Standing::Open | Standing::Failed) {
            // A server that went away has undone it already.
            let _ = self.batch("ROLLBACK");
        }
    }

    /// Sends what waits, and this behind it, in one go; the first failure, or the answer of this.
    fn ask<T>(&self, last: impl Future<Output = Result<T, Error>>) -> Result<T, StoreError> {
        let waiting = self.forget();
        if self.standing.get() == Standing::Begun {
            self.standing.set(Standing::Open);
        }
        self.runtime.block_on(self.in_turn(&waiting, last)).map_err(|error| self.failed(error))
    }

    async fn in_turn<T>(&self, waiting: &[Order], last: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let mut sent = Vec::with_capacity(waiting.len());
        for order in waiting {
            let mut answer: Pin<Box<dyn Future<Output = Result<(), Error>>>> = Box::pin(self.carry_out(order));
            match once(answer.as_mut()).await {
                Poll::Ready(answer) => answer?,
                Poll::Pending => sent.push(answer),
            }
        }
        let mut last = pin!(last);
        let early = once(last.as_mut()).await;
        for answer in sent {
            answer.await?;
        }
        match early {
            Poll::Ready(answer) => answer,
            Poll::Pending => last.await,
        }
    }

    async fn carry_out(&self, order: &Order) -> Result<(), Error> {
        match order {
            Order::Batch(sql) => self.client.batch_execute(sql).await,
            Order::Write(statement, values) => self.client.execute(statement, &values.lent()).await.map(drop),
        }
    }

    /// Takes out what waits.
    fn forget(&self) -> Vec<Order> {
        self.octets.set(0);
        self.waiting.take()
    }

    fn failed(&self, error: Error) -> StoreError {
        if self.standing.get() == Standing::Open {
            self.standing.set(Standing::Failed);
        }
        error.into()
    }
}

/// Polls once: an order goes out when it is polled first, and is answered when the connection moves.
async fn once<F: Future + ?Sized>(mut order: Pin<&mut F>) -> Poll<F::Output> {
    poll_fn(|context| Poll::Ready(order.as_mut().poll(context))).await
}

/// More does not wait: an import of any size stays within this.
const MOST_OCTETS: usize = 256 << 10;
const MOST_ORDERS: usize = 256;
