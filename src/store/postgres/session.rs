//! One connection: spoken to from ordinary code, while a thread of its own moves the bytes.
//!
//! The interface of the store is synchronous and its callers may themselves run on a runtime, which must not be entered a
//! second time. So what tokio-postgres gives is polled here on the caller's thread, parked in between; only the sockets
//! belong to a runtime.

use std::cell::RefCell;
use std::collections::HashMap;
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

/// A connection, and the statements prepared on it.
pub(super) struct Session {
    client: Client,
    statements: RefCell<HashMap<String, Statement>>,
    /// Statements without values that go out before the next one, in the same flight.
    ahead: RefCell<String>,
}

/// One statement of several that go out in one flight.
pub(super) struct Step<'a> {
    pub(super) sql: &'a str,
    pub(super) values: Vec<Value<'a>>,
}

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
        let session = Self { client, statements: RefCell::default(), ahead: RefCell::default() };
        session.batch(SETTLE_IN)?;
        Ok(session)
    }

    /// Whether the other side is gone.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Sends statements without values along with the next one, before it: that saves a way to the database and back. When
    /// one fails, so does the next.
    pub(super) fn later(&self, sql: &str) {
        self.ahead.borrow_mut().push_str(sql);
    }

    /// Forgets what [`Self::later`] was given.
    pub(super) fn forget(&self) {
        self.ahead.take();
    }

    /// Does statements without values.
    pub(super) fn batch(&self, sql: &str) -> Outcome<()> {
        let all = self.ahead.take() + sql;
        Ok(wait(self.client.batch_execute(&all))?)
    }

    /// The rows of a query.
    pub(super) fn rows(&self, sql: &str, values: &[Value<'_>]) -> Outcome<Vec<Row>> {
        let statement = self.prepared(sql)?;
        let ahead = self.ahead.take();
        if ahead.is_empty() {
            return Ok(wait(self.client.query(&statement, values))?);
        }
        let (before, rows) = wait(both(self.client.batch_execute(&ahead), self.client.query(&statement, values)));
        before?;
        Ok(rows?)
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
        let ahead = self.ahead.take();
        let mut going: Vec<Going<'_>> = Vec::with_capacity(prepared.len() + 1);
        if !ahead.is_empty() {
            going.push(Box::pin(async { self.client.batch_execute(&ahead).await.map(|()| 0) }));
        }
        for (statement, values) in &prepared {
            going.push(Box::pin(self.client.execute(statement, values)));
        }
        let mut changed = 0;
        for done in wait(All::of(going)) {
            changed += done?;
        }
        Ok(changed)
    }

    fn prepared(&self, sql: &str) -> Outcome<Statement> {
        if let Some(known) = self.statements.borrow().get(sql) {
            return Ok(known.clone());
        }
        let ahead = self.ahead.take();
        let statement = if ahead.is_empty() {
            wait(self.client.prepare(sql))?
        } else {
            let (before, statement) = wait(both(self.client.batch_execute(&ahead), self.client.prepare(sql)));
            before?;
            statement?
        };
        self.statements.borrow_mut().insert(sql.to_owned(), statement.clone());
        Ok(statement)
    }
}

type Going<'a> = Pin<Box<dyn Future<Output = Result<u64, Error>> + 'a>>;

/// Futures that are begun in their order and end in it.
struct All<'a> {
    going: Vec<Going<'a>>,
    ended: Vec<Option<Result<u64, Error>>>,
}

impl<'a> All<'a> {
    fn of(going: Vec<Going<'a>>) -> Self {
        let ended = going.iter().map(|_| None).collect();
        Self { going, ended }
    }
}

impl Future for All<'_> {
    type Output = Vec<Result<u64, Error>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { going, ended } = &mut *self;
        for (going, ended) in going.iter_mut().zip(ended.iter_mut()) {
            if ended.is_none()
                && let Poll::Ready(done) = going.as_mut().poll(cx)
            {
                *ended = Some(done);
            }
        }
        if ended.iter().all(Option::is_some) { Poll::Ready(ended.drain(..).flatten().collect()) } else { Poll::Pending }
    }
}

/// Two futures, the first begun first.
async fn both<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut a, mut b) = (None, None);
    std::future::poll_fn(move |cx| {
        if a.is_none()
            && let Poll::Ready(done) = first.as_mut().poll(cx)
        {
            a = Some(done);
        }
        if b.is_none()
            && let Poll::Ready(done) = second.as_mut().poll(cx)
        {
            b = Some(done);
        }
        match (a.take(), b.take()) {
            (Some(a), Some(b)) => Poll::Ready((a, b)),
            (one, other) => {
                (a, b) = (one, other);
                Poll::Pending
            }
        }
    })
    .await
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
