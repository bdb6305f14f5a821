//! The TOML of a profile, checked word by word so that every error has its place.

use std::ops::Range;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;
use toml::Spanned;

use super::dates::DateFormat;
use super::error::ProfileError;
use super::terms::ProfileTerms;
use super::{Dates, Field, Label, Pattern, Place, Profile, Recognise, StatusPhrase, ZoneRule};
use crate::names::{VendorId, nearest};
use crate::time::{Abbreviations, BadLength, Zones, parse_length};

/// The version of the profile language read here.
const VERSION: i64 = 1;

/// Largest compiled pattern: a profile's patterns are short, and a counted repeat of a repeat is not.
const MAX_PATTERN_BYTES: usize = 1024 * 1024;

/// Largest profile read.
const MAX_PROFILE_BYTES: usize = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProfileFile {
    version: Spanned<i64>,
    vendor: Spanned<String>,
    name: String,
    #[serde(default)]
    samples: Vec<String>,
    recognise: Spanned<RecogniseFile>,
    #[serde(default)]
    zone: ZoneFile,
    #[serde(default)]
    dates: DatesFile,
    #[serde(default)]
    label: Vec<LabelFile>,
    #[serde(default)]
    pattern: Vec<PatternFile>,
    #[serde(default)]
    status: StatusFile,
    #[serde(default)]
    impact: Vec<ImpactFile>,
    #[serde(default)]
    terms: TermsFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RecogniseFile {
    #[serde(default)]
    domains: Vec<String>,
    #[serde(default)]
    maintnote_providers: Vec<String>,
    #[serde(default)]
    subject: Vec<Spanned<String>>,
    #[serde(default)]
    body: Vec<String>,
    #[serde(default)]
    exclude_subject: Vec<Spanned<String>>,
    #[serde(default)]
    exclude_body: Vec<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ZoneFile {
    default: Option<Spanned<String>>,
    #[serde(default)]
    abbreviation: Vec<AbbreviationFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AbbreviationFile {
    written: String,
    zone: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct DatesFile {
    #[serde(default)]
    days: Vec<Spanned<String>>,
    #[serde(default)]
    moments: Vec<Spanned<String>>,
    #[serde(default)]
    times: Vec<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    field: Spanned<String>,
    names: Vec<String>,
    #[serde(default)]
    split: Vec<String>,
    item: Option<Spanned<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PatternFile {
    #[serde(rename = "in")]
    place: Place,
    regex: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct StatusFile {
    default: Option<Spanned<String>>,
    #[serde(default)]
    phrase: Vec<PhraseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    text: String,
    is: Spanned<String>,
    #[serde(rename = "in", default = "anywhere")]
    place: Place,
}

fn anywhere() -> Place {
    Place::Anywhere
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ImpactFile {
    text: String,
    is: Spanned<String>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct TermsFile {
    notice_min: Option<Spanned<String>>,
    grace: Option<Spanned<String>>,
    early_radius: Option<Spanned<String>>,
    after_radius: Option<Spanned<String>>,
}

pub(super) fn parse(file: &str, text: &str) -> Result<Profile, ProfileError> {
    let source = Source { file, text };
    if text.len() > MAX_PROFILE_BYTES {
        return Err(ProfileError::at(file, text, 0, format!("a profile of more than {MAX_PROFILE_BYTES} bytes")));
    }
    let parsed: ProfileFile = toml::from_str(text)
        .map_err(|error| ProfileError::at(file, text, error.span().map_or(0, |span| span.start), error.message()))?;
    if *parsed.version.get_ref() != VERSION {
        let message = format!("version {} of the profile language is not known", parsed.version.get_ref());
        return Err(source.error(parsed.version.span(), message).help(format!("write `version = {VERSION}`")));
    }
    let vendor = VendorId::new(parsed.vendor.get_ref())
        .map_err(|error| source.error(parsed.vendor.span(), error.to_string()))?;
    Ok(Profile {
        vendor,
        name: parsed.name,
        samples: parsed.samples,
        terms: source.terms(&parsed.terms)?,
        recognise: source.recognise(parsed.recognise)?,
        zone: source.zone(parsed.zone)?,
        dates: Dates {
            days: source.formats(parsed.dates.days)?,
            moments: source.formats(parsed.dates.moments)?,
            times: source.formats(parsed.dates.times)?,
        },
        labels: parsed.label.into_iter().map(|label| source.label(label)).collect::<Result<_, _>>()?,
        patterns: parsed.pattern.iter().map(|pattern| source.pattern(pattern)).collect::<Result<_, _>>()?,
        default_status: parsed.status.default.map(|word| source.word(&word)).transpose()?,
        statuses: parsed
            .status
            .phrase
            .into_iter()
            .map(|p| Ok(StatusPhrase { is: source.word(&p.is)?, phrase: p.text.to_lowercase(), place: p.place }))
            .collect::<Result<_, _>>()?,
        impacts: parsed
            .impact
            .into_iter()
            .map(|phrase| Ok((phrase.text.to_lowercase(), source.word(&phrase.is)?)))
            .collect::<Result<_, _>>()?,
    })
}

struct Source<'a> {
    file: &'a str,
    text: &'a str,
}

impl Source<'_> {
    fn error(&self, span: Range<usize>, message: impl Into<String>) -> ProfileError {
        ProfileError::at(self.file, self.text, span.start, message)
    }

    fn regex(&self, pattern: &Spanned<String>) -> Result<Regex, ProfileError> {
        RegexBuilder::new(pattern.get_ref())
            .case_insensitive(true)
            .multi_line(true)
            .size_limit(MAX_PATTERN_BYTES)
            .build()
            .map_err(|error| self.error(pattern.span(), error.to_string()))
    }

    fn regexes(&self, patterns: &[Spanned<String>]) -> Result<Vec<Regex>, ProfileError> {
        patterns.iter().map(|pattern| self.regex(pattern)).collect()
    }

    /// A status or an impact in the standard's word.
    fn word<T: std::str::FromStr<Err: std::fmt::Display>>(&self, word: &Spanned<String>) -> Result<T, ProfileError> {
        word.get_ref().parse().map_err(|error: T::Err| self.error(word.span(), error.to_string()))
    }

    fn recognise(&self, spanned: Spanned<RecogniseFile>) -> Result<Recognise, ProfileError> {
        let span = spanned.span();
        let rule = spanned.into_inner();
        if rule.domains.is_empty() && rule.subject.is_empty() && rule.body.is_empty() {
            let message = "nothing says how to recognise the vendor's mails; every mail would be its notice";
            return Err(self.error(span, message).help("give at least one of `domains`, `subject` and `body`"));
        }
        Ok(Recognise {
            subject: self.regexes(&rule.subject)?,
            exclude_subject: self.regexes(&rule.exclude_subject)?,
            domains: rule.domains,
            providers: rule.maintnote_providers,
            body: rule.body,
            exclude_body: rule.exclude_body,
        })
    }

    fn zone(&self, rule: ZoneFile) -> Result<ZoneRule, ProfileError> {
        let zones = Zones::embedded();
        let known = |name: &Spanned<String>| {
            let zone = zones.get(name.get_ref()).map_err(|error| self.error(name.span(), error.to_string()))?;
            Ok(zone.name().to_owned())
        };
        let abbreviation = |entry: AbbreviationFile| Ok((entry.written, known(&entry.zone)?));
        Ok(ZoneRule {
            default: rule.default.as_ref().map(known).transpose()?,
            abbreviations: Abbreviations::new(
                rule.abbreviation.into_iter().map(abbreviation).collect::<Result<Vec<_>, _>>()?,
            ),
        })
    }

    fn formats(&self, formats: Vec<Spanned<String>>) -> Result<Vec<DateFormat>, ProfileError> {
        let format = |spanned: Spanned<String>| {
            DateFormat::new(spanned.get_ref()).ok_or_else(|| {
                self.error(spanned.span(), format!("`{}` is no date format", spanned.get_ref()))
                    .help("formats are those of strftime, such as `%A %d %B %Y`")
            })
        };
        formats.into_iter().map(format).collect()
    }

    fn field(&self, word: &Spanned<String>) -> Result<Field, ProfileError> {
        Field::of_word(word.get_ref()).ok_or_else(|| {
            let error = self.error(word.span(), format!("`{}` is no field of a notice", word.get_ref()));
            match nearest(word.get_ref(), Field::ALL.iter().map(|(_, known)| *known)) {
                Some(meant) => error.help(format!("did you mean `{meant}`?")),
                None => error.help(format!("fields are {}", Field::ALL.map(|(_, known)| known).join(", "))),
            }
        })
    }

    fn label(&self, label: LabelFile) -> Result<Label, ProfileError> {
        let item = label.item.as_ref().map(|item| self.regex(item)).transpose()?;
        if let (Some(regex), Some(item)) = (&item, &label.item)
            && !regex.capture_names().flatten().any(|name| name == "object")
        {
            return Err(self.error(item.span(), "the pattern of an item has no group `(?P<object>…)`"));
        }
        let names = label.names.iter().map(|name| name.trim().trim_end_matches(':').to_lowercase()).collect();
        Ok(Label { field: self.field(&label.field)?, names, split: label.split, item })
    }

    fn pattern(&self, pattern: &PatternFile) -> Result<Pattern, ProfileError> {
        let regex = self.regex(&pattern.regex)?;
        for name in regex.capture_names().flatten() {
            if Field::of_word(name).is_none() {
                let message = format!("the group `{name}` is no field of a notice");
                let help = format!("fields are {}", Field::ALL.map(|(_, known)| known).join(", "));
                return Err(self.error(pattern.regex.span(), message).help(help));
            }
        }
        Ok(Pattern { place: pattern.place, regex })
    }

    fn terms(&self, terms: &TermsFile) -> Result<ProfileTerms, ProfileError> {
        let read = |text: Option<&Spanned<String>>| {
            let Some(text) = text else { return Ok(None) };
            let error = |bad: BadLength| self.error(text.span(), bad.to_string()).help(bad.help());
            parse_length(text.get_ref()).map_err(error).map(Some)
        };
        Ok(ProfileTerms {
            notice_min: read(terms.notice_min.as_ref())?,
            grace: read(terms.grace.as_ref())?,
            early_radius: read(terms.early_radius.as_ref())?,
            after_radius: read(terms.after_radius.as_ref())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "version = 1\nvendor = \"v\"\nname = \"V\"\nrecognise.domains = [\"v.example\"]\n";

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
            Some(("v.toml:6:11: unknown time zone `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)", "")),
        );
        check(
            "[[label]]\nfield = \"referense\"\nnames = []",
            Some(("v.toml:6:9: `referense` is no field of a notice", "did you mean `reference`?")),
        );
        check(
            "[terms]\nnotice_min = \"a week\"",
            Some((
                "v.toml:6:14: `a week` is no length of time",
                "write it like `2 w`, `7 d`, `72 h`, `30 min`, `90 s` or `1 d 12 h`",
            )),
        );
        check(
            "[terms]\ngrace = \"30 m\"",
            Some((
                "v.toml:6:9: `30 m` has no unit that is known: `m`",
                "`m` could be minutes or months: write `min` for minutes, and months as days, such as `30 d`",
            )),
        );
        check(
            "[dates]\ndays = [\"%Q\"]",
            Some(("v.toml:6:9: `%Q` is no date format", "formats are those of strftime, such as `%A %d %B %Y`")),
        );
        check(
            "[[impact]]\ntext = \"x\"\nis = \"bad\"",
            Some((
                "v.toml:7:6: `bad` is no impact; the levels are NO-IMPACT, REDUCED-REDUNDANCY, DEGRADED and OUTAGE",
                "",
            )),
        );
    }

    #[test]
    fn what_would_match_everything_or_nothing_is_refused() {
        let bare = parse("v.toml", "version = 1\nvendor = \"v\"\nname = \"V\"\n[recognise]\n").expect_err("too wide");
        assert!(bare.to_string().contains("every mail would be its notice"), "{bare}");
        let group = format!("{HEAD}[[pattern]]\nin = \"subject\"\nregex = '(?P<what>x)'");
        assert!(parse("v.toml", &group).expect_err("unknown group").to_string().contains("`what` is no field"));
        let huge = format!("{HEAD}[[pattern]]\nin = \"body\"\nregex = '((a{{1000}}){{1000}}){{1000}}'");
        assert!(parse("v.toml", &huge).is_err());
        assert!(parse("v.toml", &format!("{HEAD}surprise = 1")).expect_err("unknown key").message.contains("surprise"));
        assert!(parse("v.toml", &HEAD.replace("= 1", "= 2")).expect_err("newer").help.is_some());
    }
}
