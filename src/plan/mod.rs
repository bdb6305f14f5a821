//! Which messages should exist, and why; and the texts they carry.
//!
//! Pure. Nothing here sends, stores or reads a clock: asked twice of the same state, it proposes nothing new.

mod alarm;
mod alarms;
mod calendar;
mod catalogue;
mod clocks;
mod digest;
mod digest_page;
mod digest_time;
mod draft;
mod follow_up;
mod letter;
mod material;
mod message;
mod now;
mod outage_mail;
mod page;
mod passing;
mod plain;
mod policy;
mod present;
mod proposal;
mod propose;
mod quiet;
mod raised;
mod reminder;
mod render;
mod retry;
mod round;
mod rule;
mod sheet;
mod sheet_page;
mod staff;
mod staff_policy;
mod standing;
mod telling;
mod templates;
#[cfg(test)]
mod tests;
mod unsent;
mod view;

pub use alarm::{Alarm, AlarmKind};
pub use digest_page::digest_letter;
pub use digest_time::{BadDigestTime, DigestTime};
pub use follow_up::felt_within;
pub use letter::{CalendarPart, Letter, Mailbox};
pub use message::{Cause, Key, Material, MaterialWindow, Message, MessageState, Recipient, Told};
pub use policy::{Approval, BadLead, Lead, Policy, Stages, StandingMails, Worth};
pub use proposal::{NotPlanned, Proposal, Unplanned, Withdrawal, apply};
pub use propose::{Known, propose};
pub use quiet::{BadQuietHours, QuietHours};
pub use render::{LetterFacts, Sender, StandingSubject, Subject, Thread, letter, message_id};
pub use retry::{Attempt, Blames, MAX_TRIES, Outcome, next_attempt};
pub use round::{Ground, Reasons, Round, Topic};
pub use rule::Rule;
pub use sheet::{CheckRow, MessageRow, NoticeRow, OutageRow, Section, Sheet, WindowRow};
pub use sheet_page::{SheetFacts, sheet_letter};
pub use staff::{STAFF_LEDGER, Silence, StaffKnown, may_alarm, propose_staff, tell_staff, unsent_from_to};
pub use staff_policy::StaffPolicy;
pub use standing::{Fall, Upcoming};
pub use templates::{Layouts, TemplateError, Templates};
pub use unsent::{MISSED, Unsent};
