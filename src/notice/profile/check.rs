//! A profile as written to one that can be used, checked word by word so that every error has its place.

use std::ops::Range;

use chrono::TimeDelta;
use toml::Spanned;

use super::dates::DateFormat;
use super::error::ProfileError;
use super::file::{
    DatesFile, GridFile, LabelFile, PatternFile, PhraseFile, ProfileFile, PropertyFile, RecogniseFile, ReplaceFile,
    RowFilterFile, SectionFile, TakeFile, TermsFile, ZoneFile,
};
use super::find::field_of_group;
use super::grid::normal;
use super::patterns::{Author, Matcher, Patterns};
use super::terms::{ProfileTerms, Signing};
use super::{
    Column, Dates, Field, Grid, Items, Label, Pattern, Phrase, Place, PlaceZone, Profile, Property, Recognise,
    RowFilter, Section, Take, Times, Value, Wording, Words, ZoneRule,
};
use crate::names::{VendorId, nearest};
use crate::notice::authentication::is_domain;
use crate::notice::claim_within::{BadClaimTerm, ClaimWithin};
use crate::time::{Abbreviations, BadLength, Zones, parse_length};
use crate::window::Role;

/// The version of the profile language read here.
const VERSION: i64 = 1;

/// Largest profile read.
const MAX_PROFILE_BYTES: usize = 1024 * 1024;

/// Most patterns, labels and columns of one profile: a long one has some fifty.
const MAX_RULES: usize = 1_000;

/// A profile that anybody may have written.
pub(super) fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
    parse_of(Author::Anybody, file, text)
}

/// A profile that ships.
pub(super) fn parse_ours(file: &str, text: &str) -> Result<Profile, ProfileError> {
    parse_of(Author::Ours, file, text)
}

fn parse_of(author: Author, file: &str, text: &str) -> Result<Profile, ProfileError> {
    let at_start = |message: String| ProfileError::at(file, text, 0, message);
    if text.len() > MAX_PROFILE_BYTES {
        return Err(at_start(format!("a profile of more than {MAX_PROFILE_BYTES} bytes")));
    }
    let mut parsed: ProfileFile = toml::from_str(text)
        .map_err(|error| ProfileError::at(file, text, error.span().map_or(0, |span| span.start), error.message()))?;
    let rules = parsed.label.len() + parsed.grid.len() + parsed.calendar.len() + parsed.pattern.len();
    if rules + parsed.section.len() + parsed.status.len() + parsed.impact.len() > MAX_RULES {
        return Err(at_start(format!("a profile of more than {MAX_RULES} rules")));
    }
    let mut source = Source { file, text, sections: Vec::new(), patterns: Patterns::new(author) };
    if *parsed.version.get_ref() != VERSION {
        let message = format!("version {} of the profile language is not known", parsed.version.get_ref());
        return Err(source.error(parsed.version.span(), message).help(format!("write `version = {VERSION}`")));
    }
    let vendor = VendorId::new(parsed.vendor.get_ref())
        .map_err(|error| source.error(parsed.vendor.span(), error.to_string()))?;
    let sections = source.sections(parsed.section)?;
    let signing = source.signing(&mut parsed.terms, &parsed.recognise)?;
    Ok(Profile {
        vendor,
        name: parsed.name,
        samples: parsed.samples,
        terms: source.terms(&parsed.terms)?,
        contacts: source.all(parsed.terms.contacts, |source, contact| source.contact(&contact))?,
        providers: parsed.maintnote_providers,
        recognise: source.recognise(parsed.recognise, &signing.domains)?,
        signing,
        zone: source.zone_rule(parsed.zone)?,
        dates: source.dates(parsed.dates)?,
        sections,
        labels: source.all(parsed.label, Source::label)?,
        grids: source.all(parsed.grid, Source::grid)?,
        properties: source.all(parsed.calendar, Source::property)?,
        patterns: source.all(parsed.pattern, Source::pattern)?,
        statuses: source.all(parsed.status, |source, rule| source.phrase(&rule))?,
        impacts: source.all(parsed.impact, |source, rule| source.phrase(&rule))?,
        default_status: parsed.default_status.map(|word| source.word(&word)).transpose()?,
        digest: source.all(parsed.digest, |source, word| source.field(&word))?,
        windows: parsed.windows,
    })
}

/// The terms alone of a profile that ships: a check asks for nothing else, and to compile all its patterns takes longer than
/// the check.
pub(super) fn terms_alone(file: &str, text: &str) -> Result<ProfileTerms, ProfileError> {
    #[derive(serde::Deserialize)]
    struct TermsAlone {
        #[serde(default)]
        terms: TermsFile,
    }
    let parsed: TermsAlone = toml::from_str(text).map_err(|error| ProfileError::at(file, text, 0, error.message()))?;
    Source { file, text, sections: Vec::new(), patterns: Patterns::new(Author::Ours) }.terms(&parsed.terms)
}

struct Source<'a> {
    file: &'a str,
    text: &'a str,
    /// The names of the sections.
    sections: Vec<String>,
    patterns: Patterns,
}

impl Source<'_> {
    fn error(&self, span: Range<usize>, message: impl Into<String>) -> ProfileError {
        ProfileError::at(self.file, self.text, span.start, message)
    }

    fn all<T, U>(
        &self,
        list: Vec<T>,
        check: impl Fn(&Self, T) -> Result<U, ProfileError>,
    ) -> Result<Vec<U>, ProfileError> {
        list.into_iter().map(|one| check(self, one)).collect()
    }

    fn regex(&self, pattern: &Spanned<String>) -> Result<Matcher, ProfileError> {
        self.compiled(pattern.get_ref(), pattern.span())
    }

    fn compiled(&self, pattern: &str, span: Range<usize>) -> Result<Matcher, ProfileError> {
        self.patterns.compile(pattern).map_err(|message| self.error(span, message))
    }

    fn optional_regex(&self, pattern: Option<&Spanned<String>>) -> Result<Option<Matcher>, ProfileError> {
        pattern.map(|pattern| self.regex(pattern)).transpose()
    }

    /// A pattern whose groups are fields.
    fn groups(&self, pattern: &Spanned<String>) -> Result<Matcher, ProfileError> {
        let regex = self.regex(pattern)?;
        match self.patterns.author() {
            Author::Ours => return Ok(regex),
            Author::Anybody => {}
        }
        for name in regex.capture_names().flatten() {
            if field_of_group(name).is_none() {
                let message = format!("the group `{name}` is no field of a notice");
                return Err(self.error(pattern.span(), message).help(meant(name)));
            }
        }
        if regex.capture_names().flatten().next().is_none() {
            let message = "the pattern has no group that is a field, such as `(?P<reference>…)`";
            return Err(self.error(pattern.span(), message));
        }
        Ok(regex)
    }

    /// A status or an impact in the standard's word.
    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(&self, word: &Spanned<String>) -> Result<T, ProfileError> {
        word.get_ref().parse().map_err(|error: T::Err| self.error(word.span(), error.to_string()))
    }

    fn recognise(
        &self,
        ways: Spanned<Vec<Spanned<RecogniseFile>>>,
        signing: &[String],
    ) -> Result<Vec<Recognise>, ProfileError> {
        const WIDE: &str = "nothing says how to recognise the vendor's mails; every mail would be its notice";
        const GIVE: &str = "give at least one of `domains`, `signed`, `subject` and `body`";
        if ways.get_ref().is_empty() {
            return Err(self.error(ways.span(), WIDE).help(GIVE));
        }
        self.all(ways.into_inner(), |source, way| {
            let span = way.span();
            let way = way.into_inner();
            if way.domains.is_empty() && !way.signed && way.subject.is_empty() && way.body.is_empty() {
                return Err(source.error(span, WIDE).help(GIVE));
            }
            if way.signed && signing.is_empty() {
                let what = "nothing says by which domain the vendor signs";
                return Err(source.error(span, what).help("name it: dkim_domains = [\"…\"] under [terms]"));
            }
            let lower = |phrases: Vec<String>| phrases.iter().map(|phrase| phrase.to_lowercase()).collect();
            Ok(Recognise {
                subject: source.all(way.subject, |source, pattern| source.regex(&pattern))?,
                exclude_subject: source.all(way.exclude_subject, |source, pattern| source.regex(&pattern))?,
                domains: way.domains,
                signed_by: if way.signed { signing.to_vec() } else { Vec::new() },
                body: lower(way.body),
                exclude_body: lower(way.exclude_body),
            })
        })
    }

    /// The name of a known zone.
    fn zone(&self, name: &Spanned<String>) -> Result<String, ProfileError> {
        let zone = Zones::embedded().get(name.get_ref());
        zone.map(|zone| zone.name().to_owned()).map_err(|error| self.error(name.span(), error.to_string()))
    }

    fn zone_rule(&self, rule: ZoneFile) -> Result<ZoneRule, ProfileError> {
        let abbreviations = self.all(rule.abbreviation, |source, row| Ok((row.written, source.zone(&row.zone)?)))?;
        let place = |source: &Self, row: super::file::WrittenZoneFile| {
            Ok(PlaceZone { name: row.written.trim().to_lowercase(), zone: source.zone(&row.zone)? })
        };
        Ok(ZoneRule {
            default: rule.default.as_ref().map(|name| self.zone(name)).transpose()?,
            abbreviations: Abbreviations::new(abbreviations),
            places: self.all(rule.place, place)?,
        })
    }

    fn dates(&self, rule: DatesFile) -> Result<Dates, ProfileError> {
        let format = |source: &Self, format: Spanned<String>| {
            DateFormat::new(format.get_ref()).ok_or_else(|| {
                source
                    .error(format.span(), format!("`{}` is no date format", format.get_ref()))
                    .help("formats are those of strftime, such as `%A %d %B %Y`")
            })
        };
        Ok(Dates {
            days: self.all(rule.days, format)?,
            moments: with_variants(self.all(rule.moments, format)?),
            times: with_variants(self.all(rule.times, format)?),
            words: rule.words.into_iter().map(|(word, meant)| (word.to_lowercase(), meant)).collect(),
            tolerance: self.length(rule.tolerance.as_ref())?.unwrap_or_default(),
            within: self.length(rule.within.as_ref())?,
        })
    }

    fn sections(&mut self, sections: Vec<SectionFile>) -> Result<Vec<Section>, ProfileError> {
        let mut checked: Vec<Section> = Vec::with_capacity(sections.len());
        for section in sections {
            let name = section.name.get_ref();
            if place_of(name).is_some() || self.sections.contains(name) {
                return Err(self.error(section.name.span(), format!("the name `{name}` is taken")));
            }
            let (begins, ends) = (self.regex(&section.begins)?, self.optional_regex(section.ends.as_ref())?);
            self.sections.push(name.clone());
            checked.push(Section { begins, ends });
        }
        Ok(checked)
    }

    fn place(&self, word: &Spanned<String>) -> Result<Place, ProfileError> {
        let name = word.get_ref();
        let section = || self.sections.iter().position(|known| known == name).map(Place::Section);
        place_of(name).or_else(section).ok_or_else(|| {
            let known = PLACES.iter().map(|(known, _)| *known).chain(self.sections.iter().map(String::as_str));
            let error = self.error(word.span(), format!("`{name}` is neither a place nor a section of this profile"));
            match nearest(name, known.clone()) {
                Some(meant) => error.help(format!("did you mean `{meant}`?")),
                None => error.help(format!("places are {}", known.collect::<Vec<_>>().join(", "))),
            }
        })
    }

    /// The place of a rule that reads lines and cells, which a subject has not.
    fn place_in_body(&self, word: Option<&Spanned<String>>) -> Result<Place, ProfileError> {
        let Some(word) = word else { return Ok(Place::Body) };
        match self.place(word)? {
            Place::Subject | Place::Anywhere => {
                let message = format!("labels and tables do not stand in the place `{}`", word.get_ref());
                Err(self.error(word.span(), message).help("use a `[[pattern]]` for the subject"))
            }
            place @ (Place::Body | Place::Html | Place::Plain | Place::Sheet | Place::Section(_)) => Ok(place),
        }
    }

    fn field(&self, word: &Spanned<String>) -> Result<Field, ProfileError> {
        Field::of_word(word.get_ref()).ok_or_else(|| {
            let message = format!("`{}` is no field of a notice", word.get_ref());
            self.error(word.span(), message).help(meant(word.get_ref()))
        })
    }

    /// Either one field or a pattern of several.
    fn value(
        &self,
        rule: Range<usize>,
        field: Option<&Spanned<String>>,
        value: Option<&Spanned<String>>,
    ) -> Result<Value, ProfileError> {
        match (field, value) {
            (Some(field), None) => self.field(field).map(Value::Field),
            (None, Some(pattern)) => self.groups(pattern).map(Value::Groups),
            (Some(_), Some(both)) => Err(self.error(both.span(), "`field` and `value` exclude each other")),
            (None, None) => {
                Err(self.error(rule, "nothing says which field the words are").help("give `field` or `value`"))
            }
        }
    }

    fn replace(&self, rules: Vec<ReplaceFile>) -> Result<Vec<(Matcher, String)>, ProfileError> {
        self.all(rules, |source, rule| Ok((source.regex(&rule.wrong)?, rule.with)))
    }

    fn items(&self, split: Vec<String>, item: Option<&Spanned<String>>) -> Result<Items, ProfileError> {
        let regex = self.optional_regex(item)?;
        if let (Some(regex), Some(item)) = (&regex, item)
            && !regex.capture_names().flatten().any(|name| name == "object")
        {
            return Err(self.error(item.span(), "the pattern of an item has no group `(?P<object>…)`"));
        }
        Ok(Items { split: split.into_iter().filter(|mark| !mark.is_empty()).collect(), item: regex })
    }

    fn label(&self, rule: LabelFile) -> Result<Label, ProfileError> {
        let span = rule.names.span();
        let names: Vec<String> = rule
            .names
            .into_inner()
            .iter()
            .map(|name| name.trim().trim_end_matches(':').trim_end().to_lowercase())
            .collect();
        if names.iter().any(|name| name.trim_end_matches('*').is_empty()) || names.is_empty() {
            return Err(self.error(span, "a label needs a name"));
        }
        let take = match (rule.take, rule.until) {
            (TakeFile::Value, None) => Take::Value,
            (TakeFile::Below, None) => Take::Below,
            (TakeFile::Lines, until) => Take::Lines { until: self.optional_regex(until.as_ref())? },
            (TakeFile::Value | TakeFile::Below, Some(until)) => {
                return Err(self.error(until.span(), "`until` goes with `take = \"lines\"`"));
            }
        };
        Ok(Label {
            names,
            take,
            place: self.place_in_body(rule.place.as_ref())?,
            times: if rule.each { Times::Each } else { Times::First },
            words: Words {
                replace: self.replace(rule.replace)?,
                value: self.value(span, rule.field.as_ref(), rule.value.as_ref())?,
                items: self.items(rule.split, rule.item.as_ref())?,
                zone: rule.zone.as_ref().map(|name| self.zone(name)).transpose()?,
                role: rule.role.unwrap_or(Role::Primary),
            },
        })
    }

    fn grid(&self, rule: GridFile) -> Result<Grid, ProfileError> {
        let span = rule.header.span();
        let names = |names: Vec<String>| names.iter().map(|name| normal(name)).collect::<Vec<_>>();
        let kept_for = rule.role.unwrap_or(Role::Primary);
        let zone = rule.zone.as_ref().map(|name| self.zone(name)).transpose()?;
        let words = |replace, value| {
            let items = Items { split: rule.split.clone(), item: None };
            Words { replace, value, items, zone: zone.clone(), role: kept_for }
        };
        let mut columns = Vec::new();
        for (field, known) in rule.columns {
            columns.push(Column { names: names(known), words: words(Vec::new(), Value::Field(self.field(&field)?)) });
        }
        for column in rule.column {
            let value = self.value(span.clone(), column.field.as_ref(), column.value.as_ref())?;
            columns.push(Column { names: names(column.names), words: words(self.replace(column.replace)?, value) });
        }
        let header = names(rule.header.into_inner());
        if header.is_empty() || columns.is_empty() {
            return Err(self.error(span, "a table needs names in `header`, and `columns`"));
        }
        let filter = |source: &Self, filter: RowFilterFile| {
            Ok(RowFilter { column: normal(&filter.column), matches: source.regex(&filter.matches)? })
        };
        Ok(Grid {
            header,
            columns,
            keep: self.all(rule.keep, filter)?,
            skip: self.all(rule.skip, filter)?,
            until: self.optional_regex(rule.until.as_ref())?,
            place: self.place_in_body(rule.place.as_ref())?,
            role: kept_for,
        })
    }

    fn property(&self, rule: PropertyFile) -> Result<Property, ProfileError> {
        let span = rule.field.as_ref().or(rule.value.as_ref()).map_or(0..0, Spanned::span);
        Ok(Property {
            name: rule.property.trim().to_uppercase(),
            words: Words {
                replace: self.replace(rule.replace)?,
                value: self.value(span, rule.field.as_ref(), rule.value.as_ref())?,
                items: Items::default(),
                zone: None,
                role: Role::Primary,
            },
        })
    }

    fn pattern(&self, rule: PatternFile) -> Result<Pattern, ProfileError> {
        Ok(Pattern {
            place: self.place(&rule.place)?,
            times: if rule.each { Times::Each } else { Times::First },
            words: Words {
                replace: self.replace(rule.replace)?,
                value: Value::Groups(self.groups(&rule.regex)?),
                items: self.items(rule.split, None)?,
                zone: rule.zone.as_ref().map(|name| self.zone(name)).transpose()?,
                role: rule.role.unwrap_or(Role::Primary),
            },
        })
    }

    fn phrase<T: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        rule: &PhraseFile,
    ) -> Result<Phrase<T>, ProfileError> {
        let wording = match (&rule.text, &rule.pattern) {
            (Some(text), None) => {
                let escaped = regex::escape(text.get_ref());
                // Without letters beyond ASCII in any case (the Kelvin sign for a `k`) it is looked for as fast as can be.
                let anywhere = if text.get_ref().is_ascii() { format!("(?-u:{escaped})") } else { escaped };
                let anywhere = self.compiled(&anywhere, text.span())?;
                Wording::Text { text: text.get_ref().to_lowercase(), anywhere }
            }
            (None, Some(pattern)) => {
                Wording::Pattern { written: pattern.get_ref().clone(), pattern: self.regex(pattern)? }
            }
            (Some(_), Some(both)) => return Err(self.error(both.span(), "`text` and `match` exclude each other")),
            (None, None) => {
                return Err(self
                    .error(rule.is.span(), "nothing says what the words are")
                    .help("give `text` or `match`"));
            }
        };
        let place = rule.place.as_ref().map(|place| self.place(place)).transpose()?;
        Ok(Phrase { wording, is: self.word(&rule.is)?, place })
    }

    fn length(&self, text: Option<&Spanned<String>>) -> Result<Option<TimeDelta>, ProfileError> {
        let Some(text) = text else { return Ok(None) };
        let error = |bad: BadLength| self.error(text.span(), bad.to_string()).help(bad.help());
        parse_length(text.get_ref()).map_err(error).map(Some)
    }

    fn terms(&self, terms: &TermsFile) -> Result<ProfileTerms, ProfileError> {
        Ok(ProfileTerms {
            notice_min: self.length(terms.notice_min.as_ref())?,
            grace: self.length(terms.grace.as_ref())?,
            early_radius: self.length(terms.early_radius.as_ref())?,
            after_radius: self.length(terms.after_radius.as_ref())?,
            claim_within: self.claim_within(terms.claim_within.as_ref())?,
        })
    }

    fn claim_within(&self, text: Option<&Spanned<String>>) -> Result<Option<ClaimWithin>, ProfileError> {
        let Some(text) = text else { return Ok(None) };
        let error = |bad: BadClaimTerm| self.error(text.span(), bad.to_string()).help(bad.help());
        ClaimWithin::parse(text.get_ref()).map_err(error).map(Some)
    }

    /// How the vendor signs: by the domains that are named, else by those that its mails come from.
    fn signing(
        &self,
        terms: &mut TermsFile,
        ways: &Spanned<Vec<Spanned<RecogniseFile>>>,
    ) -> Result<Signing, ProfileError> {
        let senders =
            || ways.get_ref().iter().flat_map(|way| &way.get_ref().domains).map(|domain| domain.to_lowercase());
        let named = terms.dkim_domains.take();
        let named = named.map(|named| self.all(named, |source, domain| source.domain(&domain))).transpose()?;
        let mut domains = named.unwrap_or_else(|| senders().collect());
        domains.sort_unstable();
        domains.dedup();
        Ok(Signing { domains, policy: terms.signature })
    }

    fn domain(&self, text: &Spanned<String>) -> Result<String, ProfileError> {
        let domain = text.get_ref().to_lowercase();
        if is_domain(&domain) {
            return Ok(domain);
        }
        let error = self.error(text.span(), format!("`{}` is no domain", text.get_ref()));
        Err(error.help("write it like `vendor.example`, without an address or a path"))
    }

    fn contact(&self, text: &Spanned<String>) -> Result<String, ProfileError> {
        match text.get_ref().split_once('@') {
            Some((local, host)) if !local.is_empty() && is_domain(host) => Ok(text.get_ref().clone()),
            Some(_) | None => {
                let error = self.error(text.span(), format!("`{}` is no address", text.get_ref()));
                Err(error.help("write it like `noc@vendor.example`"))
            }
        }
    }
}

const PLACES: [(&str, Place); 6] = [
    ("subject", Place::Subject),
    ("body", Place::Body),
    ("anywhere", Place::Anywhere),
    ("html", Place::Html),
    ("plain", Place::Plain),
    ("sheet", Place::Sheet),
];

fn place_of(name: &str) -> Option<Place> {
    PLACES.into_iter().find(|(known, _)| *known == name).map(|(_, place)| place)
}

/// What may have been meant by a word that is no field.
fn meant(word: &str) -> String {
    let known = Field::ALL.map(|(_, known)| known);
    match nearest(word, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("fields are {}", known.join(", ")),
    }
}

/// Formats, and behind all of them the other ways to write their times of day.
fn with_variants(formats: Vec<DateFormat>) -> Vec<DateFormat> {
    let others: Vec<DateFormat> = formats.iter().flat_map(DateFormat::variants).collect();
    formats.into_iter().chain(others).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version = 1\nvendor = \"v\"\nname = \"V\"\n[[recognise]]\ndomains = [\"v.example\"]\n";

    /// `expected`: the error as shown, and its help.
    #[track_caller]
    fn check(rest: &str, expected: Option<(&str, &str)>) {
        let error = parse("v.toml", &format!("{HEAD}{rest}")).err();
        let got = error.map(|error| (error.to_string(), error.help.unwrap_or_default()));
        let got = got.as_ref().map(|(shown, help)| (shown.as_str(), help.as_str()));
        assert_eq!(got, expected, "{rest}");
    }

    #[test]
    fn an_error_names_its_place() {
        check("", None);
        check(
            "[zone]\ndefault = \"Europe/Amsterdm\"",
            Some(("v.toml:7:11: unknown time zone `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)", "")),
        );
        check(
            "[[label]]\nfield = \"referense\"\nnames = [\"x\"]",
            Some(("v.toml:7:9: `referense` is no field of a notice", "did you mean `reference`?")),
        );
        check(
            "[terms]\nnotice_min = \"a week\"",
            Some((
                "v.toml:7:14: `a week` is no length of time",
                "write it like `2 w`, `7 d`, `72 h`, `30 min`, `90 s` or `1 d 12 h`",
            )),
        );
        check(
            "[terms]\ngrace = \"30 m\"",
            Some((
                "v.toml:7:9: `30 m` has no unit that is known: `m`",
                "`m` could be minutes or months: write `min` for minutes, and months as days, such as `30 d`",
            )),
        );
        check(
            "[dates]\ndays = [\"%Q\"]",
            Some(("v.toml:7:9: `%Q` is no date format", "formats are those of strftime, such as `%A %d %B %Y`")),
        );
        check(
            "[[impact]]\ntext = \"x\"\nis = \"bad\"",
            Some((
                "v.toml:8:6: `bad` is no impact; the levels are NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED and OUTAGE",
                "",
            )),
        );
    }

    #[test]
    fn what_would_match_everything_or_nothing_is_refused() {
        let bare = parse("v.toml", "version = 1\nvendor = \"v\"\nname = \"V\"\n[[recognise]]\n").expect_err("too wide");
        assert!(bare.to_string().contains("every mail would be its notice"), "{bare}");
        let group = format!("{HEAD}[[pattern]]\nin = \"subject\"\nregex = '(?P<what>x)'");
        assert!(parse("v.toml", &group).expect_err("unknown group").to_string().contains("`what` is no field"));
        let open = format!("{HEAD}[[pattern]]\nin = \"body\"\nregex = '(?P<end>x'");
        let open = parse("v.toml", &open).expect_err("an open group");
        assert_eq!(open.to_string(), "v.toml:8:9: this is no pattern: unclosed group");
        let huge = format!("{HEAD}[[pattern]]\nin = \"body\"\nregex = '((a{{1000}}){{1000}}){{1000}}'");
        assert!(parse("v.toml", &huge).is_err());
        assert!(
            parse("v.toml", &format!("surprise = 1\n{HEAD}")).expect_err("unknown key").message.contains("surprise")
        );
        assert!(parse("v.toml", &HEAD.replace("= 1", "= 2")).expect_err("newer").help.is_some());
    }
}
