//! What follows upon an attempt to deliver: nothing, another attempt, or the end.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::message::MessageState;
use super::unsent::MISSED;

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "kebab-case")]
pub enum Outcome {
    /// The relay answered 250 after the final dot.
    Accepted,
    /// A 5xx answer: this recipient is refused for good.
    Refused {
        /// The reply code.
        code: u16,
        /// The enhanced status code (RFC 3463) such as `5.1.1`.
        enhanced: Option<String>,
        /// The words.
        text: String,
    },
    /// A 4xx answer: not now.
    Deferred {
        /// The reply code.
        code: u16,
        /// The enhanced status code (RFC 3463) such as `4.7.1`.
        enhanced: Option<String>,
        /// The words.
        text: String,
    },
    /// No connection, or one that broke before the final dot: the relay cannot have the mail.
    Broken {
        /// What happened.
        what: String,
    },
    /// No answer to the final dot: the relay may have the mail.
    Unanswered {
        /// What happened.
        what: String,
    },
    /// The relay takes nobody's mail from us, such as without a login: this mail was not tried.
    Unusable {
        /// What happened.
        what: String,
    },
}

/// What a status code by which a mail was refused (RFC 3463) speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Blames {
    /// The address: no mail will ever reach it (5.1.1, 5.1.2, 5.1.3, 5.1.6, 5.1.10).
    Address,
    /// Us: the sender's address (5.1.7, 5.1.8), or what we may send there at all (5.7.x). Other mails will meet it too.
    Sender,
    /// This mail at this time, such as a full mailbox (5.2.2).
    Mail,
}

impl Blames {
    /// What the code speaks of; of a code for now (4.x.x) this mail.
    #[must_use]
    pub fn of(code: &str) -> Self {
        match code {
            "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" => Self::Address,
            "5.1.7" | "5.1.8" => Self::Sender,
            other if other.starts_with("5.7.") => Self::Sender,
            _ => Self::Mail,
        }
    }

    /// What a message in this state, refused or come back with this code, speaks of; none where it was neither.
    #[must_use]
    pub fn of_state(state: MessageState, refused_as: Option<&str>) -> Option<Self> {
        match (state, refused_as) {
            (MessageState::Failed | MessageState::Bounced, Some(code)) => Some(Self::of(code)),
            // Earlier releases kept no code, and took whatever came back for good as the address's fault.
            (MessageState::Bounced, None) => Some(Self::Address),
            (MessageState::Failed, None)
            | (
                MessageState::Planned
                | MessageState::AwaitingApproval
                | MessageState::Held
                | MessageState::Leased
                | MessageState::Accepted
                | MessageState::Skipped
                | MessageState::Cancelled
                | MessageState::Suppressed,
                _,
            ) => None,
        }
    }
}

impl Outcome {
    /// Whether the reader may have the mail though nobody said so: a further attempt may deliver it twice.
    #[must_use]
    pub fn maybe_delivered(&self) -> bool {
        match self {
            Self::Unanswered { .. } => true,
            Self::Accepted
            | Self::Refused { .. }
            | Self::Deferred { .. }
            | Self::Broken { .. }
            | Self::Unusable { .. } => false,
        }
    }

    /// Whether it was refused for good because of who sends it.
    #[must_use]
    pub fn blames_us(&self) -> bool {
        match self {
            Self::Refused { enhanced, .. } => enhanced.as_deref().map(Blames::of) == Some(Blames::Sender),
            Self::Accepted
            | Self::Deferred { .. }
            | Self::Broken { .. }
            | Self::Unanswered { .. }
            | Self::Unusable { .. } => false,
        }
    }

    /// What happened, in one line.
    #[must_use]
    pub fn words(&self) -> String {
        let reply = |code: &u16, enhanced: &Option<String>, text: &str| match enhanced {
            Some(enhanced) => format!("{code} {enhanced} {text}"),
            None => format!("{code} {text}"),
        };
        match self {
            Self::Accepted => "accepted by the relay".to_owned(),
            Self::Refused { code, enhanced, text } => format!("refused: {}", reply(code, enhanced, text)),
            Self::Deferred { code, enhanced, text } => format!("deferred: {}", reply(code, enhanced, text)),
            Self::Broken { what } | Self::Unusable { what } => format!("not sent: {what}"),
            Self::Unanswered { what } => format!("no answer to the message itself: {what}"),
        }
    }

    /// Whether a first attempt met greylisting: the relay wants to see the same mail again later.
    fn is_greylisting(&self) -> bool {
        match self {
            Self::Deferred { code, enhanced, .. } => {
                enhanced.as_deref().is_some_and(|enhanced| enhanced.starts_with("4.7.1"))
                    || (enhanced.is_none() && [450, 451].contains(code))
            }
            Self::Accepted
            | Self::Refused { .. }
            | Self::Broken { .. }
            | Self::Unanswered { .. }
            | Self::Unusable { .. } => false,
        }
    }
}

/// What to do next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "attempt", rename_all = "kebab-case")]
pub enum Attempt {
    /// Nothing more: it was accepted.
    Done,
    /// Try again, not before this instant.
    Retry {
        /// The instant.
        at: DateTime<Utc>,
        /// Why the attempt before failed.
        reason: String,
    },
    /// It was none: the relay is to be left alone, and the message waits as if it had not been touched.
    NotMade {
        /// Why.
        reason: String,
    },
    /// Try no more.
    GiveUp {
        /// FAILED when the relay refused it, SKIPPED when its moment passes first.
        state: MessageState,
        /// Why, in words.
        reason: String,
        /// The status code (RFC 3463) of the refusal, if it gave one.
        refused_as: Option<String>,
    },
}

/// Minutes to wait after the first, second, … failed attempt; after the last of these, hourly.
const WAITS: [i64; 5] = [1, 5, 15, 30, 60];

/// Minutes to wait after greylisting: most greylists let a mail in after five (measured defaults: postgrey 300 s).
const GREYLIST_WAIT: i64 = 5;

/// A message without `not_after` is tried this often: two days of hourly attempts, what RFC 5321 section 4.5.4.1 asks at
/// the least before giving up (4 to 5 days) belongs to the relay behind us, which queues what it has accepted.
pub const MAX_TRIES: u32 = 52;

/// What follows upon attempt number `tries` (from 1) that ended at `now`.
///
/// Waits are 1, 5, 15, 30 and 60 minutes, then an hour each, moved by up to a tenth to either side so that many messages
/// that failed together do not return together; `jitter_seed` decides by how much, and is asked for where another attempt
/// may follow. Never at or after `not_after`.
#[must_use]
pub fn next_attempt(
    outcome: &Outcome,
    tries: u32,
    not_after: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    jitter_seed: impl FnOnce() -> u64,
) -> Attempt {
    let reason = match outcome {
        Outcome::Accepted => return Attempt::Done,
        Outcome::Unusable { .. } => return Attempt::NotMade { reason: outcome.words() },
        Outcome::Refused { enhanced, .. } => {
            let (state, reason) = (MessageState::Failed, outcome.words());
            return Attempt::GiveUp { state, reason, refused_as: enhanced.clone() };
        }
        Outcome::Deferred { .. } | Outcome::Broken { .. } | Outcome::Unanswered { .. } => outcome.words(),
    };
    if tries >= MAX_TRIES {
        let reason = format!("given up after {tries} attempts, the last one {reason}");
        return Attempt::GiveUp { state: MessageState::Failed, reason, refused_as: None };
    }
    let at = now + jittered(wait(outcome, tries), jitter_seed());
    match not_after {
        Some(not_after) if at >= not_after => {
            let limit = super::draft::instant(not_after);
            let reason = format!("{MISSED} before another attempt: too late from {limit} on; the last one {reason}");
            Attempt::GiveUp { state: MessageState::Skipped, reason, refused_as: None }
        }
        Some(_) | None => Attempt::Retry { at, reason },
    }
}

fn wait(outcome: &Outcome, tries: u32) -> TimeDelta {
    let place = usize::try_from(tries.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS.len() - 1);
    let minutes = WAITS[place];
    let greylisted = tries <= 1 && outcome.is_greylisting();
    TimeDelta::minutes(if greylisted { minutes.max(GREYLIST_WAIT) } else { minutes })
}

/// The wait times 0.9 to 1.1. Neighbouring seeds are spread by a multiplication (Knuth, TAOCP vol. 3, section 6.4).
fn jittered(wait: TimeDelta, seed: u64) -> TimeDelta {
    let spread = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let per_mille = i32::try_from(spread % 201).unwrap_or(0) - 100;
    wait + wait * per_mille / 1000
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2017-03-25T12:00:00Z".parse().expect("a test instant")
    }

    fn deferred(code: u16, enhanced: Option<&str>) -> Outcome {
        Outcome::Deferred { code, enhanced: enhanced.map(str::to_owned), text: "try again later".into() }
    }

    fn broken() -> Outcome {
        Outcome::Broken { what: "connection refused".into() }
    }

    /// `minutes`: the wait before jitter; every seed must stay within a tenth of it, and seeds must differ.
    #[track_caller]
    fn waits(outcome: &Outcome, tries: u32, minutes: i64) {
        let wait = |seed| match next_attempt(outcome, tries, None, now(), || seed) {
            Attempt::Retry { at, .. } => (at - now()).num_milliseconds(),
            other @ (Attempt::Done | Attempt::NotMade { .. } | Attempt::GiveUp { .. }) => panic!("{other:?}"),
        };
        let waits: Vec<i64> = (0..500).map(wait).collect();
        let (least, most) = (*waits.iter().min().expect("some"), *waits.iter().max().expect("some"));
        let nominal = minutes * 60_000;
        assert!(least >= nominal * 9 / 10 && most <= nominal * 11 / 10, "{least} to {most} of {nominal}");
        assert!(most - least > nominal / 10, "no spread: {least} to {most}");
    }

    #[test]
    fn waits_grow_to_an_hour() {
        for (tries, minutes) in [(1, 1), (2, 5), (3, 15), (4, 30), (5, 60), (6, 60), (51, 60)] {
            waits(&broken(), tries, minutes);
            waits(&deferred(421, None), tries, minutes);
            waits(&Outcome::Unanswered { what: "timed out".into() }, tries, minutes);
        }
    }

    #[test]
    fn greylisting_is_tried_again_after_five_minutes() {
        for (code, enhanced) in [(450, None), (451, None), (450, Some("4.7.1")), (454, Some("4.7.1"))] {
            waits(&deferred(code, enhanced), 1, 5);
            waits(&deferred(code, enhanced), 2, 5);
            waits(&deferred(code, enhanced), 3, 15);
        }
        waits(&deferred(452, Some("4.2.2")), 1, 1);
        waits(&deferred(450, Some("4.2.1")), 1, 1);
    }

    #[track_caller]
    fn gives_up(outcome: &Outcome, tries: u32, not_after: Option<&str>, state: MessageState, saying: &str) {
        let not_after = not_after.map(|text| text.parse().expect("a test instant"));
        match next_attempt(outcome, tries, not_after, now(), || 7) {
            Attempt::GiveUp { state: got, reason, .. } => {
                assert_eq!(got, state);
                assert!(reason.contains(saying), "{reason}");
            }
            other @ (Attempt::Done | Attempt::NotMade { .. } | Attempt::Retry { .. }) => panic!("{other:?}"),
        }
    }

    #[test]
    fn refusals_end_it_at_once() {
        let refused = Outcome::Refused { code: 550, enhanced: Some("5.1.1".into()), text: "no such user".into() };
        gives_up(&refused, 1, None, MessageState::Failed, "refused: 550 5.1.1 no such user");
        gives_up(&broken(), MAX_TRIES, None, MessageState::Failed, "given up after 52 attempts");
        assert_eq!(next_attempt(&Outcome::Accepted, 1, None, now(), || 0), Attempt::Done);
    }

    #[test]
    fn nothing_is_tried_at_or_after_its_last_moment() {
        let missed = format!("{MISSED} before another attempt: too late from 2017-03-25T12:50:00Z on");
        gives_up(&broken(), 5, Some("2017-03-25T12:50:00Z"), MessageState::Skipped, &missed);
        for seed in 0..500 {
            for second in [54, 57, 60, 63, 66] {
                let not_after = now() + TimeDelta::seconds(second);
                if let Attempt::Retry { at, .. } = next_attempt(&broken(), 1, Some(not_after), now(), || seed) {
                    assert!(at < not_after, "{at} {not_after}");
                }
            }
        }
    }

    #[test]
    fn a_code_tells_whose_fault_it_is() {
        for (codes, blames) in [
            (&["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"][..], Blames::Address),
            (&["5.1.7", "5.1.8", "5.7.0", "5.7.1", "5.7.26"], Blames::Sender),
            (
                &[
                    "5.1.0", "5.1.4", "5.1.5", "5.1.9", "5.1.11", "5.2.1", "5.2.2", "5.4.4", "5.70.1", "4.1.1",
                    "4.7.1", "",
                ],
                Blames::Mail,
            ),
        ] {
            for code in codes {
                assert_eq!(Blames::of(code), blames, "{code}");
            }
        }
    }

    #[test]
    fn a_relay_that_lets_nobody_send_is_no_attempt() {
        let unusable = Outcome::Unusable { what: "530 5.7.0 log in first".into() };
        let attempt = next_attempt(&unusable, 1, None, now(), || 0);
        assert_eq!(attempt, Attempt::NotMade { reason: "not sent: 530 5.7.0 log in first".into() });
        assert!(!unusable.maybe_delivered() && !unusable.blames_us());
    }

    #[test]
    fn only_silence_after_the_dot_may_have_delivered() {
        assert!(Outcome::Unanswered { what: String::new() }.maybe_delivered());
        assert!(!broken().maybe_delivered() && !deferred(451, None).maybe_delivered());
    }
}
