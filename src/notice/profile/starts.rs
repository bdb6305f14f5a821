//! Other windows behind a rule that is followed to the first: to take one for all of them would lose nights.

use super::Field;
use super::record::{Found, Gathered, Record};

/// The starts that rules led to which are followed to the first words only: others behind the same rule would be windows lost.
#[derive(Default)]
pub(super) struct Starts {
    /// The first words of each rule, and the first that are others.
    others: Vec<(String, String)>,
}

impl Starts {
    /// Notes what else a rule leads to than what was taken.
    pub(super) fn note<'a>(&mut self, taken: &[Found<'a>], more: impl Iterator<Item = Vec<Found<'a>>>) {
        let Some(first) = start_of(taken) else { return };
        let other = more.filter_map(|found| start_of(&found)).find(|other| *other != first);
        self.others.extend(other.map(|other| (first, other)));
    }

    /// The start that was taken for the notice and another; none where rows state the windows.
    pub(super) fn several(self, gathered: &Gathered<'_>) -> Option<String> {
        if gathered.rows.iter().any(Record::states_a_window) {
            return None;
        }
        let (start, date) = (gathered.notice.get(Field::Start), gathered.notice.get(Field::StartDate));
        let time = start.or_else(|| gathered.notice.get(Field::StartTime))?;
        let taken: Vec<Found<'_>> = [Some(time), date].into_iter().flatten().cloned().collect();
        let taken = start_of(&taken)?;
        self.others.into_iter().find(|(first, _)| *first == taken).map(|(first, other)| format!("{first}, {other}"))
    }
}

/// The words that say a start, with its date where that stands apart.
pub(super) fn start_of(found: &[Found<'_>]) -> Option<String> {
    let get = |field: Field| found.iter().find(|found| found.field == field).map(Found::line);
    let time = get(Field::Start).or_else(|| get(Field::StartTime))?;
    Some(get(Field::StartDate).map_or_else(|| time.clone(), |date| format!("{date} {time}")))
}
