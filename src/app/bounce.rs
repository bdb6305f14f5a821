//! Mails of ours that came back, tied to the messages they were.

use chrono::{DateTime, Utc};

use super::error::AppError;
use super::look::Wanted;
use super::settings::App;
use crate::notice::BounceReport;
use crate::plan::{Message, MessageState, message_id};
use crate::store::{Changes, LogEntry, MessageAction, MessageEdit};

impl App {
    /// Notes what a report says of a message of ours: by the address that it came to, else by the Message-ID of the mail
    /// that came back. A report about no message that was accepted changes nothing.
    pub(super) fn note_bounce(&self, raw: &[u8], changes: &mut Changes, now: DateTime<Utc>) -> Result<(), AppError> {
        let Some(report) = BounceReport::read(raw) else { return Ok(()) };
        let Some(message) = self.came_back(&report)? else { return Ok(()) };
        let action = if report.is_permanent() { MessageAction::Bounce } else { MessageAction::Expire };
        if !action.from().contains(&message.state) {
            return Ok(());
        }
        let said = report.diagnostic.as_deref().unwrap_or("its report gives no words");
        let reason = format!("came back from {}: {} {said}", report.recipient, report.status);
        let subject = message.id.to_string();
        changes.log.push(LogEntry { at: now, who: "report".into(), what: reason.clone(), subject });
        let refused_as = Some(report.status).filter(|status| !status.is_empty());
        changes.edits.push(MessageEdit { message: message.id, action, reason, refused_as });
        Ok(())
    }

    fn came_back(&self, report: &BounceReport) -> Result<Option<Message>, AppError> {
        for detail in &report.details {
            if let Some(message) = self.store.message(detail)?.filter(|message| message.id.as_str() == detail) {
                return Ok(Some(message));
            }
        }
        let Some(returned) = &report.message_id else { return Ok(None) };
        let (secret, domain) = (self.store.secret()?, &self.settings.config.domain);
        let accepted = Wanted { states: vec![MessageState::Accepted], ..Wanted::default() };
        for page in self.message_pages(accepted)? {
            let mut page = page?.into_iter();
            if let Some(it) = page.find(|message| message_id(&message.key, &secret, domain) == *returned) {
                return Ok(Some(it));
            }
        }
        Ok(None)
    }
}
