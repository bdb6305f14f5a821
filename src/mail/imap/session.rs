//! One connection to one mailbox.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::error::ImapError;
use super::said::{Fetched, Said, Status, code_capabilities, code_number, said};
use super::server::{ImapServer, SMALL, words};
use super::wire::Wire;
use crate::mail::source::MAX_MESSAGE_BYTES;
use crate::notice::Position;

/// Longest that an IDLE is left without being renewed: servers may hang up after 30 minutes (RFC 2177), and 29 is the
/// advice there.
pub const MAX_IDLE: Duration = Duration::from_mins(28);

/// Most messages of a batch: a command line with as many UIDs is far below the 8,000 bytes that servers must take
/// (RFC 7162, section 4), and a transaction with as many is over in a moment.
const MAX_BATCH: usize = 100;

/// Most bytes of a batch, unless one message alone has more: what is held in memory at a time.
const MAX_BATCH_BYTES: u64 = 8 << 20;

/// Of a message that is too large, so much of its beginning: more than any header seen, which is what is kept of it.
const HEAD_BYTES: usize = 64 * 1024;

/// Most bytes of a list of UIDs: over a million messages.
const LISTING: usize = 16 << 20;

/// Most bytes heard during an IDLE: thousands of messages come and gone.
const IDLING: usize = 1 << 20;

/// One message of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Its number.
    pub uid: u32,
    /// When the server had it, by its own word (INTERNALDATE).
    pub internal_date: Option<DateTime<Utc>>,
    /// Its bytes; of one that is too large its header, or as much of that as was asked for.
    pub bytes: Vec<u8>,
    /// How many bytes it has, when it is too large to be read whole.
    pub cut_from: Option<u64>,
}

/// Messages to be stored together, with the position that is reached when they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Messages by UID.
    pub mails: Vec<Mail>,
    /// What to go on from.
    pub position: Position,
}

/// Why waiting for news ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waited {
    /// The server says that the mailbox changed.
    Changed,
    /// Nothing was heard for as long as we waited.
    Elapsed,
}

/// Why a command did not succeed.
enum Refusal {
    /// The server said no, and waits for the next command.
    No(String),
    /// Nobody knows what the server would say next.
    Doubt(ImapError),
}

/// A mailbox opened for reading. After any error but a refusal it is of no use and must be dropped.
pub struct Imap {
    wire: Wire,
    server: ImapServer,
    commands: u32,
    can_idle: bool,
    uid_validity: u32,
    /// The server told of new messages since the mailbox was last listed.
    grown: bool,
}

impl std::fmt::Debug for Imap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Imap").field("server", &self.server).field("commands", &self.commands).finish_non_exhaustive()
    }
}

impl Imap {
    /// Connects, secures, logs in, and opens the mailbox for reading alone.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn open(server: &ImapServer) -> Result<Self, ImapError> {
        let wire = server.connect().await?;
        let mut imap =
            Self { wire, server: server.clone(), commands: 0, can_idle: false, uid_validity: 0, grown: false };
        imap.login().await?;
        imap.ask_capabilities().await?;
        imap.examine().await?;
        Ok(imap)
    }

    /// By LOGIN with literals, which carry any byte. XOAUTH2, which some large services demand, is not spoken.
    async fn login(&mut self) -> Result<(), ImapError> {
        let auth = self.server.auth.clone();
        let tag = self.next_tag();
        let conversation = async {
            self.wire.allow(SMALL);
            let lengths = [auth.user.len(), auth.password().len()];
            self.wire.say(&format!("{tag} LOGIN {{{}}}", lengths[0])).await?;
            for part in [format!("{} {{{}}}\r\n", auth.user, lengths[1]), format!("{}\r\n", auth.password())] {
                if let Some(refused) = go_ahead(&mut self.wire).await? {
                    return Ok(refused);
                }
                self.wire.send(part.as_bytes()).await?;
            }
            loop {
                if let Some(done @ Said::Done { .. }) = said(self.wire.answer().await?) {
                    return std::io::Result::Ok(done);
                }
            }
        };
        let ended = self.server.peer().within(self.server.deadlines.command * 3, "login", conversation).await?;
        match ended.map_err(|error| self.server.broken("login", &error.to_string()))? {
            Said::Done { status: Status::Ok, .. } => Ok(()),
            Said::Done { text, .. } | Said::Status { text, .. } => {
                Err(ImapError::Login { server: self.server.peer().name(), user: auth.user.clone(), what: words(&text) })
            }
            Said::Continue | Said::Exists | Said::Search(_) | Said::Capability(_) | Said::Fetch(_) | Said::Other => {
                Err(self.server.broken("login", "it answers something else"))
            }
        }
    }

    async fn ask_capabilities(&mut self) -> Result<(), ImapError> {
        let mut known = Vec::new();
        let deadline = self.server.deadlines.command;
        let asked = self.command("CAPABILITY", "CAPABILITY", SMALL, deadline, |said| match said {
            Said::Capability(list) => known.extend(list),
            Said::Status { text, .. } => known.extend(code_capabilities(&text).unwrap_or_default()),
            Said::Continue | Said::Done { .. } | Said::Exists | Said::Search(_) | Said::Fetch(_) | Said::Other => {}
        });
        asked.await.map_err(|refusal| self.doubt("CAPABILITY", refusal))?;
        self.can_idle = known.iter().any(|capability| capability == "IDLE");
        Ok(())
    }

    async fn examine(&mut self) -> Result<(), ImapError> {
        let quoted = self.server.mailbox.replace('\\', "\\\\").replace('"', "\\\"");
        let (mut uid_validity, deadline) = (None, self.server.deadlines.command);
        let command = format!("EXAMINE \"{quoted}\"");
        let asked = self.command("EXAMINE", &command, SMALL, deadline, |said| {
            if let Said::Status { text, .. } = said {
                uid_validity = code_number(&text, "UIDVALIDITY").or(uid_validity);
            }
        });
        let mailbox = |imap: &Self, what: &str| ImapError::Mailbox {
            server: imap.server.peer().name(),
            mailbox: imap.server.mailbox.clone(),
            what: words(what),
        };
        match asked.await {
            Ok(()) => {}
            Err(Refusal::No(what)) => return Err(mailbox(self, &what)),
            Err(Refusal::Doubt(error)) => return Err(error),
        }
        let none = || mailbox(self, "it gives no UIDVALIDITY, so that nobody can say what was read");
        self.uid_validity = uid_validity.ok_or_else(none)?;
        Ok(())
    }

    /// The numbering in force.
    #[must_use]
    pub fn uid_validity(&self) -> u32 {
        self.uid_validity
    }

    /// The UIDs behind a position, in order; all of them when it is none, or of another numbering.
    ///
    /// # Errors
    /// [`ImapError`].
    pub async fn list(&mut self, after: Option<Position>) -> Result<Vec<u32>, ImapError> {
        let after = after.filter(|position| position.uid_validity == self.uid_validity).map_or(0, |last| last.uid);
        // A server tells what came and what went only when it is spoken to.
        let noop = self.command("NOOP", "NOOP", IDLING, self.server.deadlines.command, |_| {}).await;
        noop.map_err(|refusal| self.doubt("NOOP", refusal))?;
        self.grown = false;
        let Some(next) = after.checked_add(1) else { return Ok(Vec::new()) };
        let found = self.search(&format!("{next}:*")).await?;
        // `n:*` means the last message too when its UID is below n (RFC 3501, section 6.4.8).
        Ok(found.into_iter().filter(|uid| *uid >= next).collect())
    }

    async fn search(&mut self, set: &str) -> Result<BTreeSet<u32>, ImapError> {
        let (mut found, deadline) = (BTreeSet::new(), self.server.deadlines.command);
        let command = format!("UID SEARCH UID {set}");
        let asked = self.command("UID SEARCH", &command, LISTING, deadline, |said| {
            if let Said::Search(uids) = said {
                found.extend(uids);
            }
        });
        asked.await.map_err(|refusal| self.doubt("UID SEARCH", refusal))?;
        Ok(found)
    }

    /// The first messages of those listed, and how many of the list they were. What is gone by now is passed over.
    ///
    /// # Errors
    /// [`ImapError`], [`ImapError::Withheld`] when one is there and is not handed out.
    pub async fn batch(&mut self, listed: &[u32]) -> Result<(Batch, usize), ImapError> {
        let asked = &listed[..listed.len().min(MAX_BATCH)];
        let sizes = self.sizes(asked).await?;
        let (mut taken, mut whole, mut large, mut bytes) = (0, Vec::new(), Vec::new(), 0);
        for uid in asked {
            match sizes.get(uid).copied() {
                Some(size) if size > MAX_MESSAGE_BYTES => large.push((*uid, size)),
                Some(size) if taken > 0 && bytes + size > MAX_BATCH_BYTES => break,
                Some(size) => {
                    bytes += size;
                    whole.push(*uid);
                }
                None => {}
            }
            taken += 1;
        }
        let mut mails = self.whole(&whole, bytes).await?;
        for (uid, size) in large {
            mails.extend(self.head(uid, size).await?);
        }
        let got: BTreeSet<u32> = mails.keys().copied().collect();
        self.must_be_gone(asked[..taken].iter().copied().filter(|uid| !got.contains(uid)).collect()).await?;
        let uid = asked[..taken].last().copied().unwrap_or_default();
        let position = Position { uid_validity: self.uid_validity, uid };
        Ok((Batch { mails: mails.into_values().collect(), position }, taken))
    }

    async fn sizes(&mut self, uids: &[u32]) -> Result<BTreeMap<u32, u64>, ImapError> {
        let deadline = self.server.deadlines.command;
        let fetched = self.fetch(uids, "UID RFC822.SIZE", SMALL, deadline).await?;
        Ok(fetched.into_iter().filter_map(|(uid, fetched)| Some((uid, fetched.size?))).collect())
    }

    /// Messages of together about so many bytes: the sizes that servers give are often a little wrong, so twice as many
    /// are taken, and a message that turns out too large is cut.
    async fn whole(&mut self, uids: &[u32], bytes: u64) -> Result<BTreeMap<u32, Mail>, ImapError> {
        let allowed = usize::try_from(bytes).unwrap_or(usize::MAX).saturating_mul(2).saturating_add(1 << 20);
        let deadline = self.server.deadlines.data;
        let fetched = self.fetch(uids, "UID INTERNALDATE BODY.PEEK[]", allowed, deadline).await?;
        let mail = |(uid, fetched): (u32, Fetched)| {
            let bytes = fetched.body?;
            let length = bytes.len() as u64;
            let cut_from = (length > MAX_MESSAGE_BYTES).then_some(length);
            let bytes = if cut_from.is_some() { head(bytes) } else { bytes };
            Some((uid, Mail { uid, internal_date: fetched.internal_date, bytes, cut_from }))
        };
        Ok(fetched.into_iter().filter_map(mail).collect())
    }

    /// The header of a message that is too large.
    async fn head(&mut self, uid: u32, size: u64) -> Result<Option<(u32, Mail)>, ImapError> {
        let query = format!("UID INTERNALDATE BODY.PEEK[]<0.{HEAD_BYTES}>");
        let fetched = self.fetch(&[uid], &query, HEAD_BYTES + SMALL, self.server.deadlines.command).await?;
        let mail = |(uid, fetched): (u32, Fetched)| {
            let bytes = head(fetched.body?);
            Some((uid, Mail { uid, internal_date: fetched.internal_date, bytes, cut_from: Some(size) }))
        };
        Ok(fetched.into_iter().find_map(mail))
    }

    /// What is said of these messages, by UID; what is said of others is passed over.
    async fn fetch(
        &mut self,
        uids: &[u32],
        query: &str,
        allowed: usize,
        deadline: Duration,
    ) -> Result<BTreeMap<u32, Fetched>, ImapError> {
        let mut fetched = BTreeMap::new();
        if uids.is_empty() {
            return Ok(fetched);
        }
        let command = format!("UID FETCH {} ({query})", set(uids));
        let asked = self.command("UID FETCH", &command, allowed, deadline, |said| {
            // A change of flags may be told at any time: it has no size and no body, and takes nothing away.
            if let Said::Fetch(said) = said
                && let Some(uid) = said.uid.filter(|uid| uids.contains(uid))
                && (said.size.is_some() || said.body.is_some())
            {
                fetched.insert(uid, said);
            }
        });
        match asked.await {
            // Dovecot says NO when one of several has been removed meanwhile, and gives the others.
            Ok(()) | Err(Refusal::No(_)) => Ok(fetched),
            Err(Refusal::Doubt(error)) => Err(error),
        }
    }

    /// Messages that were listed and not handed out have been removed, or nothing is sure.
    async fn must_be_gone(&mut self, missing: Vec<u32>) -> Result<(), ImapError> {
        if missing.is_empty() {
            return Ok(());
        }
        let noop = self.command("NOOP", "NOOP", IDLING, self.server.deadlines.command, |_| {}).await;
        noop.map_err(|refusal| self.doubt("NOOP", refusal))?;
        let there = self.search(&set(&missing)).await?;
        match missing.into_iter().find(|uid| there.contains(uid)) {
            Some(uid) => Err(ImapError::Withheld { server: self.server.peer().name(), uid }),
            None => Ok(()),
        }
    }

    /// Waits for news, by IDLE (RFC 2177) where the server has it. Gives the mailbox back unless anything is in doubt.
    ///
    /// # Errors
    /// [`ImapError`] when the connection is no longer good.
    pub async fn wait(mut self, longest: Duration) -> Result<(Self, Waited), ImapError> {
        if self.grown {
            return Ok((self, Waited::Changed));
        }
        let tag = if self.can_idle { self.begin_idle().await? } else { None };
        self.wire.allow(IDLING);
        let news = async {
            loop {
                match said(self.wire.answer().await?) {
                    Some(Said::Exists) => return std::io::Result::Ok(None),
                    Some(ended @ (Said::Status { status: Status::Bye, .. } | Said::Done { .. })) => {
                        return Ok(Some(ended));
                    }
                    _ => {}
                }
            }
        };
        let waited = match tokio::time::timeout(longest.min(MAX_IDLE), news).await {
            Err(_) if self.wire.is_amid() => {
                return Err(self.server.broken("IDLE", "it stopped in the midst of an answer"));
            }
            Err(_) => Waited::Elapsed,
            Ok(Ok(None)) => Waited::Changed,
            Ok(Ok(Some(_))) => return Err(self.server.broken("IDLE", "it ended the wait")),
            Ok(Err(error)) => return Err(self.server.broken("IDLE", &error.to_string())),
        };
        if let Some(tag) = tag {
            self.wire.say("DONE").await.map_err(|error| self.server.broken("DONE", &error.to_string()))?;
            let done = self.until_done(&tag, "DONE", IDLING, self.server.deadlines.command, |_| {}).await;
            done.map_err(|refusal| self.doubt("DONE", refusal))?;
        }
        self.grown = false;
        Ok((self, waited))
    }

    /// The tag of an IDLE that the server took up; none when it would not.
    async fn begin_idle(&mut self) -> Result<Option<String>, ImapError> {
        let tag = self.next_tag();
        self.wire.allow(SMALL);
        let (wire, mut grown) = (&mut self.wire, false);
        let conversation = async {
            wire.say(&format!("{tag} IDLE")).await?;
            loop {
                match said(wire.answer().await?) {
                    Some(Said::Exists) => grown = true,
                    Some(ended @ (Said::Continue | Said::Done { .. } | Said::Status { status: Status::Bye, .. })) => {
                        return std::io::Result::Ok(ended);
                    }
                    _ => {}
                }
            }
        };
        let began = self.server.peer().within(self.server.deadlines.command, "IDLE", conversation).await?;
        self.grown |= grown;
        match began.map_err(|error| self.server.broken("IDLE", &error.to_string()))? {
            Said::Continue => Ok(Some(tag)),
            Said::Done { .. } => {
                self.can_idle = false;
                Ok(None)
            }
            Said::Status { .. }
            | Said::Exists
            | Said::Search(_)
            | Said::Capability(_)
            | Said::Fetch(_)
            | Said::Other => Err(self.server.broken("IDLE", "it hangs up")),
        }
    }

    /// Says goodbye. That the server does not answer it changes nothing.
    pub async fn close(mut self) {
        let deadline = self.server.deadlines.command;
        let _ = self.command("LOGOUT", "LOGOUT", SMALL, deadline, |_| {}).await;
    }

    fn next_tag(&mut self) -> String {
        self.commands += 1;
        format!("i{}", self.commands)
    }

    /// Says a command and hears its answers until it is done. Only a whole answer that ends in OK is a success.
    async fn command(
        &mut self,
        step: &'static str,
        command: &str,
        allowed: usize,
        deadline: Duration,
        each: impl FnMut(Said),
    ) -> Result<(), Refusal> {
        let tag = self.next_tag();
        let saying = async {
            let line = format!("{tag} {command}");
            self.wire.say(&line).await
        };
        let said = self.server.peer().within(deadline, step, saying).await;
        said.map_err(|error| Refusal::Doubt(error.into()))?
            .map_err(|error| Refusal::Doubt(self.server.broken(step, &error.to_string())))?;
        self.until_done(&tag, step, allowed, deadline, each).await
    }

    async fn until_done(
        &mut self,
        tag: &str,
        step: &'static str,
        allowed: usize,
        deadline: Duration,
        mut each: impl FnMut(Said),
    ) -> Result<(), Refusal> {
        self.wire.allow(allowed);
        let (wire, server, grown) = (&mut self.wire, &self.server, &mut self.grown);
        let doubt = |what: String| Refusal::Doubt(server.broken(step, &what));
        let conversation = async {
            loop {
                let answer = wire.answer().await.map_err(|error| doubt(error.to_string()))?;
                match said(answer).ok_or_else(|| doubt("an answer cannot be read".to_owned()))? {
                    Said::Done { tag: done, status, text } if done == tag => {
                        return match status {
                            Status::Ok => Ok(()),
                            Status::No | Status::Bad => Err(Refusal::No(text)),
                            Status::Bye | Status::PreAuth => Err(doubt(text)),
                        };
                    }
                    Said::Done { .. } => return Err(doubt("it answers what was not asked".to_owned())),
                    // After LOGOUT, the OK still comes.
                    Said::Status { status: Status::Bye, text } if step != "LOGOUT" => {
                        return Err(doubt(format!("it hangs up: {text}")));
                    }
                    Said::Exists => *grown = true,
                    said @ (Said::Continue
                    | Said::Status { .. }
                    | Said::Search(_)
                    | Said::Capability(_)
                    | Said::Fetch(_)
                    | Said::Other) => each(said),
                }
            }
        };
        let ended = server.peer().within(deadline, step, conversation).await;
        ended.map_err(|error| Refusal::Doubt(error.into()))?
    }

    fn doubt(&self, step: &'static str, refusal: Refusal) -> ImapError {
        match refusal {
            Refusal::No(what) => self.server.broken(step, &format!("it says no: {what}")),
            Refusal::Doubt(error) => error,
        }
    }
}

/// Waits for the word to go on; what was said instead, when it is not.
async fn go_ahead(wire: &mut Wire) -> std::io::Result<Option<Said>> {
    loop {
        match said(wire.answer().await?) {
            Some(Said::Continue) => return Ok(None),
            Some(ended @ (Said::Done { .. } | Said::Status { status: Status::Bye, .. })) => return Ok(Some(ended)),
            _ => {}
        }
    }
}

/// UIDs as a set: `3,5:7`.
fn set(uids: &[u32]) -> String {
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*uid) => *last = *uid,
            Some(_) | None => runs.push((*uid, *uid)),
        }
    }
    let runs: Vec<String> = runs
        .iter()
        .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}:{last}") })
        .collect();
    runs.join(",")
}

/// The header of a message with its empty line, when it ends within [`HEAD_BYTES`].
fn head(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.truncate(HEAD_BYTES);
    let ends = [(&b"\r\n\r\n"[..], 4), (b"\n\n", 2)];
    let end = ends.iter().filter_map(|(empty, length)| {
        bytes.windows(*length).position(|window| window == *empty).map(|place| place + length)
    });
    if let Some(end) = end.min() {
        bytes.truncate(end);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn uids_as_sets() {
        for (uids, expected) in
            [(&[5][..], "5"), (&[1, 2, 3], "1:3"), (&[1, 3, 4, 9], "1,3:4,9"), (&[u32::MAX], "4294967295")]
        {
            assert_eq!(set(uids), expected);
        }
    }

    #[test]
    fn the_head_of_a_message() {
        assert_eq!(head(b"A: 1\r\n\r\nbody\r\n\r\n".to_vec()), b"A: 1\r\n\r\n");
        assert_eq!(head(b"A: 1\n\nbody".to_vec()), b"A: 1\n\n");
        assert_eq!(head(b"A: 1".to_vec()), b"A: 1");
        assert_eq!(head(vec![b'x'; HEAD_BYTES + 1]).len(), HEAD_BYTES);
    }
}
