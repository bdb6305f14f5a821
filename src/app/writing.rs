//! Writing the mails of what was leased, and having them on disk before any of them leaves.

use std::collections::{BTreeSet, VecDeque};

use chrono::{DateTime, Utc};

use super::deliver::{STALE, is_stale};
use super::error::AppError;
use super::letters::{About, Order, Study};
use super::round::{Ready, Round, Settled, reader};
use super::settings::App;
use crate::mail::{Address, Route};
use crate::plan::{Message, MessageState};
use crate::store::{Arrival, Leased, Settlement, Withdrawn};

/// Mails whose threads and subjects are read at a time: a few megabytes where each is a digest of many maintenances.
const WRITTEN_TOGETHER: usize = 32;

/// A mail to be written: of which message, where it goes, what it is about.
struct Unwritten {
    lease: Leased,
    way: Way,
    about: About,
}

/// Where a mail goes.
enum Way {
    /// To its reader.
    Reader(Address),
    /// To this one in the place of its reader.
    Instead(Address),
}

impl Way {
    fn into_address(self) -> Address {
        match self {
            Self::Reader(to) | Self::Instead(to) => to,
        }
    }
}

impl Unwritten {
    fn order(&self) -> Order<'_> {
        let instead = match &self.way {
            Way::Reader(_) => None,
            Way::Instead(to) => Some(to),
        };
        Order { message: &self.lease.message, about: &self.about, instead }
    }
}

impl App {
    /// Once none is ready: writes the mails that were leased, and has them on disk; whether there were any, or any that cannot be.
    pub(super) fn make_ready(&mut self, round: &mut Round, now: DateTime<Utc>) -> Result<bool, AppError> {
        let written = self.write(round, now)?;
        if written.is_empty() {
            let are_ready = !round.ready.is_empty();
            if are_ready {
                // The disk has their bytes, and may not know yet that they are leased.
                round.synced_at = None;
            }
            return Ok(are_ready || !round.settled.is_empty());
        }
        let rendered: Vec<_> = written.iter().map(|ready| (ready.lease.hold(), ready.bytes.as_slice())).collect();
        let mut kept = self.store.ready_bytes(&rendered, now)?;
        for ready in written {
            // One that is not among them somebody else took meanwhile, and it is theirs.
            if let Some(bytes) = kept.remove(&ready.lease.message.id) {
                round.ready.push_back(Ready { bytes, ..ready });
            }
        }
        round.synced_at = Some(now);
        Ok(true)
    }

    /// Writes the mails of what was leased; what follows upon one that is not settled waits, and what an earlier attempt
    /// wrote is on disk and ready.
    fn write(&self, round: &mut Round, now: DateTime<Utc>) -> Result<Vec<Ready>, AppError> {
        let (mut written, mut later) = (Vec::new(), VecDeque::new());
        let mut waiting = std::mem::take(&mut round.waiting);
        let mut engaged = if waiting.is_empty() { BTreeSet::new() } else { round.engaged() };
        while !waiting.is_empty() {
            let mut unread = Vec::new();
            for mut lease in waiting.drain(..waiting.len().min(WRITTEN_TOGETHER)) {
                let way = match self.way(&lease.message, &mut round.study, now)? {
                    Ok(way) => way,
                    Err(settlement) => {
                        round.settled.push(Settled { lease, settlement });
                        continue;
                    }
                };
                // Another mail about the same to the same reader is to be known before this one, which continues its thread.
                if !engaged.insert(reader(&lease)) {
                    later.push_back(lease);
                } else if let Some(bytes) = lease.bytes.take() {
                    round.ready.push_back(Ready { lease, to: way.into_address(), bytes });
                } else {
                    unread.push((lease, way));
                }
            }
            let unwritten = self.read_for(unread, round, now)?;
            written.extend(self.write_letters(unwritten, round, now)?);
        }
        round.waiting = later;
        Ok(written)
    }

    /// Reads what letters are about; of what cannot be read it is known that it cannot be written.
    fn read_for(
        &self,
        unread: Vec<(Leased, Way)>,
        round: &mut Round,
        now: DateTime<Utc>,
    ) -> Result<Vec<Unwritten>, AppError> {
        self.read_threads(unread.iter().map(|(lease, _)| &lease.message), &mut round.study)?;
        let mut unwritten = Vec::with_capacity(unread.len());
        for (lease, way) in unread {
            match unless_unwritable(self.about(&lease.message, &mut round.study, now))? {
                Ok(about) => unwritten.push(Unwritten { lease, way, about }),
                Err(settlement) => round.settled.push(Settled { lease, settlement }),
            }
        }
        Ok(unwritten)
    }

    fn write_letters(
        &self,
        unwritten: Vec<Unwritten>,
        round: &mut Round,
        now: DateTime<Utc>,
    ) -> Result<Vec<Ready>, AppError> {
        if unwritten.is_empty() {
            return Ok(Vec::new());
        }
        let orders: Vec<Order<'_>> = unwritten.iter().map(Unwritten::order).collect();
        let mails = self.desk(&round.study, now)?.write_all(&orders);
        let mut written = Vec::with_capacity(unwritten.len());
        for (Unwritten { lease, way, .. }, mail) in unwritten.into_iter().zip(mails) {
            match unless_unwritable(mail)? {
                Ok(bytes) => written.push(Ready { lease, to: way.into_address(), bytes }),
                Err(settlement) => round.settled.push(Settled { lease, settlement }),
            }
        }
        Ok(written)
    }

    /// Where the mail of a message goes; or what becomes of it instead.
    fn way(
        &self,
        message: &Message,
        study: &mut Study,
        now: DateTime<Utc>,
    ) -> Result<Result<Way, Settlement>, AppError> {
        let not_wanted = |to: Withdrawn, reason: String| Ok(Err(Settlement::NotWanted { to, reason }));
        if is_stale(message, now) {
            return not_wanted(Withdrawn::Skipped, STALE.to_owned());
        }
        let to = match Address::new(&message.to.email) {
            Ok(to) => to,
            Err(error) => return Ok(Err(unwritable(&error.to_string()))),
        };
        if self.settings.config.suppress_bounced
            && let Some(refused) = self.refused_address(&message.to.email, study)?
        {
            let why = format!("{refused} to the same address came back; `inwindow outbox retry {refused}` lifts this");
            return not_wanted(Withdrawn::Suppressed, why);
        }
        Ok(Ok(match self.settings.config.mail.route(&to) {
            Route::Deliver => Way::Reader(to),
            Route::Redirect(instead) => Way::Instead(instead),
            Route::Refuse { why } => return not_wanted(Withdrawn::Suppressed, why),
        }))
    }
}

/// A mail that cannot be written, whoever tries, is settled; a store that cannot be read is an error.
fn unless_unwritable<T>(written: Result<T, AppError>) -> Result<Result<T, Settlement>, AppError> {
    match written {
        Ok(written) => Ok(Ok(written)),
        Err(AppError::Store(error)) => Err(error.into()),
        Err(error) => Ok(Err(unwritable(&error.to_string()))),
    }
}

fn unwritable(why: &str) -> Settlement {
    let (state, reason) = (MessageState::Failed, format!("the mail cannot be written: {why}"));
    Settlement::GivenUp { state, reason, refused_as: None, arrival: Arrival::RuledOut }
}
