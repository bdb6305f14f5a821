//! What people settle: messages and items of review. Each leaves a line in the log.

use chrono::{DateTime, Utc};

use super::error::AppError;
use super::settings::App;
use crate::names::AssetId;
use crate::notice::{ReviewItem, ReviewState};
use crate::plan::Message;
use crate::store::{Changes, LogEntry, MessageAction, MessageEdit, MessageFilter, ReviewFilter};

impl App {
    /// Does something to the messages named, or, when none is named, to all it can be done to.
    ///
    /// # Errors
    /// [`AppError::Unknown`] for an id that is none; [`AppError::Store`] when a message is in no state for it.
    pub fn edit_messages(
        &mut self,
        typed: &[String],
        action: MessageAction,
        who: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<Message>, AppError> {
        let reason = format!("{} by {who}", done(action));
        let chosen = self.transact(now, |app| {
            let chosen = app.chosen(typed, action)?;
            let edits = chosen.iter().map(|message| MessageEdit {
                message: message.id.clone(),
                action,
                reason: reason.clone(),
            });
            let log = chosen.iter().map(|message| LogEntry {
                at: now,
                who: who.to_owned(),
                what: done(action).to_owned(),
                subject: message.id.to_string(),
            });
            Ok((Changes { edits: edits.collect(), log: log.collect(), ..Changes::default() }, chosen))
        })?;
        let mut edited = Vec::new();
        for message in chosen {
            edited.extend(self.store.message(message.id.as_str())?);
        }
        Ok(edited)
    }

    fn chosen(&self, typed: &[String], action: MessageAction) -> Result<Vec<Message>, AppError> {
        if typed.is_empty() {
            let mut messages = self.store.messages(&MessageFilter::default())?;
            messages.retain(|message| action.from().contains(&message.state));
            return Ok(messages);
        }
        let find = |typed: &String| {
            let unknown = || AppError::Unknown { what: "message", typed: typed.clone(), nearest: None };
            self.store.message(typed)?.ok_or_else(unknown)
        };
        typed.iter().map(find).collect()
    }

    /// Settles a notice in review as being of no matter.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when nothing of that id waits; [`AppError::Store`].
    pub fn dismiss(&mut self, typed: &str, who: &str, now: DateTime<Utc>) -> Result<ReviewItem, AppError> {
        self.transact(now, |app| {
            let waiting = app.store.review(ReviewFilter::Open)?;
            let mut fitting =
                waiting.into_iter().filter(|item| !typed.is_empty() && item.notice.as_str().starts_with(typed));
            let unknown = || AppError::Unknown { what: "notice in review", typed: typed.to_owned(), nearest: None };
            let found = fitting.next().ok_or_else(unknown)?;
            if let Some(other) = fitting.next() {
                let what = format!("`{typed}` could be {} or {}", found.notice, other.notice);
                return Err(AppError::usage(what, "type more of the id"));
            }
            let item = ReviewItem { state: ReviewState::Dismissed, ..found };
            let log = LogEntry {
                at: now,
                who: who.to_owned(),
                what: "dismissed from review".into(),
                subject: item.notice.to_string(),
            };
            Ok((Changes { review: vec![item.clone()], log: vec![log], ..Changes::default() }, item))
        })
    }

    /// The asset of an id in the inventory of today.
    ///
    /// # Errors
    /// [`AppError::UnknownAsset`] with the nearest name, [`AppError::NoInventory`], [`AppError::Store`].
    pub fn known_asset(&self, typed: &str) -> Result<AssetId, AppError> {
        super::check::find_asset(&self.inventory()?, typed)
    }
}

/// An action as something that was done.
fn done(action: MessageAction) -> &'static str {
    match action {
        MessageAction::Approve => "approved",
        MessageAction::Hold => "held",
        MessageAction::Cancel => "cancelled",
        MessageAction::Retry => "released to be tried again",
    }
}
