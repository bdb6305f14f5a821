//! The phrases of the mails in one language: data, checked when it is loaded.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, FixedOffset, NaiveDate, Timelike as _};
use serde::Deserialize;
use serde_spanned::Spanned;

use super::alarm::AlarmKind;
use super::plain;
use super::templates::TemplateError;
use crate::written::{Problem, SourceFile};

/// Every phrase there must be, with the words in braces it may hold.
const PHRASES: &[(&str, &[&str])] = &[
    ("date.full", &["weekday", "day", "month", "year"]),
    ("date.short", &["weekday", "day", "month", "year"]),
    ("list.more", &["first", "count"]),
    ("greeting.named", &["name"]),
    ("greeting.plain", &[]),
    ("window.numbered", &["number", "count"]),
    ("window.reserve", &[]),
    ("window.whole-day", &["date", "zone"]),
    ("window.whole-days", &["first", "last", "zone"]),
    ("window.forward", &["zone", "from", "to", "date"]),
    ("window.back", &["zone", "from", "to", "date"]),
    ("window.lasts", &["length"]),
    ("window.begun", &[]),
    ("window.short-notice", &["length"]),
    ("window.new", &[]),
    ("window.dropped", &[]),
    ("window.cancelled", &[]),
    ("window.next", &[]),
    ("window.open", &[]),
    ("window.recurs", &[]),
    ("zone.vendor", &["zone", "vendor"]),
    ("zone.reader", &["zone"]),
    ("zone.both", &["zone", "vendor"]),
    ("changed.times", &[]),
    ("changed.rule", &["before", "after"]),
    ("changed.rules", &["vendor", "zone", "before", "after"]),
    ("changed.status", &["before", "after"]),
    ("changed.added", &["asset", "words"]),
    ("changed.removed", &["asset"]),
    ("changed.impact", &["asset", "before", "after"]),
    ("changed.windows-of-assets", &[]),
    ("ask.reply", &["address"]),
    ("footer.why", &["customer", "rules"]),
    ("calendar.summary", &["assets", "vendor"]),
    ("announcements.subject", &["count", "date", "customer"]),
    ("announcements.heading", &[]),
    ("announcements.lead", &["count", "start", "customer"]),
    ("announcements.title", &["number", "count", "assets", "date"]),
    ("sheet.subject", &["heading", "what"]),
    ("sheet.none", &[]),
    ("sheet.more", &["count"]),
    ("sheet.span", &["from", "to"]),
    ("sheet.since", &["from"]),
    ("sheet.assets", &["assets"]),
    ("sheet.customers", &["count"]),
    ("sheet.source", &["source"]),
    ("sheet.verdict", &["asset", "kind", "answer"]),
    ("sheet.unmatched", &["names"]),
    ("sheet.never", &[]),
    ("sheet.done", &["date"]),
    ("sheet.done-by", &["date", "who"]),
    ("sheet.due", &["date"]),
    ("sheet.owner", &["owner"]),
    ("sheet.fact", &["fact", "date", "who"]),
    ("sheet.received", &["date", "from"]),
    ("sheet.too-late", &["date"]),
    ("sheet.look", &["id"]),
    ("sheet.footer", &["organisation", "rules"]),
];

/// The sections of mails to staff, each a title.
const SECTIONS: &[&str] =
    &["outages", "windows", "findings", "checklist", "review", "waiting", "missed", "failed", "sources"];

/// The stages, and the first word about a standing window, each with `subject`, `heading` and `lead`.
const STAGES: [&str; 10] =
    ["announce", "standing", "change", "reminder", "start", "overrun", "complete", "cancel", "outage", "follow-up"];
const SUBJECT: &[&str] = &["assets", "date", "vendor", "customer"];
const LEAD: &[&str] = &["vendor", "customer", "start"];

/// Groups whose phrases are plain words.
const PLAIN: &[(&str, &[&str])] = &[
    ("expected", &["outage", "degraded", "reduced-redundancy", "no-impact"]),
    ("observed", &["outage", "degraded", "reduced-redundancy", "no-impact"]),
    ("ended", &["outage", "degraded", "reduced-redundancy", "no-impact"]),
    ("past", &["outage", "degraded", "reduced-redundancy", "no-impact"]),
    ("status", &["tentative", "confirmed", "cancelled", "completed"]),
    (
        "advice",
        &[
            "outage",
            "degraded",
            "reduced-redundancy",
            "no-impact",
            "cancel",
            "complete",
            "follow-up",
            "incident",
            "incident-over",
            "untouched",
        ],
    ),
    (
        "label",
        &[
            "what",
            "when",
            "services",
            "changed",
            "overview",
            "todo",
            "ask",
            "vendor",
            "reference",
            "standing",
            "status",
            "from",
            "to",
            "was",
            "touches",
            "overdue",
        ],
    ),
];

/// The phrases of one language.
#[derive(Debug, Clone)]
pub(super) struct Catalogue {
    pub(super) language: String,
    weekdays: [String; 7],
    months: [String; 12],
    phrases: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    language: String,
    weekdays: Option<[String; 7]>,
    months: Option<[String; 12]>,
    #[serde(default)]
    phrase: BTreeMap<String, BTreeMap<String, Spanned<String>>>,
}

impl Catalogue {
    /// Reads the TOML of one language; what it leaves out is as in the catalogue of that language among `under`.
    ///
    /// Labels may be added for layouts of one's own; any other phrase that is unknown is a typo.
    pub(super) fn read(source: &SourceFile, under: &BTreeMap<String, Self>) -> Result<Self, TemplateError> {
        let file: File = toml::from_str(&source.text)
            .map_err(|error| TemplateError::Catalogue { file: source.name.clone(), source: error })?;
        let language = file.language.to_lowercase();
        let under = under.get(&language);
        let mut allowed: BTreeMap<String, &[&str]> =
            PHRASES.iter().map(|(name, may)| ((*name).to_owned(), *may)).collect();
        for stage in STAGES {
            allowed.insert(format!("{stage}.subject"), SUBJECT);
            allowed.insert(format!("{stage}.heading"), &[]);
            allowed.insert(format!("{stage}.lead"), LEAD);
        }
        for kind in AlarmKind::ALL {
            allowed.insert(format!("alarm-{kind}.heading"), &[]);
            allowed.insert(format!("alarm-{kind}.lead"), &[]);
        }
        allowed.insert("digest.heading".to_owned(), &[]);
        allowed.insert("digest.lead".to_owned(), &["date"]);
        allowed.extend(SECTIONS.iter().map(|section| (format!("section.{section}"), &[][..])));
        for (group, names) in PLAIN {
            allowed.extend(names.iter().map(|name| (format!("{group}.{name}"), &[][..])));
        }
        let mut phrases = under.map(|under| under.phrases.clone()).unwrap_or_default();
        for (group, entries) in file.phrase {
            for (name, phrase) in entries {
                let name = format!("{group}.{name}");
                let place = || {
                    let at = Problem::at(source, phrase.span(), String::new(), None);
                    format!("{}:{}", at.file, at.line)
                };
                let Some(may) = allowed.get(&name).copied().or_else(|| (group == "label").then_some(&[])) else {
                    return Err(TemplateError::UnknownPhrase { place: place(), language, phrase: name });
                };
                if let Some(word) = placeholders(phrase.get_ref()).find(|word| !may.contains(word)) {
                    let placeholder = word.to_owned();
                    return Err(TemplateError::Placeholder { place: place(), language, phrase: name, placeholder });
                }
                phrases.insert(name, phrase.into_inner());
            }
        }
        if let Some(missing) = allowed.into_keys().find(|name| !phrases.contains_key(name)) {
            return Err(TemplateError::MissingPhrase { file: source.name.clone(), language, phrase: missing });
        }
        let missing = |phrase: &str| {
            let (file, language, phrase) = (source.name.clone(), language.clone(), phrase.to_owned());
            TemplateError::MissingPhrase { file, language, phrase }
        };
        let weekdays = file.weekdays.or_else(|| under.map(|under| under.weekdays.clone()));
        let months = file.months.or_else(|| under.map(|under| under.months.clone()));
        let weekdays = weekdays.ok_or_else(|| missing("weekdays"))?;
        let months = months.ok_or_else(|| missing("months"))?;
        Ok(Self { language, weekdays, months, phrases })
    }

    /// The first line to a reader of this name.
    pub(super) fn greeting(&self, name: Option<&str>) -> String {
        match name.map(plain::one_line).filter(|name| !name.is_empty()) {
            Some(name) => self.say("greeting.named", &[("name", &name)]),
            None => self.say("greeting.plain", &[]),
        }
    }

    /// A phrase with its words in braces filled in. Values are never read for braces themselves.
    ///
    /// # Panics
    /// When there is no such phrase: the names are this room's own, and all were there at load.
    pub(super) fn say(&self, name: &str, values: &[(&str, &str)]) -> String {
        let mut rest = self.phrases.get(name).expect("every phrase is checked at load").as_str();
        let mut said = String::with_capacity(rest.len());
        while let Some((before, after)) = rest.split_once('{') {
            said.push_str(before);
            let (word, after) = after.split_once('}').unwrap_or((after, ""));
            said.push_str(values.iter().find(|(name, _)| *name == word).map_or("", |(_, value)| value));
            rest = after;
        }
        said.push_str(rest);
        said
    }

    /// The words that layouts use.
    pub(super) fn labels(&self) -> BTreeMap<String, String> {
        let label =
            |(name, phrase): (&String, &String)| Some((name.strip_prefix("label.")?.to_owned(), phrase.clone()));
        self.phrases.iter().filter_map(label).collect()
    }

    /// A date with its weekday.
    pub(super) fn date(&self, date: NaiveDate) -> String {
        self.date_as("date.full", date)
    }

    /// A date for subjects.
    pub(super) fn short_date(&self, date: NaiveDate) -> String {
        self.date_as("date.short", date)
    }

    fn date_as(&self, phrase: &str, date: NaiveDate) -> String {
        let weekday = &self.weekdays[date.weekday().num_days_from_monday() as usize];
        let month = &self.months[date.month0() as usize];
        let (day, year) = (date.day().to_string(), date.year().to_string());
        self.say(phrase, &[("weekday", weekday), ("day", &day), ("month", month), ("year", &year)])
    }

    /// A local time with its date: `Sunday 26 March 2017, 00:00`. Seconds are shown when there are any.
    pub(super) fn moment(&self, local: DateTime<FixedOffset>) -> String {
        format!("{}, {}", self.date(local.date_naive()), wall(local))
    }
}

/// Hours and minutes, and seconds when there are any.
pub(super) fn wall(local: DateTime<FixedOffset>) -> String {
    local.format(if local.second() == 0 { "%H:%M" } else { "%H:%M:%S" }).to_string()
}

/// The words in braces of a phrase.
fn placeholders(phrase: &str) -> impl Iterator<Item = &str> {
    phrase.split('{').skip(1).map(|after| after.split_once('}').map_or(after, |(word, _)| word))
}
