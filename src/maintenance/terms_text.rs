//! Terms as people write them in a table of TOML.

use super::label::{Excused, Label};
use super::promise::Promise;
use super::terms::StatedTerms;
use crate::names::nearest;
use crate::notice::{BadClaimTerm, ClaimWithin};
use crate::window::Impact;
use crate::written::{Entry, Problems, Refusal, did_you_mean};

impl StatedTerms {
    /// The keys of a table of terms.
    pub(crate) const KEYS: &'static [&'static str] = &[
        "notice_min",
        "notice_by_impact",
        "notice_emergency",
        "holidays",
        "grace",
        "early_radius",
        "after_radius",
        "standing_early_radius",
        "standing_after_radius",
        "horizon",
        "start_inside",
        "contingency_counts",
        "tentative_counts",
        "excused",
        "claim_within",
    ];

    /// Reads a table of terms; what it does not say stays unsaid.
    pub(crate) fn read(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Self {
        let notice_min = promise(entry, "notice_min", problems);
        let notice_emergency = promise(entry, "notice_emergency", problems);
        let impacts = Impact::ALL.map(Impact::as_str);
        let by_impact = entry.inner("notice_by_impact", "notice_by_impact", &impacts, problems);
        let promised = |by_impact: &Entry<'_>, impact: Impact, problems: &mut Problems<'_>| {
            promise(by_impact, impact.as_str(), problems).map(|promise| (impact, promise))
        };
        let notice_by_impact = by_impact.iter().flat_map(|table| {
            Impact::ALL.into_iter().filter_map(|impact| promised(table, impact, problems)).collect::<Vec<_>>()
        });
        let notice_by_impact = notice_by_impact.collect();
        let excused = entry.all_checked("excused", problems, label);
        let excused = entry.has("excused").then(|| Excused::new(excused.into_iter().map(|label| label.value)));
        let holidays = entry.days("holidays", problems).into_iter().map(|day| day.value).collect();
        let claim_within = claim_within(entry, problems);
        let mut length = |key| entry.length(key, problems);
        Self {
            notice_min,
            notice_by_impact,
            notice_emergency,
            holidays,
            grace: length("grace"),
            early_radius: length("early_radius"),
            after_radius: length("after_radius"),
            standing_early_radius: length("standing_early_radius"),
            standing_after_radius: length("standing_after_radius"),
            horizon: length("horizon"),
            start_inside: length("start_inside"),
            contingency_counts: entry.truth("contingency_counts", problems),
            tentative_counts: entry.truth("tentative_counts", problems),
            excused,
            claim_within,
        }
    }
}

fn claim_within(entry: &Entry<'_>, problems: &mut Problems<'_>) -> Option<ClaimWithin> {
    let read = |text: &str| {
        let refused = |bad: BadClaimTerm| Refusal { message: bad.to_string(), help: Some(bad.help().to_owned()) };
        ClaimWithin::parse(text).map_err(refused)
    };
    entry.checked("claim_within", problems, read).map(|term| term.value)
}

fn promise(entry: &Entry<'_>, key: &str, problems: &mut Problems<'_>) -> Option<Promise> {
    let read = |text: &str| {
        Promise::parse(text).map_err(|bad| Refusal { message: bad.to_string(), help: Some(bad.help().to_owned()) })
    };
    entry.checked(key, problems, read).map(|promise| promise.value)
}

/// A label that a window gives.
fn label(text: &str) -> Result<Label, Refusal> {
    let text = text.trim();
    Label::OF_WINDOWS.into_iter().find(|label| label.as_str() == text).ok_or_else(|| {
        let words = Label::OF_WINDOWS.map(Label::as_str);
        let help = did_you_mean(nearest(text, words)).unwrap_or_else(|| format!("the labels are {}", words.join(", ")));
        Refusal { message: format!("unknown label `{text}`"), help: Some(help) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::written::{Place, SourceFile, parse_table};

    /// The terms of a file, or what is wrong in it.
    fn read(text: &str) -> Result<StatedTerms, Vec<String>> {
        let file = SourceFile { name: "terms.toml".into(), text: text.into() };
        let mut problems = Problems::new(std::slice::from_ref(&file));
        let table = parse_table(0, &file, 4096, &mut problems);
        let entry = Entry::new(&table, Place { file: 0, span: 0..0 }, "terms", StatedTerms::KEYS, &mut problems);
        let terms = StatedTerms::read(&entry, &mut problems);
        let wrong: Vec<String> = problems.in_order().iter().map(ToString::to_string).collect();
        if wrong.is_empty() { Ok(terms) } else { Err(wrong) }
    }

    #[test]
    fn all_terms_are_read_and_written_and_read_back() {
        let text = "notice_min = '5 business days'\nnotice_by_impact = { OUTAGE = '10 business days', NO-IMPACT = '0 s' }\n\
            notice_emergency = '24 h'\nholidays = [2026-12-25]\ngrace = '10 min'\nstanding_early_radius = '1 h'\n\
            start_inside = '4 h'\ntentative_counts = true\nexcused = ['grace', 'covered']\nclaim_within = '2 months after month end'\n";
        let terms = read(text).expect("sound terms");
        assert_eq!(terms.notice_min, Some(Promise::BusinessDays(5)));
        assert_eq!(terms.notice_by_impact.get(&Impact::Outage), Some(&Promise::BusinessDays(10)));
        assert_eq!(terms.notice_by_impact.get(&Impact::NoImpact), Some(&Promise::NONE));
        assert_eq!(terms.excused, Some(Excused::new([Label::Covered, Label::Grace])));
        assert_eq!((terms.tentative_counts, terms.contingency_counts, terms.holidays.len()), (Some(true), None, 1));
        assert_eq!(terms.claim_within, ClaimWithin::parse("2 months after month end").ok());
        let json = serde_json::to_string(&terms).expect("serializes");
        assert_eq!(serde_json::from_str::<StatedTerms>(&json).expect("reads back"), terms);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let wrong =
            read("excused = ['coverd', 'outside']\nnotice_by_impact = { OUTGE = '1 d' }\nclaim_within = '30 days'\n")
                .expect_err("wrong");
        assert_eq!(
            wrong,
            [
                "terms.toml:1:12: unknown label `coverd`",
                "terms.toml:1:22: unknown label `outside`",
                "terms.toml:2:22: unknown key `OUTGE` in notice_by_impact",
                "terms.toml:3:16: `30 days` is no term for claims",
            ]
        );
    }
}
