//! Reading a mailbox once, or again and again, and handing on what is new.
//!
//! Whoever stores what is read answers each piece of news with a [`Receipt`]; before that nothing more is fetched, so that
//! memory stays bounded, and nothing is left half done when nobody answers any more.

use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use super::error::ImapError;
use super::server::ImapServer;
use super::session::{Batch, Imap};
use crate::notice::Position;

/// How long to wait before a server is asked again that could not be read, the first time; doubled each time, up to the
/// time between polls. Most outages of a server are restarts.
const FIRST_PAUSE: Duration = Duration::from_secs(15);

/// How often to read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Once.
    Once,
    /// Whenever the server says that something came, and at least so often.
    Every(Duration),
}

/// What happened at a source.
#[derive(Debug)]
pub enum News {
    /// A poll begins: what came before this moment will be read by it. Answered with the position to go on from.
    Began,
    /// Messages to be stored, together with the position reached.
    Mails(Batch),
    /// Everything that was there when the poll began has been handed on.
    Complete,
    /// It could not be read; what was handed on before is not affected.
    Failed(ImapError),
}

/// What became of a piece of news.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receipt {
    /// It is stored: read on. When a poll begins, from behind this position.
    ReadOn(Option<Position>),
    /// Somebody else reads the source: ask again after so long.
    StandBack(Duration),
}

/// News of one of several sources.
#[derive(Debug)]
pub struct Signal {
    /// Which source, by the number it was given.
    pub source: usize,
    /// What happened.
    pub news: News,
    /// Where to answer.
    pub receipt: oneshot::Sender<Receipt>,
}

/// Nobody listens any more.
struct Unheard;

/// How a poll ended.
enum Polled {
    /// All was handed on.
    Whole,
    /// Somebody else reads it; ask again after so long.
    NotOurs(Duration),
    /// It could not be read.
    Failed(ImapError),
}

/// Who listens, and to which source.
struct Listener {
    source: usize,
    signals: mpsc::Sender<Signal>,
}

impl Listener {
    async fn tell(&self, news: News) -> Result<Receipt, Unheard> {
        let (receipt, answer) = oneshot::channel();
        let signal = Signal { source: self.source, news, receipt };
        self.signals.send(signal).await.map_err(|_| Unheard)?;
        answer.await.map_err(|_| Unheard)
    }

    /// Waits, unless nobody listens any more.
    async fn pause(&self, length: Duration) {
        let _ = tokio::time::timeout(length, self.signals.closed()).await;
    }
}

/// Reads a mailbox, as `source`, as often as `how` says; ends when it is done or nobody listens any more.
pub async fn follow(source: usize, server: ImapServer, how: Follow, signals: mpsc::Sender<Signal>) {
    let listener = Listener { source, signals };
    let (mut open, mut pause) = (None, FIRST_PAUSE);
    loop {
        let mut again = None;
        match poll(&mut open, &server, &listener).await {
            Err(Unheard) => return,
            Ok(Polled::Whole) => pause = FIRST_PAUSE,
            Ok(Polled::NotOurs(after)) => again = Some(after),
            Ok(Polled::Failed(error)) => {
                open = None;
                if listener.tell(News::Failed(error)).await.is_err() {
                    return;
                }
            }
        }
        let Follow::Every(every) = how else { break };
        let longest = again.map_or(every, |after| after.min(every));
        let waiting = async {
            match open.take() {
                None => None,
                // A connection lost while nothing was asked is no news: the next poll makes another.
                Some(imap) => Imap::wait(imap, longest).await.ok().map(|(imap, _)| imap),
            }
        };
        tokio::select! {
            () = listener.signals.closed() => return,
            waited = waiting => open = waited,
        }
        if open.is_none() && again.is_some() {
            listener.pause(longest).await;
        } else if open.is_none() {
            listener.pause(pause.min(every)).await;
            pause = (pause * 2).min(every.max(FIRST_PAUSE));
        }
    }
    if let Some(imap) = open {
        imap.close().await;
    }
}

/// Reads what is new, to the end.
async fn poll(open: &mut Option<Imap>, server: &ImapServer, listener: &Listener) -> Result<Polled, Unheard> {
    let position = match listener.tell(News::Began).await? {
        Receipt::ReadOn(position) => position,
        Receipt::StandBack(after) => return Ok(Polled::NotOurs(after)),
    };
    let mut imap = match open.take() {
        Some(imap) => imap,
        None => match Imap::open(server).await {
            Ok(imap) => imap,
            Err(error) => return Ok(Polled::Failed(error)),
        },
    };
    let listed = match imap.list(position).await {
        Ok(listed) => listed,
        Err(error) => return Ok(Polled::Failed(error)),
    };
    let mut rest = listed.as_slice();
    while !rest.is_empty() {
        match imap.batch(rest).await {
            Ok((batch, taken)) => {
                if let Receipt::StandBack(after) = listener.tell(News::Mails(batch)).await? {
                    *open = Some(imap);
                    return Ok(Polled::NotOurs(after));
                }
                rest = &rest[taken..];
            }
            Err(error) => return Ok(Polled::Failed(error)),
        }
    }
    let complete = listener.tell(News::Complete).await?;
    *open = Some(imap);
    Ok(match complete {
        Receipt::ReadOn(_) => Polled::Whole,
        Receipt::StandBack(after) => Polled::NotOurs(after),
    })
}
