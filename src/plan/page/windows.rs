//! The windows of a mail: when, for how long, where before, and what else must be said of each.

use chrono::TimeDelta;

use super::{Page, stated_windows, zone_of};
use crate::inventory::Stage;
use crate::outage::Outage;
use crate::plan::clocks::length;
use crate::plan::message::{Material, MaterialWindow};
use crate::plan::render::Subject;
use crate::plan::view::{ClockView, WindowView};
use crate::time::TimeFlag;
use crate::window::Role;

impl Page<'_> {
    pub(super) fn window_views(&self) -> Vec<WindowView> {
        if let Subject::Outage(outage) = self.facts.subject {
            return vec![self.outage_view(outage)];
        }
        let shown = self.shown();
        let before = self.message.before.as_ref().filter(|_| self.message.key.stage == Stage::Change);
        let dropped: Vec<&MaterialWindow> = before
            .iter()
            .flat_map(|before| &before.windows)
            .filter(|window| shown.window(window.ordinal).is_none())
            .collect();
        let count = shown.windows.len() + dropped.len();
        let mut views: Vec<(u32, WindowView)> =
            shown.windows.iter().map(|window| (window.ordinal, self.window_view(window, count, before))).collect();
        for window in dropped {
            let notes = vec![self.catalogue.say("window.dropped", &[])];
            let clocks = self.clocks.show(self.catalogue, window.interval);
            let title = self.title(window, count);
            let view = WindowView { title, clocks, lasts: None, notes, assets: Vec::new(), was: None };
            views.push((window.ordinal, view));
        }
        views.sort_by_key(|(ordinal, _)| *ordinal);
        views.into_iter().map(|(_, view)| view).collect()
    }

    fn title(&self, window: &MaterialWindow, count: usize) -> Option<String> {
        let (number, shown) = (window.ordinal.to_string(), count.to_string());
        (count > 1).then(|| self.catalogue.say("window.numbered", &[("number", &number), ("count", &shown)]))
    }

    fn window_view(&self, window: &MaterialWindow, count: usize, before: Option<&Material>) -> WindowView {
        let elapsed = length(window.interval.length());
        let was = before.and_then(|before| before.window(window.ordinal));
        // Of a standing window as a whole the occurrence told last may be long past: what has changed is said in words.
        let is_rule = self.message.material.standing.is_some();
        let moved = was.filter(|was| was.interval != window.interval && !is_rule);
        WindowView {
            title: self.title(window, count),
            clocks: self.clocks.show(self.catalogue, window.interval),
            lasts: Some(self.catalogue.say("window.lasts", &[("length", &elapsed)])),
            notes: self.notes(window, count, before),
            assets: window.assets.iter().map(|(id, impact)| format!("{} ({impact})", self.asset_name(id))).collect(),
            was: moved.map(|was| self.clocks_before(was, window)),
        }
    }

    /// Where a window lay. A zone that follows other rules since then would show the old instants by the new rules, which is
    /// not what its clocks were said to show: it is left out.
    fn clocks_before(&self, was: &MaterialWindow, window: &MaterialWindow) -> Vec<ClockView> {
        match self.moved_by_rules(was, window) {
            Some((_, now)) => self.clocks.show_without(self.catalogue, was.interval, &now.zone),
            None => self.clocks.show(self.catalogue, was.interval),
        }
    }

    /// What must be said of a window besides its times.
    fn notes(&self, window: &MaterialWindow, count: usize, before: Option<&Material>) -> Vec<String> {
        let say = |name: &str| self.catalogue.say(name, &[]);
        let mut notes = Vec::new();
        match self.message.key.stage {
            Stage::Cancel => return vec![say("window.cancelled")],
            Stage::Complete | Stage::FollowUp | Stage::Outage | Stage::Alarm | Stage::Digest => {}
            Stage::Announce | Stage::Change | Stage::Reminder | Stage::Start | Stage::Overrun => {
                if before.is_some_and(|before| before.window(window.ordinal).is_none()) {
                    notes.push(say("window.new"));
                }
                if count > 1 && self.message.key.stage == Stage::Reminder && self.reminded() == Some(window.ordinal) {
                    notes.push(say("window.next"));
                }
                match window.role {
                    Role::Primary => {}
                    Role::Contingency => notes.push(say("window.reserve")),
                }
                notes.extend(self.short_notice(window));
                if window.interval.contains(self.facts.date) {
                    notes.push(say("window.begun"));
                }
            }
        }
        if self.message.material.standing.is_some() {
            notes.push(say("window.recurs"));
        }
        notes.extend(self.whole_days(window));
        notes.extend(self.clocks.changes(self.catalogue, window.interval));
        notes
    }

    /// That a window of which the reader did not know so begins soon.
    fn short_notice(&self, window: &MaterialWindow) -> Option<String> {
        let is_news = match self.message.key.stage {
            Stage::Announce => true,
            Stage::Change => {
                let known = self.message.before.as_ref().and_then(|before| before.window(window.ordinal));
                known.is_none_or(|known| known.interval.start() != window.interval.start())
            }
            Stage::Reminder
            | Stage::Start
            | Stage::Overrun
            | Stage::Complete
            | Stage::Cancel
            | Stage::Outage
            | Stage::FollowUp
            | Stage::Alarm
            | Stage::Digest => false,
        };
        let left = window.interval.start() - self.facts.date;
        let is_short = is_news && TimeDelta::zero() < left && left < self.facts.notice;
        let left = length(TimeDelta::minutes(left.num_minutes()));
        is_short.then(|| self.catalogue.say("window.short-notice", &[("length", &left)]))
    }

    /// Says so when the vendor gave only dates.
    fn whole_days(&self, window: &MaterialWindow) -> Option<String> {
        let Subject::Maintenance(maintenance) = self.facts.subject else { return None };
        let stated = stated_windows(maintenance).find(|stated| stated.interval == window.interval)?;
        if !stated.flags.contains(&TimeFlag::DateOnly) {
            return None;
        }
        let zone = zone_of(&stated.zone, self.facts.zones)?;
        let first = zone.local(window.interval.start()).date_naive();
        let last = zone.local(window.interval.end() - TimeDelta::seconds(1)).date_naive();
        let (first_words, last_words) = (self.catalogue.date(first), self.catalogue.date(last));
        Some(if first == last {
            self.catalogue.say("window.whole-day", &[("date", &first_words), ("zone", zone.name())])
        } else {
            let values = [("first", first_words.as_str()), ("last", &last_words), ("zone", zone.name())];
            self.catalogue.say("window.whole-days", &values)
        })
    }

    fn outage_view(&self, outage: &Outage) -> WindowView {
        let end = outage.end.as_ref().map(|end| end.at);
        let elapsed = end.map(|end| length(end - outage.start.at));
        WindowView {
            title: None,
            clocks: self.clocks.show_ends(self.catalogue, outage.start.at, end),
            lasts: elapsed.map(|elapsed| self.catalogue.say("window.lasts", &[("length", &elapsed)])),
            notes: Vec::new(),
            assets: Vec::new(),
            was: None,
        }
    }
}
