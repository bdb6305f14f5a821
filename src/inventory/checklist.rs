//! What should be done again and again: backups verified, restores tested, contacts looked at.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::declared::Inventory;
use crate::names::{AssetId, ChecklistId};

/// Something to be done regularly.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChecklistItem {
    /// Its id.
    pub id: ChecklistId,
    /// What is to be done, as a fact once it is: `backup verified`.
    pub what: String,
    /// What it concerns.
    pub asset: Option<AssetId>,
    /// Who does it.
    pub owner: Option<String>,
    /// How often. Seconds of elapsed time.
    #[serde(with = "crate::maintenance::seconds")]
    pub every: TimeDelta,
    /// When it was last done; none when it never was.
    pub last_done: Option<DateTime<Utc>>,
}

/// What somebody says of a checklist item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CheckWord {
    /// Which item.
    pub item: ChecklistId,
    /// When it was so.
    pub at: DateTime<Utc>,
    /// Who says so: a person or a program.
    pub who: String,
    /// What.
    pub said: CheckSaid,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// What is said of a checklist item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "said", content = "words", rename_all = "snake_case")]
pub enum CheckSaid {
    /// It was done.
    Done,
    /// Something worth knowing about it, such as the age of the newest backup.
    Fact(String),
}

/// A checklist item that should have been done before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due<'a> {
    /// What.
    pub item: &'a ChecklistItem,
    /// By when; none when it was never done, so that it has been due from the start.
    pub due_at: Option<DateTime<Utc>>,
    /// How long ago that was; none when it was never done.
    pub overdue_by: Option<TimeDelta>,
}

impl Inventory {
    /// The checklist items whose last time lies more than their period before `now`: never done first, then the
    /// longest overdue. An item done exactly one period ago is not overdue yet.
    #[must_use]
    pub fn overdue(&self, now: DateTime<Utc>) -> Vec<Due<'_>> {
        overdue(self.checklist.values(), now)
    }
}

/// The same of any items.
#[must_use]
pub fn overdue<'a>(items: impl IntoIterator<Item = &'a ChecklistItem>, now: DateTime<Utc>) -> Vec<Due<'a>> {
    let mut overdue: Vec<_> = items.into_iter().filter_map(|item| due(item, now)).collect();
    overdue.sort_by_key(|due| due.due_at);
    overdue
}

fn due(item: &ChecklistItem, now: DateTime<Utc>) -> Option<Due<'_>> {
    let Some(last_done) = item.last_done else {
        return Some(Due { item, due_at: None, overdue_by: None });
    };
    let due_at = last_done.checked_add_signed(item.every)?;
    (due_at < now).then(|| Due { item, due_at: Some(due_at), overdue_by: Some(now - due_at) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a test instant is RFC 3339")
    }

    fn item(id: &str, last_done: Option<&str>) -> (ChecklistId, ChecklistItem) {
        let id = ChecklistId::new(id).expect("a test id is an identifier");
        let (every, last_done) = (TimeDelta::days(1), last_done.map(utc));
        (id.clone(), ChecklistItem { id, what: "backup verified".into(), asset: None, owner: None, every, last_done })
    }

    /// `expected`: the ids in order, with the seconds overdue.
    #[track_caller]
    fn check(now: &str, expected: &[(&str, Option<i64>)]) {
        let inventory = Inventory {
            checklist: [
                item("late", Some("2014-05-26T18:00:00Z")),
                item("later", Some("2014-05-25T18:00:00Z")),
                item("never", None),
            ]
            .into(),
            ..Inventory::default()
        };
        let overdue = inventory.overdue(utc(now));
        let got: Vec<_> =
            overdue.iter().map(|due| (due.item.id.as_str(), due.overdue_by.map(|by| by.num_seconds()))).collect();
        assert_eq!(got, expected, "at {now}");
    }

    #[test]
    fn an_item_is_overdue_from_the_second_after_its_period() {
        check("2014-05-26T18:00:00Z", &[("never", None)]);
        check("2014-05-26T18:00:01Z", &[("never", None), ("later", Some(1))]);
        check("2014-05-27T19:00:00Z", &[("never", None), ("later", Some(90_000)), ("late", Some(3_600))]);
    }
}
