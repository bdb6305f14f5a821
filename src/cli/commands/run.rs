//! `inwindow run`: reads the sources and sends what is due, until it is told to end.
//!
//! Reading and sending are two threads with a connection to the store each, as two commands would be: a relay that takes
//! ten minutes to answer keeps no mailbox waiting, and a mailbox of a million mails no message.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Result;
use chrono::TimeDelta;
use tokio::runtime::Runtime;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::Notify;

use super::{send, sources, warn_of_windows};
use crate::app::{App, AppError, Settings};
use crate::cli::table::caution;
use crate::cli::{Desk, Done, problem};

/// How often the store is asked whether anything is due or known that was not: what another command changed, such as an
/// approval, goes out as soon.
const LOOK: Duration = Duration::from_secs(1);

/// How often everything is planned though nobody learnt anything: time alone makes some messages due.
const PLAN: TimeDelta = TimeDelta::seconds(60);

/// Pauses after the relay could not be used: it serves others too, and may count who calls.
const OF_RELAY: Pauses = Pauses { first: Duration::from_secs(15), longest: Duration::from_mins(10) };

/// Pauses after the store could not be used: a database is back in seconds after a restart, and nobody else works here
/// while it is away.
const OF_STORE: Pauses = Pauses { first: Duration::from_secs(1), longest: Duration::from_mins(1) };

const READ_AGAIN: &str = "the configuration was read again";

/// Messages sent before the plan is looked at again.
const AT_A_TIME: usize = 10_000;

/// The pause after something could not be used, the first time, and the longest: each is twice the one before, so that
/// what is back is found within the longest.
struct Pauses {
    first: Duration,
    longest: Duration,
}

/// How long something that cannot be used is left alone.
struct Patience {
    pauses: Pauses,
    next: Duration,
}

impl Patience {
    fn new(pauses: Pauses) -> Self {
        Self { next: pauses.first, pauses }
    }

    /// The pause that is due, when it went for so long before it broke off.
    fn after(&mut self, went: TimeDelta) -> Duration {
        // After a good while this is new trouble.
        if went.to_std().is_ok_and(|went| went > self.pauses.longest) {
            self.next = self.pauses.first;
        }
        let pause = self.next;
        self.next = (pause * 2).min(self.pauses.longest);
        pause
    }

    /// All is well.
    fn start_over(&mut self) {
        self.next = self.pauses.first;
    }
}

/// Whether the store is known to be away: that is told once, whoever finds it, and so is that it is back.
#[derive(Default)]
struct Absence {
    told: AtomicBool,
}

impl Absence {
    fn begins(&self, error: &anyhow::Error) {
        if !self.told.swap(true, Ordering::SeqCst) {
            caution(&format!("{error:#}; nothing is lost, it is asked again until it answers"));
        }
    }

    fn ends(&self) {
        if self.told.swap(false, Ordering::SeqCst) {
            caution("the store answers");
        }
    }
}

/// Tells both threads to end.
#[derive(Default)]
struct Stop {
    set: AtomicBool,
    lock: Mutex<()>,
    bell: Condvar,
    notify: Notify,
}

impl Stop {
    fn ring(&self) {
        self.set.store(true, Ordering::SeqCst);
        drop(self.lock.lock().unwrap_or_else(PoisonError::into_inner));
        self.bell.notify_all();
        self.notify.notify_one();
    }

    fn is_set(&self) -> bool {
        self.set.load(Ordering::SeqCst)
    }

    /// Waits so long, or until it rings.
    fn wait(&self, at_most: Duration) {
        let guard = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.is_set() {
            drop(self.bell.wait_timeout(guard, at_most));
        }
    }
}

/// What the system asks of us.
struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

/// What to do once both threads have ended.
enum Next {
    /// Go on with these.
    Reload(Box<Settings>),
    End,
}

pub(crate) fn run(desk: &Desk) -> Result<Done> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut signals = runtime.block_on(async {
        std::io::Result::Ok(Signals {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    })?;
    let absence = Absence::default();
    let Some(mut settings) = opened(desk, &runtime, &mut signals, &absence)? else { return Ok(Done::Yes) };
    loop {
        let stop = Stop::default();
        let next = std::thread::scope(|scope| {
            scope.spawn(|| reading(desk, &settings, &stop, &absence));
            scope.spawn(|| sending(desk, &settings, &stop, &absence));
            let next = runtime.block_on(asked(desk, &mut signals));
            stop.ring();
            next
        });
        match next {
            Next::Reload(read) => {
                settings = *read;
                caution(READ_AGAIN);
            }
            Next::End => return Ok(Done::Yes),
        }
    }
}

/// Opens the store once, and waits for a database that is away. What else is wrong with it or the configuration ends this at
/// once; a configuration that becomes wrong while it waits does not, as later. Gives the settings that it could be opened with, or
/// none when this was told to end.
fn opened(desk: &Desk, runtime: &Runtime, signals: &mut Signals, absence: &Absence) -> Result<Option<Settings>> {
    let (mut settings, mut patience) = (desk.settings()?, Patience::new(OF_STORE));
    loop {
        match settings.try_out(desk.secret()?, desk.now()).map_err(anyhow::Error::from) {
            Ok(()) => {
                absence.ends();
                return Ok(Some(settings));
            }
            Err(error) if is_away(&error) => absence.begins(&error),
            Err(error) => return Err(error),
        }
        let pause = patience.after(TimeDelta::zero());
        match runtime.block_on(async { tokio::time::timeout(pause, asked(desk, signals)).await }) {
            Err(_) => {}
            Ok(Next::Reload(read)) => {
                settings = *read;
                caution(READ_AGAIN);
            }
            Ok(Next::End) => return Ok(None),
        }
    }
}

fn is_away(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<AppError>() {
        Some(AppError::Store(error)) => error.is_away(),
        Some(_) | None => false,
    }
}

/// Until a signal ends this, or a configuration that can be used is to be read again.
async fn asked(desk: &Desk, signals: &mut Signals) -> Next {
    loop {
        tokio::select! {
            _ = signals.interrupt.recv() => return Next::End,
            _ = signals.terminate.recv() => return Next::End,
            _ = signals.hangup.recv() => match desk.settings() {
                Ok(settings) => return Next::Reload(Box::new(settings)),
                Err(error) => {
                    problem::report(&error.into());
                    caution("the configuration stays as it was");
                }
            },
        }
    }
}

/// Ends the process when a thread panics: half a daemon would look like a whole one.
struct Whole;

impl Drop for Whole {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::process::abort();
        }
    }
}

/// Does something with the store until it ends by itself or is told to; what goes wrong is told, and after a pause it is
/// tried again.
fn again_and_again(
    desk: &Desk,
    settings: &Settings,
    (stop, absence): (&Stop, &Absence),
    mut work: impl FnMut(App) -> Result<()>,
) {
    let _whole = Whole;
    let mut patience = Patience::new(OF_STORE);
    while !stop.is_set() {
        let began = desk.now();
        let opened = desk.create_with(settings.clone()).inspect(|_| absence.ends());
        let Err(error) = opened.and_then(&mut work) else { return };
        if is_away(&error) {
            absence.begins(&error);
        } else {
            problem::report(&error);
        }
        stop.wait(patience.after(desk.now() - began));
    }
}

fn reading(desk: &Desk, settings: &Settings, stop: &Stop, absence: &Absence) {
    again_and_again(desk, settings, (stop, absence), |mut app| {
        desk.in_step(&app)?;
        let sources = app.settings.config.sources.clone();
        if sources.is_empty() {
            return Ok(());
        }
        sources::follow(desk, &mut app, &sources, || Ok(stop.notify.notified()))
    });
}

fn sending(desk: &Desk, settings: &Settings, stop: &Stop, absence: &Absence) {
    again_and_again(desk, settings, (stop, absence), |mut app| {
        warn_of_windows(&app)?;
        let mut patience = Patience::new(OF_RELAY);
        while !stop.is_set() {
            desk.in_step(&app)?;
            let planned_at = desk.now();
            let mut report = app.send(AT_A_TIME, desk.clock(), &stop.set)?;
            send::print(desk, &app, &mut report)?;
            if let Some(relay) = &report.relay {
                let pause = patience.after(TimeDelta::zero());
                caution(&format!("{relay}; nothing is lost, the next attempt is in {} s", pause.as_secs()));
                stop.wait(pause);
            } else {
                patience.start_over();
                until_something_is_due(desk, &app, stop, planned_at)?;
            }
        }
        Ok(())
    });
}

fn until_something_is_due(
    desk: &Desk,
    app: &App,
    stop: &Stop,
    planned_at: chrono::DateTime<chrono::Utc>,
) -> Result<(), AppError> {
    let known = app.store.generation()?;
    while !stop.is_set() && app.store.generation()? == known && desk.now() < planned_at + PLAN {
        if app.store.next_due(desk.now())?.is_some_and(|due| due <= desk.now()) {
            return Ok(());
        }
        stop.wait(LOOK);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_the_longest_and_start_over_after_a_good_while() {
        let mut patience = Patience::new(OF_STORE);
        // Seconds that it went, and of the pause behind.
        for (went, pause) in
            [(0, 1), (59, 2), (0, 4), (60, 8), (0, 16), (0, 32), (0, 60), (60, 60), (61, 1), (-61, 2), (900, 1)]
        {
            assert_eq!(patience.after(TimeDelta::seconds(went)), Duration::from_secs(pause), "after {went} s");
        }
        patience.start_over();
        assert_eq!(patience.after(TimeDelta::zero()), Duration::from_secs(1));
    }
}
