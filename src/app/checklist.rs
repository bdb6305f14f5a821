//! The checklist: what should be done again and again, and what people and programs say of it.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::settings::App;
use crate::inventory::{CheckSaid, CheckWord, ChecklistItem, Inventory, overdue};
use crate::names::{ChecklistId, nearest};
use crate::store::{Changes, LogEntry};

/// Longest fact kept, in bytes: a sentence, not a report.
pub const MAX_FACT_BYTES: usize = 1_000;

/// An item as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckSeen {
    /// The item; when it was last done is the latest of what its file and the words on it say.
    #[serde(flatten)]
    pub item: ChecklistItem,
    /// By when it is to be done again; none when it never was, so that it is overdue.
    pub due_at: Option<DateTime<Utc>>,
    /// Whether that is past.
    pub is_overdue: bool,
    /// Who said last that it was done; none where only its file says so.
    pub done: Option<CheckWord>,
    /// The newest fact.
    pub fact: Option<CheckWord>,
}

impl App {
    /// The checklist as it stands at `now`: overdue items first, never done before longest overdue, then by when they are
    /// due.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`].
    pub fn checklist(&self, now: DateTime<Utc>) -> Result<Vec<CheckSeen>, AppError> {
        let inventory = self.inventory()?;
        let words = self.store.checklist()?;
        let newest = |id: &ChecklistId, is_done: bool| {
            let of = |word: &&CheckWord| word.item == *id && (word.said == CheckSaid::Done) == is_done;
            words.iter().find(of).cloned()
        };
        let items = self.checklist_items(&inventory)?;
        let late: Vec<ChecklistId> = overdue(&items, now).into_iter().map(|due| due.item.id.clone()).collect();
        let mut seen: Vec<CheckSeen> = items
            .into_iter()
            .map(|item| CheckSeen {
                due_at: item.last_done.and_then(|at| at.checked_add_signed(item.every)),
                is_overdue: late.contains(&item.id),
                done: newest(&item.id, true).filter(|word| Some(word.at) == item.last_done),
                fact: newest(&item.id, false),
                item,
            })
            .collect();
        seen.sort_by(|a, b| (a.due_at, &a.item.id).cmp(&(b.due_at, &b.item.id)));
        Ok(seen)
    }

    /// The items of an inventory, each last done when its file or a word on it says so later.
    pub(super) fn checklist_items(&self, inventory: &Inventory) -> Result<Vec<ChecklistItem>, AppError> {
        let words = self.store.checklist()?;
        let done = |item: &ChecklistItem| {
            words.iter().find(|word| word.item == item.id && word.said == CheckSaid::Done).map(|word| word.at)
        };
        let items = inventory.checklist.values();
        Ok(items.map(|item| ChecklistItem { last_done: item.last_done.max(done(item)), ..item.clone() }).collect())
    }

    /// What was said of an item, newest first.
    ///
    /// # Errors
    /// [`AppError::Unknown`] for an item that is none, [`AppError::NoInventory`], [`AppError::Store`].
    pub fn checklist_words(&self, typed: &str, limit: usize) -> Result<Vec<CheckWord>, AppError> {
        let id = known_item(self.inventory()?.as_ref(), typed)?;
        Ok(self.store.checklist_of(&id, limit)?)
    }

    /// Keeps what somebody says of an item. Who said it stays in the log.
    ///
    /// # Errors
    /// [`AppError::Unknown`] for an item that is none; [`AppError::Usage`] for a moment ahead, nobody, an empty fact or one
    /// over [`MAX_FACT_BYTES`]; [`AppError::NoInventory`], [`AppError::Store`].
    pub fn note_checklist(
        &mut self,
        typed: &str,
        (said, at, who): (CheckSaid, DateTime<Utc>, &str),
        now: DateTime<Utc>,
    ) -> Result<CheckSeen, AppError> {
        let who = who.trim();
        if who.is_empty() {
            return Err(AppError::usage("nobody says so", "name a person or a program: --by"));
        }
        if at > now {
            let what = format!("{} lies ahead", at.format("%Y-%m-%dT%H:%M:%SZ"));
            return Err(AppError::usage(what, "what is said of the checklist is of a moment that is past"));
        }
        if let CheckSaid::Fact(words) = &said
            && (words.trim().is_empty() || words.len() > MAX_FACT_BYTES || words.chars().any(char::is_control))
        {
            let help = format!("write one line of at most {MAX_FACT_BYTES} bytes, such as `backup is 3 h old`");
            return Err(AppError::usage("that is no fact", help));
        }
        let id = self.transact(now, |app| {
            let item = known_item(app.inventory()?.as_ref(), typed)?;
            let what = match &said {
                CheckSaid::Done => format!("said that it was done at {}", at.format("%Y-%m-%dT%H:%M:%SZ")),
                CheckSaid::Fact(words) => format!("noted of it: {words}"),
            };
            let log = vec![LogEntry { at: now, who: who.to_owned(), what, subject: item.to_string() }];
            let word = CheckWord { item: item.clone(), at, who: who.to_owned(), said: said.clone(), recorded_at: now };
            Ok((Changes { checklist: vec![word], log, ..Changes::default() }, item))
        })?;
        let unknown = || AppError::Unknown { what: "checklist item", typed: typed.to_owned(), nearest: None };
        self.checklist(now)?.into_iter().find(|seen| seen.item.id == id).ok_or_else(unknown)
    }
}

fn known_item(inventory: &Inventory, typed: &str) -> Result<ChecklistId, AppError> {
    if let Some(id) = inventory.checklist.keys().find(|id| id.as_str() == typed.trim()) {
        return Ok(id.clone());
    }
    let nearest = nearest(typed, inventory.checklist.keys().map(ChecklistId::as_str)).map(str::to_owned);
    Err(AppError::Unknown { what: "checklist item", typed: typed.to_owned(), nearest })
}
