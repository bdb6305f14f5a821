//! What follows upon an attempt to deliver: nothing, another attempt, or the end.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::message::MessageState;

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
}

impl Outcome {
    /// Whether the reader may have the mail though nobody said so: a further attempt may deliver it twice.
    #[must_use]
    pub fn maybe_delivered(&self) -> bool {
        match self {
            Self::Unanswered { .. } => true,
            Self::Accepted | Self::Refused { .. } | Self::Deferred { .. } | Self::Broken { .. } => false,
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
            Self::Broken { what } => format!("not sent: {what}"),
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
            Self::Accepted | Self::Refused { .. } | Self::Broken { .. } | Self::Unanswered { .. } => false,
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
    /// Try no more.
    GiveUp {
        /// FAILED when the relay refused it, SKIPPED when its moment passes first.
        state: MessageState,
        /// Why, in words.
        reason: String,
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
/// that failed together do not return together; `jitter_seed` decides by how much. Never at or after `not_after`.
#[must_use]
pub fn next_attempt(
    outcome: &Outcome,
    tries: u32,
    not_after: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    jitter_seed: u64,
) -> Attempt {
    let reason = outcome.words();
    match outcome {
        Outcome::Accepted => return Attempt::Done,
        Outcome::Refused { .. } => return Attempt::GiveUp { state: MessageState::Failed, reason },
        Outcome::Deferred { .. } | Outcome::Broken { .. } | Outcome::Unanswered { .. } => {}
    }
    if tries >= MAX_TRIES {
        let reason = format!("given up after {tries} attempts, the last one {reason}");
        return Attempt::GiveUp { state: MessageState::Failed, reason };
    }
    let at = now + jittered(wait(outcome, tries), jitter_seed);
    match not_after {
        Some(not_after) if at >= not_after => {
            let limit = super::draft::instant(not_after);
            let reason =
                format!("its moment passes at {limit}, before another attempt could be made; the last one {reason}");
            Attempt::GiveUp { state: MessageState::Skipped, reason }
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
        let wait = |seed| match next_attempt(outcome, tries, None, now(), seed) {
            Attempt::Retry { at, .. } => (at - now()).num_milliseconds(),
            other @ (Attempt::Done | Attempt::GiveUp { .. }) => panic!("{other:?}"),
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
        match next_attempt(outcome, tries, not_after, now(), 7) {
            Attempt::GiveUp { state: got, reason } => {
                assert_eq!(got, state);
                assert!(reason.contains(saying), "{reason}");
            }
            other @ (Attempt::Done | Attempt::Retry { .. }) => panic!("{other:?}"),
        }
    }

    #[test]
    fn refusals_end_it_at_once() {
        let refused = Outcome::Refused { code: 550, enhanced: Some("5.1.1".into()), text: "no such user".into() };
        gives_up(&refused, 1, None, MessageState::Failed, "refused: 550 5.1.1 no such user");
        gives_up(&broken(), MAX_TRIES, None, MessageState::Failed, "given up after 52 attempts");
        assert_eq!(next_attempt(&Outcome::Accepted, 1, None, now(), 0), Attempt::Done);
    }

    #[test]
    fn nothing_is_tried_at_or_after_its_last_moment() {
        gives_up(&broken(), 5, Some("2017-03-25T12:50:00Z"), MessageState::Skipped, "2017-03-25T12:50:00Z");
        for seed in 0..500 {
            for second in [54, 57, 60, 63, 66] {
                let not_after = now() + TimeDelta::seconds(second);
                if let Attempt::Retry { at, .. } = next_attempt(&broken(), 1, Some(not_after), now(), seed) {
                    assert!(at < not_after, "{at} {not_after}");
                }
            }
        }
    }

    #[test]
    fn only_silence_after_the_dot_may_have_delivered() {
        assert!(Outcome::Unanswered { what: String::new() }.maybe_delivered());
        assert!(!broken().maybe_delivered() && !deferred(451, None).maybe_delivered());
    }
}
