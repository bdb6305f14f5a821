//! The way to the database: a connection that is opened again when it ended, and transactions of which it is always known
//! whether they were kept.
//!
//! A connection may end after COMMIT was sent and before its answer came. Each transaction therefore also writes who made
//! it and its number, into a row of `writer`, and where the answer is missing that row is read over the next connection.

use std::cell::{Cell, OnceCell, RefCell};
use std::sync::mpsc::channel;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::runtime::{Builder, Runtime};

use super::address::PostgresAddress;
use super::fault::{Outcome, not_connected};
use super::session::{Session, is_lost};
use crate::store::column::micros;
use crate::store::error::StoreError;

/// How often one transaction is tried: collisions and ends of connections are rare, and two in a row are trouble of another
/// kind.
const TRIES: u32 = 3;

/// How often a database that went away is asked whether it had kept a transaction.
const ASKED: u32 = 20;

/// Pause between two such questions: a restart takes a second or two.
const PAUSE: Duration = Duration::from_millis(250);

/// What may be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// Asking alone.
    Read,
    /// All.
    Write,
}

/// What is kept together, from `begin` to `keep`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Group {
    /// Nothing is: each transaction is alone.
    None,
    /// A transaction is opened with the first thing that is done in it.
    Due,
    /// It is open.
    Open,
    /// It was, and its connection has ended.
    Gone,
}

/// The way to one database.
pub(super) struct Line {
    address: PostgresAddress,
    place: String,
    access: Access,
    /// Moves the bytes; taken when this is dropped.
    runtime: Option<Runtime>,
    session: RefCell<Option<Session>>,
    group: Cell<Group>,
    /// Who writes here: drawn at random by the database.
    writer: OnceCell<String>,
    /// The number of the last transaction.
    unit: Cell<u64>,
    /// The last instant that was passed in.
    clock: Cell<DateTime<Utc>>,
}

impl Line {
    pub(super) fn new(address: &PostgresAddress, access: Access, now: DateTime<Utc>) -> Result<Self, StoreError> {
        let place = address.to_string();
        let failed = |source: std::io::Error| StoreError::Failed { store: place.clone(), source: source.into() };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres")
            .enable_all()
            .build()
            .map_err(failed)?;
        Ok(Self {
            address: address.clone(),
            place,
            access,
            runtime: Some(runtime),
            session: RefCell::new(None),
            group: Cell::new(Group::None),
            writer: OnceCell::new(),
            unit: Cell::new(0),
            clock: Cell::new(now),
        })
    }

    /// The address, as errors show it.
    pub(super) fn place(&self) -> &str {
        &self.place
    }

    /// Notes the instant it is.
    pub(super) fn clock(&self, now: DateTime<Utc>) {
        self.clock.set(now);
    }

    /// Asks something; once more over a new connection when the old one has ended.
    pub(super) fn read<T>(&self, work: impl Fn(&Session) -> Outcome<T>) -> Result<T, StoreError> {
        let asked = match self.group.get() {
            Group::Open => self.in_group(&work),
            Group::Gone => Err(self.gone().into()),
            Group::Due => self.first_in_group(&work),
            Group::None => self.over_good_session(&work),
        };
        asked.map_err(|fault| fault.at(&self.place))
    }

    /// Writes in a transaction of its own, or in the one that is open.
    pub(super) fn write<T>(&self, work: impl Fn(&Session) -> Outcome<T>) -> Result<T, StoreError> {
        self.may_write()?;
        let written = match self.group.get() {
            Group::Open => self.in_group(&work),
            Group::Gone => Err(self.gone().into()),
            Group::Due => self.first_in_group(&work),
            Group::None => self.alone(&work),
        };
        written.map_err(|fault| fault.at(&self.place))
    }

    /// The same; in an open transaction, a failure takes nothing of it along.
    pub(super) fn part<T>(&self, work: impl Fn(&Session) -> Outcome<T>) -> Result<T, StoreError> {
        self.write(|session| {
            if self.group.get() == Group::None {
                return work(session);
            }
            session.later("SAVEPOINT part;");
            match work(session) {
                Ok(done) => {
                    session.later("RELEASE SAVEPOINT part;");
                    Ok(done)
                }
                Err(fault) => {
                    if !is_lost(&fault) {
                        session.batch("ROLLBACK TO SAVEPOINT part; RELEASE SAVEPOINT part;")?;
                    }
                    Err(fault)
                }
            }
        })
    }

    /// Opens a transaction for all that follows, with the first of it: that saves a way, and what ended with its connection
    /// before anything was done is begun anew.
    pub(super) fn begin(&self) -> Result<(), StoreError> {
        self.may_write()?;
        if self.group.get() != Group::None {
            let source = "a transaction is open already".into();
            return Err(StoreError::Failed { store: self.place.clone(), source });
        }
        self.group.set(Group::Due);
        Ok(())
    }

    /// From now on all is asked of the database as it is now, until this is dropped. For long work: a pause between two
    /// questions, or a long one, does not end it.
    pub(super) fn stand_still(&self) -> Result<(), StoreError> {
        if self.group.get() != Group::None {
            return Ok(());
        }
        // A transaction looks at the database as of its first question.
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL idle_in_transaction_session_timeout = 0; \
                     SET LOCAL statement_timeout = 0; SELECT count(*) FROM migration";
        self.over_session(&|session: &Session| session.batch(begin)).map_err(|fault| fault.at(&self.place))?;
        self.group.set(Group::Open);
        Ok(())
    }

    /// Keeps what was done since [`Self::begin`].
    pub(super) fn keep(&self) -> Result<(), StoreError> {
        self.may_write()?;
        match self.group.replace(Group::None) {
            Group::Open => self.finish().map_err(|fault| fault.at(&self.place)),
            Group::Gone => Err(self.gone()),
            Group::Due => Ok(()),
            Group::None => {
                let source = "no transaction is open".into();
                Err(StoreError::Failed { store: self.place.clone(), source })
            }
        }
    }

    /// Forgets what was done since [`Self::begin`], if anything was.
    pub(super) fn undo(&self) {
        if self.group.replace(Group::None) == Group::Open {
            self.roll_back();
        }
    }

    /// Brings the schema up to date, in transactions of its own.
    pub(super) fn migrate(&self, work: impl Fn(&Session) -> Outcome<()>) -> Result<(), StoreError> {
        self.may_write()?;
        self.over_session(&work).map_err(|fault| fault.at(&self.place))
    }

    /// Who writes: known from the first connection on.
    fn writer(&self) -> Outcome<&str> {
        Ok(self.writer.get().ok_or_else(|| self.gone())?)
    }

    fn may_write(&self) -> Result<(), StoreError> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(StoreError::ReadOnly { store: self.place.clone() }),
        }
    }

    fn gone(&self) -> StoreError {
        let source = "the connection ended before all of it was kept, and nothing of it was".into();
        StoreError::Unreachable { store: self.place.clone(), source }
    }

    /// Does something over the connection, which is opened when there is none and let go when it has ended.
    fn over_session<T>(&self, work: &impl Fn(&Session) -> Outcome<T>) -> Outcome<T> {
        if self.session.borrow().as_ref().is_some_and(Session::is_closed) {
            self.session.take();
        }
        if self.session.borrow().is_none() {
            let runtime = self.runtime.as_ref().expect("taken when this is dropped");
            let opened = Session::open(runtime, &self.address).map_err(|fault| not_connected(fault, &self.place))?;
            match self.access {
                Access::Read => opened.batch("SET default_transaction_read_only = on")?,
                Access::Write if self.writer.get().is_none() => {
                    let drawn = opened.row("SELECT gen_random_uuid()::text", &[])?;
                    let _ = self.writer.set(drawn.map_or_else(|| Ok(String::new()), |row| row.try_get(0))?);
                }
                Access::Write => {}
            }
            self.session.replace(Some(opened));
        }
        let done = match self.session.borrow().as_ref() {
            Some(session) => work(session),
            None => unreachable!("it was opened above"),
        };
        if done.as_ref().is_err_and(is_lost) {
            self.session.take();
        }
        done
    }

    /// The same, once more over a new connection when the one that was there has ended.
    fn over_good_session<T>(&self, work: &impl Fn(&Session) -> Outcome<T>) -> Outcome<T> {
        let had_one = self.session.borrow().is_some();
        match self.over_session(work) {
            Err(fault) if had_one && is_lost(&fault) => self.over_session(work),
            done => done,
        }
    }

    /// Opens the transaction that is due, with the first thing done in it: what ended with its connection was not kept.
    fn first_in_group<T>(&self, work: &impl Fn(&Session) -> Outcome<T>) -> Outcome<T> {
        let done = self.over_good_session(&|session: &Session| {
            session.begin();
            work(session)
        });
        let is_gone = done.as_ref().is_err_and(is_lost);
        self.group.set(if is_gone { Group::Gone } else { Group::Open });
        done
    }

    fn in_group<T>(&self, work: &impl Fn(&Session) -> Outcome<T>) -> Outcome<T> {
        let done = match self.session.borrow().as_ref() {
            Some(session) => work(session),
            None => Err(self.gone().into()),
        };
        if done.as_ref().is_err_and(is_lost) {
            self.session.take();
            self.group.set(Group::Gone);
        }
        done
    }

    /// One transaction. Tried again where it is sure that nothing of it was kept.
    fn alone<T>(&self, work: &impl Fn(&Session) -> Outcome<T>) -> Outcome<T> {
        let mut tries = 0;
        loop {
            tries += 1;
            let begun = |session: &Session| {
                session.begin();
                work(session)
            };
            let fault = match self.over_session(&begun) {
                Ok(done) => match self.finish() {
                    Ok(()) => return Ok(done),
                    Err(fault) => fault,
                },
                Err(fault) => {
                    self.roll_back();
                    fault
                }
            };
            let may_go_well = is_lost(&fault) || fault.is_collision();
            if !may_go_well || tries == TRIES {
                return Err(fault);
            }
        }
    }

    /// COMMIT. Where its answer is lost, it is found out whether it was done.
    fn finish(&self) -> Outcome<()> {
        if let Some(session) = self.session.borrow().as_ref()
            && !session.has_changed()
        {
            session.leave();
            return Ok(());
        }
        let unit = self.unit.get() + 1;
        self.unit.set(unit);
        let (writer, seen_at) = (self.writer()?, micros(self.clock.get()));
        // Null, and so refused, when this one was given up: then its words were still under way when `was_kept` asked.
        let named = format!(
            "INSERT INTO writer (id, unit, kept, seen_at) VALUES ('{writer}', {unit}, {unit}, {seen_at}) ON CONFLICT (id) \
             DO UPDATE SET unit = CASE WHEN writer.unit < {unit} THEN {unit} END, kept = {unit}, seen_at = {seen_at};"
        );
        let committed = self.over_session(&|session: &Session| {
            session.later(&named);
            session.batch("COMMIT")
        });
        match committed {
            Ok(()) => Ok(()),
            Err(fault) if is_lost(&fault) => match self.was_kept(unit) {
                Ok(true) => Ok(()),
                Ok(false) => Err(fault),
                Err(fault) => Err(fault),
            },
            Err(fault) => {
                self.roll_back();
                Err(fault)
            }
        }
    }

    /// Whether a transaction was kept whose answer never came; if not, it never will be. Waits for one that is being kept.
    fn was_kept(&self, unit: u64) -> Outcome<bool> {
        let (unit, seen_at) = (i64::try_from(unit).unwrap_or(i64::MAX), micros(self.clock.get()));
        let ask = |session: &Session| {
            let kept: Option<i64> = session
                .row(
                    "INSERT INTO writer (id, unit, kept, seen_at) VALUES ($1, $2, 0, $3)
                     ON CONFLICT (id) DO UPDATE SET unit = excluded.unit RETURNING kept",
                    &[&self.writer()?, &unit, &seen_at],
                )?
                .map(|row| row.try_get(0))
                .transpose()?;
            Ok(kept == Some(unit))
        };
        let (_never, nothing) = channel::<()>();
        let mut asked = self.over_session(&ask);
        for _ in 1..ASKED {
            if !asked.as_ref().is_err_and(is_lost) {
                break;
            }
            let _ = nothing.recv_timeout(PAUSE);
            asked = self.over_session(&ask);
        }
        asked
    }

    /// Ends a transaction that nobody wants; a connection on which that fails is let go, and the transaction with it.
    fn roll_back(&self) {
        let rolled_back = match self.session.borrow().as_ref() {
            Some(session) => {
                session.forget();
                session.batch("ROLLBACK")
            }
            None => Ok(()),
        };
        if rolled_back.is_err() {
            self.session.take();
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.session.take();
        // Does not wait, and may be done inside another runtime.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
