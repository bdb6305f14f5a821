//! One connection: spoken to from ordinary code, while a thread of its own moves the bytes.
//!
//! The interface of the store is synchronous and its callers may themselves run on a runtime, which must not be entered a
//! second time. So what tokio-postgres gives is polled here on the caller's thread, parked in between; only the sockets
//! belong to a runtime.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::mpsc::sync_channel;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::Thread;

use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, NoTls, Row, Statement};

use super::address::PostgresAddress;
use super::tls::Secured;
use crate::store::error::StoreError;
use crate::store::fault::{Fault, Outcome};

/// A value for a statement.
pub(super) type Value<'a> = &'a (dyn ToSql + Sync);

/// What every connection is told first. A statement of ours takes seconds at the worst; a lock is held for as long as a
/// batch of an import takes; a process that stands still in the midst of a transaction must not hold all others up.
const SETTLE_IN: &str = "SET statement_timeout = '60s'; SET lock_timeout = '10s'; \
    SET idle_in_transaction_session_timeout = '60s'; SET default_transaction_isolation = 'read committed'; \
    SET client_min_messages = 'warning'; SET standard_conforming_strings = on;";

/// What the planner is told. Each statement of ours is to read ranges of indexes; of a table that is new, or has just grown,
/// the planner guesses how many rows a range has, and mostly that to read the whole table is no dearer: to find that nothing is stale
/// took 5 ms where 7,000 messages were (measured), and more with each of them. A range that is read as a bitmap is no better: it
/// passes over what is no more in it each time anew, while a scan of the index notes that for those to come. So nothing depends
/// on the values, and one plan does for all of them: to plan anew took an eighth of the server's time (measured).
const BY_INDEX: &str = "SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_hashjoin = off; \
    SET enable_mergejoin = off; SET jit = off; SET plan_cache_mode = force_generic_plan;";

/// A connection, and the statements prepared on it.
pub(super) struct Session {
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
    /// Statements without values that go out before the next one, in the same flight.
    ahead: RefCell<String>,
    /// Whether the transaction that is open may have changed anything.
    changed: Cell<bool>,
}

/// One statement of several that go out in one flight.
pub(super) struct Step<'a> {
    pub(super) sql: &'a str,
    pub(super) values: Vec<Value<'a>>,
}

/// One statement of a stream: some of the rows of a table, column by column.
pub(super) struct Portion<'a> {
    pub(super) sql: &'static str,
    pub(super) columns: Vec<Box<dyn ToSql + Sync + 'a>>,
}

/// Most portions of a stream that are under way: one that the database works at, those that it finds done with it, and what is
/// held in memory twice meanwhile.
const MAX_UNDER_WAY: usize = 4;

impl Session {
    /// Connects.
    pub(super) fn open(runtime: &Runtime, address: &PostgresAddress) -> Outcome<Self> {
        let (tell, heard) = sync_channel(1);
        let config = address.config().clone();
        if address.is_secured() {
            let secured = Secured::trusting(address.extra_ca())
                .map_err(|why| StoreError::NoEntry { store: address.to_string(), source: why.into() })?;
            runtime.spawn(async move {
                let _ = tell.send(match config.connect(secured).await {
                    Ok((client, connection)) => {
                        tokio::spawn(connection);
                        Ok(client)
                    }
                    Err(error) => Err(error),
                });
            });
        } else {
            runtime.spawn(async move {
                let _ = tell.send(match config.connect(NoTls).await {
                    Ok((client, connection)) => {
                        tokio::spawn(connection);
                        Ok(client)
                    }
                    Err(error) => Err(error),
                });
            });
        }
        let client = heard
            .recv()
            .map_err(|gone| StoreError::Unreachable { store: address.to_string(), source: gone.into() })??;
        let session =
            Self { client, statements: RefCell::default(), ahead: RefCell::default(), changed: Cell::new(false) };
        session.batch(SETTLE_IN)?;
        match session.batch(BY_INDEX) {
            // A service that only speaks the protocol may plan in a way of its own.
            Err(fault) if !is_lost(&fault) => {}
            told => told?,
        }
        Ok(session)
    }

    /// Whether the other side is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Begins a transaction with the next statement.
    pub(super) fn begin(&self) {
        self.later("BEGIN;");
        self.changed.set(false);
    }

    /// Whether the transaction may have changed anything: not when no statement of it changed, or gave, a row.
    pub(super) fn has_changed(&self) -> bool {
        self.changed.get()
    }

    /// Ends a transaction that changed nothing. Nobody waits for the answer, which makes no difference.
    pub(super) fn leave(&self) {
        if !self.ahead.take().is_empty() {
            // Its beginning was never sent.
            return;
        }
        drop(Sent::off(self.client.batch_execute("COMMIT")));
    }

    /// Sends statements without values along with the next one, before it: that saves a way to the database and back. When
    /// one fails, so does the next.
    pub(super) fn later(&self, sql: &str) {
        self.changed.set(true);
        self.ahead.borrow_mut().push_str(sql);
    }

    /// Forgets what [`Self::later`] was given.
    pub(super) fn forget(&self) {
        self.ahead.take();
    }

    /// Does statements without values.
    pub(super) fn batch(&self, sql: &str) -> Outcome<()> {
        self.changed.set(true);
        let all = self.ahead.take() + sql;
        Ok(wait(self.client.batch_execute(&all))?)
    }

    /// The rows of a query.
    pub(super) fn rows(&self, sql: &str, values: &[Value<'_>]) -> Outcome<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let before = self.send_ahead();
        let rows = Sent::off(self.client.query(&statement, values));
        before.answer()?;
        let rows = rows.answer()?;
        self.note(u64::try_from(rows.len()).unwrap_or(u64::MAX));
        Ok(rows)
    }

    /// The first row of a query.
    pub(super) fn row(&self, sql: &str, values: &[Value<'_>]) -> Outcome<Option<Row>> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// How many rows a statement changed.
    pub(super) fn run(&self, sql: &str, values: &[Value<'_>]) -> Outcome<u64> {
        self.flight(vec![Step { sql, values: values.to_vec() }])
    }

    /// Does several statements in one flight, each only if those before it went well; how many rows all of them changed.
    pub(super) fn flight(&self, steps: Vec<Step<'_>>) -> Outcome<u64> {
        if steps.is_empty() {
            return Ok(0);
        }
        let prepared =
            steps.into_iter().map(|step| Ok((self.prepared(step.sql)?, step.values))).collect::<Outcome<Vec<_>>>()?;
        let before = self.send_ahead();
        let going = prepared.iter().map(|(statement, values)| Sent::off(self.client.execute(statement, values)));
        let going: Vec<Sent<'_, u64>> = going.collect();
        before.answer()?;
        let mut changed = 0;
        for sent in going {
            changed += sent.answer()?;
        }
        self.note(changed);
        Ok(changed)
    }

    /// Does statement after statement, each only if those before it went well, and each put together while the database does
    /// those before it; the rows that they give, in their order.
    pub(super) fn stream<'a>(&self, portions: impl Iterator<Item = Outcome<Portion<'a>>>) -> Outcome<Vec<Row>> {
        self.send_ahead().answer()?;
        self.changed.set(true);
        let mut going: VecDeque<Sent<'_, Vec<Row>>> = VecDeque::new();
        let mut rows = Vec::new();
        for portion in portions {
            let Portion { sql, columns } = portion?;
            // What is not prepared yet is once all before it went well: its own error would hide theirs.
            let most = if self.statements.borrow().contains_key(sql) { MAX_UNDER_WAY - 1 } else { 0 };
            while going.len() > most
                && let Some(first) = going.pop_front()
            {
                rows.extend(first.answer()?);
            }
            let statement = self.prepared(sql)?;
            going.push_back(Sent::off(async move {
                let values: Vec<Value<'_>> = columns.iter().map(|column| &**column as Value<'_>).collect();
                self.client.query(&statement, &values).await
            }));
        }
        for sent in going {
            rows.extend(sent.answer()?);
        }
        Ok(rows)
    }

    /// Notes how many rows a statement of the transaction changed or gave.
    fn note(&self, rows: u64) {
        if rows > 0 {
            self.changed.set(true);
        }
    }

    fn prepared(&self, sql: &str) -> Outcome<Statement> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let before = self.send_ahead();
        let statement = Sent::off(self.client.prepare(sql));
        before.answer()?;
        let statement = statement.answer()?;
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }

    /// Sends what [`Self::later`] was given.
    fn send_ahead(&self) -> Sent<'_, ()> {
        let ahead = self.ahead.take();
        if ahead.is_empty() {
            return Sent::Answered(Ok(()));
        }
        Sent::off(async move { self.client.batch_execute(&ahead).await })
    }
}

/// Something that was sent to the database, whose answer is taken when it is needed. It is done in the order of sending.
enum Sent<'a, T> {
    UnderWay(Pin<Box<dyn Future<Output = Result<T, Error>> + 'a>>),
    Answered(Result<T, Error>),
}

impl<'a, T> Sent<'a, T> {
    /// Sends it: the driver does so when it is first polled.
    fn off(asked: impl Future<Output = Result<T, Error>> + 'a) -> Self {
        let mut asked: Pin<Box<dyn Future<Output = _> + 'a>> = Box::pin(asked);
        match asked.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(answer) => Self::Answered(answer),
            Poll::Pending => Self::UnderWay(asked),
        }
    }

    /// Waits for the answer.
    fn answer(self) -> Result<T, Error> {
        match self {
            Self::UnderWay(asked) => wait(asked),
            Self::Answered(answer) => answer,
        }
    }
}

/// Wakes a thread that waits.
struct Waiting(Thread);

impl Wake for Waiting {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for a future on this thread.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Waiting(std::thread::current())));
    let mut cx = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut cx) {
            Poll::Ready(done) => return done,
            Poll::Pending => std::thread::park(),
        }
    }
}

/// Whether an error means that the connection is gone, and with it whatever transaction was open.
pub(super) fn is_lost(fault: &Fault) -> bool {
    match fault {
        Fault::Postgres(error) => super::fault::is_lost(error),
        Fault::Said(error) => matches!(**error, StoreError::Unreachable { .. }),
        Fault::Sqlite(_) => false,
    }
}
