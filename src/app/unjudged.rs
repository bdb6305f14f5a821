//! What became known since recorded outages were judged, and which of them it can concern.

use chrono::{DateTime, TimeDelta, Utc};

use crate::names::VendorId;
use crate::outage::Outage;
use crate::store::{Changes, Judged, Store, StoreError};
use crate::time::{Interval, MAX_LENGTH_DAYS};
use crate::verdict::CLOSE_IN_TIME;

/// Most pieces of news kept one by one, at some 100 bytes each; behind more every outage is judged again. An import of so many
/// notices takes seconds, as judging a thousand outages does.
const MAX_NEWS: usize = 5_000;

/// What this process wrote since it judged recorded outages last.
#[derive(Debug, Default)]
pub(super) struct Owed {
    news: Unjudged,
    /// The first and the last of the units of work that made it known, as the store counts them, with nobody else's between.
    counted: Option<(u64, u64)>,
}

impl Owed {
    /// Adds what the unit of work of this number made known.
    pub(super) fn add(&mut self, news: Unjudged, number: u64) {
        let first = self.counted.filter(|(_, last)| last + 1 == number).map_or(number, |(first, _)| first);
        self.counted = Some((first, number));
        self.news.add(news);
    }

    /// What outages are to be judged again by: this, where it is all that the store says is owed; everything, where somebody
    /// else wrote too, or ended before judging.
    pub(super) fn of(self, judged: Judged) -> Unjudged {
        if judged.done >= judged.owed {
            return Unjudged::Nothing;
        }
        match self.counted {
            Some((first, last)) if first <= judged.done + 1 && last == judged.owed => self.news,
            Some(_) | None => Unjudged::Everything,
        }
    }
}

/// News since outages were last judged.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) enum Unjudged {
    /// These.
    #[default]
    Nothing,
    News(Vec<News>),
    /// More than is kept apart, or something that can concern any outage.
    Everything,
}

/// One thing that became known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum News {
    /// A window of a vendor, as it is told now or was told before.
    Window(VendorId, Interval),
    /// Some vendors' mail, all vendors' where none is named, was read further than up to here.
    ReadFurther(Vec<VendorId>, DateTime<Utc>),
    /// An item of review of a vendor, or of nobody known, was opened or settled.
    Review(Option<VendorId>, DateTime<Utc>),
    /// An outage began, or an inventory holds from here on.
    Began(DateTime<Utc>),
    Inventory(DateTime<Utc>),
}

impl Unjudged {
    /// What these changes will make known; `store` as it is before they are written.
    pub(super) fn of(changes: &Changes, store: &dyn Store) -> Result<Self, StoreError> {
        if !changes.rehomed.is_empty() {
            return Ok(Self::Everything);
        }
        let mut news = Vec::new();
        for maintenance in &changes.maintenances {
            let said = maintenance.revisions.iter().flat_map(|revision| &revision.announcement.windows);
            let spans = said.flat_map(|window| window.others.iter().chain([&window.interval]));
            news.extend(spans.map(|span| News::Window(maintenance.identity.vendor.clone(), *span)));
        }
        if !changes.coverage.is_empty() {
            let known = store.coverage()?;
            for read in &changes.coverage {
                let same = known.iter().filter(|known| known.source == read.source && known.vendors == read.vendors);
                let before = same.map(|known| known.complete_until).max().unwrap_or(DateTime::<Utc>::MIN_UTC);
                news.push(News::ReadFurther(read.vendors.clone(), before.min(read.complete_until)));
            }
        }
        news.extend(changes.review.iter().map(|item| News::Review(item.vendor.clone(), item.received_at)));
        news.extend(changes.outages.iter().map(|outage| News::Began(outage.start.at)));
        if let Some(new) = &changes.inventory {
            // What lies before the first inventory is judged by it too.
            let first = store.inventory_latest()?.is_none();
            news.push(News::Inventory(if first { DateTime::<Utc>::MIN_UTC } else { new.applied_at }));
        }
        Ok(if news.is_empty() { Self::Nothing } else { Self::News(news) })
    }

    /// Adds more news.
    pub(super) fn add(&mut self, more: Self) {
        *self = match (std::mem::take(self), more) {
            (Self::Everything, _) | (_, Self::Everything) => Self::Everything,
            (known, Self::Nothing) => known,
            (Self::Nothing, Self::News(more)) => Self::News(more),
            (Self::News(mut known), Self::News(more)) => {
                known.extend(more);
                if known.len() > MAX_NEWS { Self::Everything } else { Self::News(known) }
            }
        };
    }

    /// Whether any of it can concern an outage, by its time alone and as far as any terms can reach.
    pub(super) fn may_concern(&self, outage: &Outage, now: DateTime<Utc>) -> bool {
        self.any(outage, now, |news, span| news.is_near(span, TimeDelta::days(MAX_LENGTH_DAYS)))
    }

    /// Whether any of it can concern an outage of assets of these vendors, whose windows matter as far as `reach`.
    pub(super) fn concerns(
        &self,
        outage: &Outage,
        (vendors, reach): (&[VendorId], TimeDelta),
        now: DateTime<Utc>,
    ) -> bool {
        self.any(outage, now, |news, span| news.is_near(span, reach) && news.is_of(vendors))
    }

    fn any(&self, outage: &Outage, now: DateTime<Utc>, concerns: impl Fn(&News, Interval) -> bool) -> bool {
        match self {
            Self::Nothing => false,
            Self::Everything => true,
            Self::News(news) => {
                let span = spanned(outage, now);
                news.iter().any(|news| concerns(news, span))
            }
        }
    }
}

/// From the earliest start that an outage can have had to its latest end.
fn spanned(outage: &Outage, now: DateTime<Utc>) -> Interval {
    let doubt = |seconds: u32| TimeDelta::seconds(seconds.into());
    let end = outage.end.as_ref();
    let starts = outage.start.others.iter().copied().chain([outage.start.at]);
    let ends =
        end.iter().flat_map(|end| end.others.iter().copied().chain([end.at])).chain(end.is_none().then_some(now));
    let (first, last) = (starts.min().unwrap_or(outage.start.at), ends.max().unwrap_or(now));
    let by = doubt(outage.start.plus_minus_seconds).max(end.map_or(TimeDelta::zero(), |e| doubt(e.plus_minus_seconds)));
    Interval::new(first, last).unwrap_or(Interval::second_at(first)).widened(by)
}

impl News {
    /// Whether it can concern a span by its time.
    fn is_near(&self, span: Interval, reach: TimeDelta) -> bool {
        match self {
            Self::Window(_, window) => span.distance(window) <= reach,
            Self::ReadFurther(_, at) | Self::Review(_, at) | Self::Inventory(at) => span.end() > *at,
            Self::Began(at) => span.widened(CLOSE_IN_TIME + TimeDelta::seconds(1)).contains(*at),
        }
    }

    /// Whether it is of one of these vendors, or of nobody in particular.
    fn is_of(&self, vendors: &[VendorId]) -> bool {
        match self {
            Self::Window(vendor, _) => vendors.contains(vendor),
            Self::ReadFurther(of, _) => of.is_empty() || of.iter().any(|vendor| vendors.contains(vendor)),
            Self::Review(of, _) => of.as_ref().is_none_or(|vendor| vendors.contains(vendor)),
            Self::Began(_) | Self::Inventory(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::AssetId;
    use crate::outage::Observed;
    use crate::window::Impact;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn vendor(id: &str) -> VendorId {
        VendorId::new(id).expect("an id")
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    enum Concern {
        Any,
        No,
    }

    /// Whether news concern an outage of an asset of `dc` from hour 100 to hour 102, whose windows reach 48 h.
    #[track_caller]
    fn check(news: News, expected: Concern) {
        let assets = vec![AssetId::new("server").expect("an id")];
        let outage = Outage {
            id: Outage::id_of(&assets, at(100), "test"),
            assets,
            start: Observed::exactly(at(100)),
            end: Some(Observed::exactly(at(102))),
            impact: Impact::Outage,
            source: "test".into(),
            summary: None,
            recorded_at: at(103),
        };
        let told = format!("{news:?}");
        let unjudged = Unjudged::News(vec![news]);
        let concerns = unjudged.concerns(&outage, (&[vendor("dc")], TimeDelta::hours(48)), at(200));
        assert_eq!(concerns, expected == Concern::Any, "{told}");
        assert!(!concerns || unjudged.may_concern(&outage, at(200)), "{told}");
    }

    #[test]
    fn only_what_can_concern_an_outage_does() {
        let span = |start, end| Interval::new(at(start), at(end)).expect("a span");
        check(News::Window(vendor("dc"), span(150, 160)), Concern::Any);
        check(News::Window(vendor("dc"), span(151, 160)), Concern::No);
        check(News::Window(vendor("carrier"), span(100, 102)), Concern::No);
        check(News::ReadFurther(vec![vendor("dc")], at(99)), Concern::Any);
        check(News::ReadFurther(vec![vendor("dc")], at(102)), Concern::No);
        check(News::ReadFurther(vec![vendor("carrier")], at(99)), Concern::No);
        check(News::ReadFurther(Vec::new(), at(99)), Concern::Any);
        check(News::Review(None, at(50)), Concern::Any);
        check(News::Review(Some(vendor("carrier")), at(50)), Concern::No);
        check(News::Review(None, at(150)), Concern::No);
        check(News::Began(at(100)), Concern::Any);
        check(News::Began(at(99)), Concern::No);
        check(News::Inventory(at(99)), Concern::Any);
        check(News::Inventory(at(102)), Concern::No);
    }

    /// The process wrote the units of work of these numbers; the store counts so many as owed and as done.
    #[track_caller]
    fn check_owed(wrote: &[u64], (owed, done): (u64, u64), expected: &Unjudged) {
        let mut own = Owed::default();
        for number in wrote {
            own.add(Unjudged::News(vec![News::Began(at(0))]), *number);
        }
        assert_eq!(own.of(Judged { owed, done }), *expected, "{wrote:?} of {owed}, {done} done");
    }

    #[test]
    fn only_what_this_process_alone_made_known_is_told_apart() {
        let news = |count: usize| Unjudged::News((0..count).map(|_| News::Began(at(0))).collect());
        check_owed(&[], (5, 5), &Unjudged::Nothing);
        check_owed(&[4, 5], (5, 5), &Unjudged::Nothing);
        check_owed(&[4, 5], (5, 3), &news(2));
        check_owed(&[4, 5], (5, 4), &news(2));
        // Somebody ended before judging, wrote after us, or wrote between.
        check_owed(&[], (5, 4), &Unjudged::Everything);
        check_owed(&[4, 5], (5, 2), &Unjudged::Everything);
        check_owed(&[4, 5], (6, 3), &Unjudged::Everything);
        check_owed(&[4, 6], (6, 3), &Unjudged::Everything);
        check_owed(&[4, 6], (6, 5), &news(2));
    }

    #[test]
    fn more_news_than_are_kept_are_everything() {
        let mut unjudged = Unjudged::default();
        for _ in 0..3 {
            unjudged.add(Unjudged::News((0..2_000).map(|hour| News::Began(at(hour))).collect()));
        }
        assert!(matches!(unjudged, Unjudged::Everything));
    }
}
