//! Turns to read a source: of all processes on a store one has it at a time. Who has it makes it longer by every step, and
//! every step is refused once another has taken it; one that was killed is waited for.

use std::path::Path;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Attempt, Heard, SourceEnd};
use crate::app::config::SourceConfig;
use crate::app::error::AppError;
use crate::app::place::MAX_CLOCK_SKEW;
use crate::app::settings::App;
use crate::mail::imap::Receipt;
use crate::notice::Coverage;
use crate::store::{Changes, SourceOutcome, SourceStep, SourceTurn, StoreError};

/// How long a turn to read a source lasts after the last sign of life: how long another process waits for one that was
/// killed. Signs of life are batches, and [`STILL_HERE`] between them; storing one batch takes seconds.
pub(super) const TURN: TimeDelta = TimeDelta::minutes(5);

/// How often the turns that this process has are made longer, while a server takes its time.
pub(super) const STILL_HERE: Duration = Duration::from_mins(1);

/// By how much a turn must be over before another process takes it: two clocks may each be that far from the store's, in
/// opposite directions.
const TURN_MARGIN: TimeDelta = TimeDelta::seconds(2 * MAX_CLOCK_SKEW.num_seconds());

impl App {
    /// Takes the turn to read a source, or says whose it is.
    pub(super) fn begin_attempt(
        &mut self,
        source: &SourceConfig,
        attempt: &mut Attempt,
        now: DateTime<Utc>,
        hear: &mut impl FnMut(Heard<'_>) -> Result<(), AppError>,
    ) -> Result<Receipt, AppError> {
        *attempt = Attempt { began_at: now, ..Attempt::default() };
        let reader = reader(&self.settings.holder());
        let mut turn = self.store.lease_source(&source.name, &reader, now - TURN_MARGIN, now + TURN)?;
        if let SourceTurn::Others { lease, holder, .. } = &turn
            && is_dead(holder, &reader)
        {
            self.store.leave_source(lease)?;
            turn = self.store.lease_source(&source.name, &reader, now - TURN_MARGIN, now + TURN)?;
        }
        match turn {
            SourceTurn::Yours(lease) => {
                attempt.lease = Some(lease);
                self.settings.keys.forget();
                Ok(Receipt::ReadOn(self.state_of(source)?.and_then(|state| state.position)))
            }
            SourceTurn::Others { holder, until, .. } => {
                hear(Heard::Ended(attempt.end(source, SourceEnd::Elsewhere { holder, until })))?;
                Ok(Receipt::StandBack(wait_of(until + TURN_MARGIN - now)))
            }
        }
    }

    /// Makes the turns longer that this process has, while nothing is heard of their readers. One that was lost is found out
    /// by the next step.
    pub(super) fn still_here(&mut self, attempts: &[Attempt], now: DateTime<Utc>) -> Result<(), AppError> {
        for lease in attempts.iter().filter_map(|attempt| attempt.lease.as_ref()) {
            match self.store.keep_source(lease, now + TURN) {
                Ok(()) | Err(StoreError::LostSource { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Lets others read at once what this process was in the midst of.
    pub(super) fn leave(&mut self, attempts: Vec<Attempt>) -> Result<(), AppError> {
        for lease in attempts.into_iter().filter_map(|attempt| attempt.lease) {
            self.store.leave_source(&lease)?;
        }
        Ok(())
    }

    /// Stores what happened in an attempt.
    pub(super) fn step(
        &mut self,
        (source, attempt): (&SourceConfig, &Attempt),
        outcome: SourceOutcome,
        coverage: Option<&Coverage>,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let none = || StoreError::LostSource { name: source.name.clone() };
        let lease = attempt.lease.clone().ok_or_else(none)?;
        let step = SourceStep { lease, place: source.place(), outcome };
        self.transact(now, |_| {
            let coverage = coverage.into_iter().cloned().collect();
            Ok((Changes { sources: vec![step.clone()], coverage, ..Changes::default() }, ()))
        })
    }
}

/// Who reads: the process as leases name it, and between `@` and `#` the space that its number is one of, where the system
/// tells.
fn reader(holder: &str) -> String {
    let space = std::fs::read_link("/proc/self/ns/pid").ok();
    let space = space.as_deref().and_then(Path::to_str).map(|space| space.replace(|c: char| !c.is_ascii_digit(), ""));
    match (space, holder.split_once('#')) {
        (Some(space), Some((process, system))) => format!("{process}@{space}#{system}"),
        (None | Some(_), _) => holder.to_owned(),
    }
}

/// Whether a holder was a process of our own space that is no more: nobody waits then for what was killed. One that had our
/// number was before us.
fn is_dead(holder: &str, reader: &str) -> bool {
    let (Some((theirs, space)), Some((ours, our_space))) = (holder.rsplit_once('@'), reader.rsplit_once('@')) else {
        return false;
    };
    let number = theirs.rsplit('/').next().and_then(|number| number.parse::<u32>().ok());
    let is_gone = |number: u32| !Path::new("/proc").join(number.to_string()).exists();
    space == our_space && (theirs == ours || number.is_some_and(is_gone))
}

/// What was done; none where the turn was lost to another process, and nothing was.
pub(super) fn unless_lost<T>(done: Result<T, AppError>) -> Result<Option<T>, AppError> {
    match done {
        Ok(done) => Ok(Some(done)),
        Err(AppError::Store(StoreError::LostSource { .. })) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Ends an attempt whose turn was lost: what it stored stays, and the other process reads on.
pub(super) fn lost(
    source: &SourceConfig,
    attempt: &mut Attempt,
    hear: &mut impl FnMut(Heard<'_>) -> Result<(), AppError>,
) -> Result<Receipt, AppError> {
    let error = "another process has taken it over, since nothing was heard from this one".to_owned();
    hear(Heard::Ended(attempt.end(source, SourceEnd::Unread { error })))?;
    Ok(Receipt::StandBack(wait_of(TURN)))
}

/// A wait of at least a second, so that clocks that differ make nobody ask without end.
fn wait_of(length: TimeDelta) -> Duration {
    length.to_std().unwrap_or_default().max(Duration::from_secs(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_is_surely_dead_is_not_waited_for() {
        let reader = reader(&format!("us.example/{}#0f1e2d3c", std::process::id()));
        let space = reader.rsplit_once('@').map_or("", |(_, space)| space);
        for (holder, dead) in [
            (reader.clone(), true),
            (format!("us.example/1@{space}"), false),
            // No system has so many processes.
            (format!("us.example/4294967295@{space}"), true),
            (format!("us.example/x@{space}"), false),
            ("us.example/4294967295@1#0f1e2d3c".to_owned(), false),
            ("us.example/4294967295#0f1e2d3c".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(is_dead(&holder, &reader), dead, "{holder} beside {reader}");
        }
    }
}
