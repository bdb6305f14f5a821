//! Sources that are files: read to their end in batches, again and again.

use std::path::Path;

use tokio::sync::{mpsc, oneshot};

use super::{chain, open_in_order};
use crate::app::config::SourceKind;
use crate::mail::imap::{Follow, News, Receipt, Signal};
use crate::mail::{FileError, RawMessage, Source};

/// Most messages stored in one transaction: a commit costs as much as storing some dozens, and others wait meanwhile.
const MAX_BATCH: usize = 100;

/// Most bytes stored in one transaction, unless one message alone has more: what is held in memory at a time.
const MAX_BATCH_BYTES: usize = 8 << 20;

/// Whether files were read to their end.
pub(super) enum Taken {
    All,
    /// No, and why.
    Not(String),
    /// Somebody wants to stop.
    Stopped,
}

/// Messages of files in batches, each with what could not be read beside it.
pub(crate) struct Batches {
    source: std::iter::Peekable<Source>,
}

impl Batches {
    pub(crate) fn of(source: Source) -> Self {
        Self { source: source.peekable() }
    }
}

impl Iterator for Batches {
    type Item = (Vec<RawMessage>, Vec<String>);

    fn next(&mut self) -> Option<Self::Item> {
        self.source.peek()?;
        let (mut raws, mut failed, mut bytes) = (Vec::new(), Vec::new(), 0);
        while raws.len() < MAX_BATCH && bytes < MAX_BATCH_BYTES {
            match self.source.next() {
                Some(Ok(raw)) => {
                    bytes += raw.bytes.len();
                    raws.push(raw);
                }
                Some(Err(error)) => failed.push(chain(&error)),
                None => break,
            }
        }
        Some((raws, failed))
    }
}

/// What is at a path, when it is what the configuration says; none when that holds nothing yet.
pub(super) fn found_at(kind: &SourceKind, path: &Path) -> Result<Option<Source>, FileError> {
    let (fits, should_be) = match kind {
        SourceKind::Maildir(_) => (path.join("cur").is_dir() && path.join("new").is_dir(), "maildir"),
        SourceKind::Mbox(_) => (path.is_file(), "mbox"),
        SourceKind::Folder(_) => (path.is_dir(), "folder"),
        SourceKind::Imap(_) => (false, "mailbox"),
    };
    if !fits {
        return Err(FileError::OtherKind { path: path.display().to_string(), should_be });
    }
    match open_in_order(path) {
        Err(FileError::Empty { .. }) => Ok(None),
        opened => opened.map(Some),
    }
}

/// Says at once, and then so often, that it is time to read.
pub(super) async fn remind(source: usize, how: Follow, signals: mpsc::Sender<Signal>) {
    loop {
        let (receipt, answer) = oneshot::channel();
        if signals.send(Signal { source, news: News::Began, receipt }).await.is_err() {
            return;
        }
        let Ok(answer) = answer.await else { return };
        let Follow::Every(every) = how else { return };
        let pause = match answer {
            Receipt::ReadOn(_) => every,
            Receipt::StandBack(after) => after.min(every),
        };
        if tokio::time::timeout(pause, signals.closed()).await.is_ok() {
            return;
        }
    }
}
