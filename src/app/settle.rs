//! What people settle about messages. Each leaves a line in the log.

use chrono::{DateTime, Utc};

use super::error::AppError;
use super::settings::App;
use crate::names::{AssetId, MessageId};
use crate::store::{Changes, LogEntry, MessageAction, MessageEdit, MessageFilter};

impl App {
    /// Does something to the messages named, or, when none is named, to all it can be done to; gives their ids.
    ///
    /// # Errors
    /// [`AppError::Unknown`] for an id that is none; [`AppError::Store`] when a message is in no state for it.
    pub fn edit_messages(
        &mut self,
        typed: &[String],
        action: MessageAction,
        who: &str,
        now: DateTime<Utc>,
    ) -> Result<Vec<MessageId>, AppError> {
        let reason = format!("{} by {who}", done(action));
        self.transact(now, |app| {
            let chosen = app.chosen(typed, action)?;
            let edits = chosen.iter().map(|message| MessageEdit {
                message: message.clone(),
                action,
                reason: reason.clone(),
                refused_as: None,
            });
            let log = chosen.iter().map(|message| LogEntry {
                at: now,
                who: who.to_owned(),
                what: done(action).to_owned(),
                subject: message.to_string(),
            });
            Ok((Changes { edits: edits.collect(), log: log.collect(), ..Changes::default() }, chosen))
        })
    }

    fn chosen(&self, typed: &[String], action: MessageAction) -> Result<Vec<MessageId>, AppError> {
        if typed.is_empty() {
            let filter = MessageFilter { states: action.from().to_vec(), ..MessageFilter::default() };
            return Ok(self.store.message_ids(&filter)?);
        }
        let find = |typed: &String| {
            let unknown = || AppError::Unknown { what: "message", typed: typed.clone(), nearest: None };
            self.store.message(typed)?.map(|message| message.id).ok_or_else(unknown)
        };
        typed.iter().map(find).collect()
    }

    /// The asset of an id in the inventory of today.
    ///
    /// # Errors
    /// [`AppError::UnknownAsset`] with the nearest name, [`AppError::NoInventory`], [`AppError::Store`].
    pub fn known_asset(&self, typed: &str) -> Result<AssetId, AppError> {
        super::check::find_asset(self.inventory()?.as_ref(), typed)
    }
}

/// An action as something that was done.
fn done(action: MessageAction) -> &'static str {
    match action {
        MessageAction::Approve => "approved",
        MessageAction::Hold => "held",
        MessageAction::Cancel => "cancelled",
        MessageAction::Retry => "released to be tried again",
        MessageAction::Bounce | MessageAction::Expire => "found to have come back",
    }
}
