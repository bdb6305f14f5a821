//! The TOML of a profile, as written: every key with what it means. `check` makes a [`Profile`](super::Profile) of it.

use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::WindowsStated;
use crate::notice::authentication::SignaturePolicy;
use crate::window::Role;

type Text = Spanned<String>;

/// How one vendor's notices are recognised and read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileFile {
    /// The version of the profile language: 1.
    #[schemars(with = "i64")]
    pub(super) version: Spanned<i64>,
    /// The vendor's id, as the inventory has it.
    #[schemars(with = "String")]
    pub(super) vendor: Text,
    /// The vendor's name for people.
    pub(super) name: String,
    /// The names of its sample notices, without ending.
    #[serde(default)]
    pub(super) samples: Vec<String>,
    /// What the vendor calls itself in X-MAINTNOTE-PROVIDER.
    #[serde(default)]
    pub(super) maintnote_providers: Vec<String>,
    /// How its notices are recognised; any one of several ways suffices.
    #[schemars(with = "Vec<RecogniseFile>")]
    pub(super) recognise: Spanned<Vec<Spanned<RecogniseFile>>>,
    /// The zone of times that name none, and what abbreviations and places mean.
    #[serde(default)]
    pub(super) zone: ZoneFile,
    /// What dates and times look like.
    #[serde(default)]
    pub(super) dates: DatesFile,
    /// Stretches of the text that rules can be confined to.
    #[serde(default)]
    pub(super) section: Vec<SectionFile>,
    /// Words behind a label.
    #[serde(default)]
    pub(super) label: Vec<LabelFile>,
    /// Tables read by the names in their heading row.
    #[serde(default)]
    pub(super) grid: Vec<GridFile>,
    /// Properties of iCalendar events.
    #[serde(default)]
    pub(super) calendar: Vec<PropertyFile>,
    /// Words found by a pattern.
    #[serde(default)]
    pub(super) pattern: Vec<PatternFile>,
    /// What words say of the status; the first that fits wins.
    #[serde(default)]
    pub(super) status: Vec<PhraseFile>,
    /// What words say of the impact; the first that fits wins.
    #[serde(default)]
    pub(super) impact: Vec<PhraseFile>,
    /// The status of notices in which nothing states one.
    #[schemars(with = "Option<String>")]
    pub(super) default_status: Option<Text>,
    /// The fields whose words make a reference, for a vendor that gives none.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) digest: Vec<Text>,
    /// Whether the windows of a notice are all of its maintenance (`all`), or more of them (`partial`).
    #[serde(default)]
    pub(super) windows: WindowsStated,
    /// The vendor's published terms.
    #[serde(default)]
    pub(super) terms: TermsFile,
}

/// One way to recognise a notice: everything that is stated must hold.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RecogniseFile {
    /// The sender's domain is one of these or below one.
    #[serde(default)]
    pub(super) domains: Vec<String>,
    /// The subject matches one of these patterns.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) subject: Vec<Text>,
    /// A signature of the vendor was verified on it (DKIM), by one of `terms.dkim_domains`.
    #[serde(default)]
    pub(super) signed: bool,
    /// The text holds one of these phrases, in any case.
    #[serde(default)]
    pub(super) body: Vec<String>,
    /// The subject matches none of these patterns.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) exclude_subject: Vec<Text>,
    /// The text holds none of these phrases.
    #[serde(default)]
    pub(super) exclude_body: Vec<String>,
}

/// Zones.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct ZoneFile {
    /// The zone of times that name none: an IANA or Windows name, UTC, or an offset.
    #[schemars(with = "Option<String>")]
    pub(super) default: Option<Text>,
    /// What the vendor means by an abbreviation, or by a word such as `Eastern`: a region, or an offset if literal.
    #[serde(default)]
    pub(super) abbreviation: Vec<WrittenZoneFile>,
    /// The zone of a place that the field `place` names; `written` may begin or end in `*`.
    #[serde(default)]
    pub(super) place: Vec<WrittenZoneFile>,
}

/// A zone by what stands for it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct WrittenZoneFile {
    /// As notices write it.
    pub(super) written: String,
    /// The zone meant.
    #[schemars(with = "String")]
    pub(super) zone: Text,
}

/// Formats of strftime, in the order in which they are tried. ISO 8601 needs none.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct DatesFile {
    /// Dates: `%A %d %B %Y`; one without a year has it from the field `year`, or from the day the notice was sent.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) days: Vec<Text>,
    /// Dates with times; what stands behind is the zone.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) moments: Vec<Text>,
    /// Times alone.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) times: Vec<Text>,
    /// Words of another language: `mai = "May"`.
    #[serde(default)]
    pub(super) words: std::collections::BTreeMap<String, String>,
    /// How far two statements of one time may be apart: `1 min`.
    #[schemars(with = "Option<String>")]
    pub(super) tolerance: Option<Text>,
    /// How far from the day it was sent a window may lie: `400 d`. Beyond it a person is asked.
    #[schemars(with = "Option<String>")]
    pub(super) within: Option<Text>,
}

/// A stretch of the text: from behind the first match of one pattern to the next match of another, or to the end.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionFile {
    /// What rules call it in their `in`.
    #[schemars(with = "String")]
    pub(super) name: Text,
    /// Where it begins.
    #[schemars(with = "String")]
    pub(super) begins: Text,
    /// Where it ends.
    #[schemars(with = "Option<String>")]
    pub(super) ends: Option<Text>,
}

/// Words put right before they are read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplaceFile {
    /// What is wrong.
    #[serde(rename = "match")]
    #[schemars(with = "String")]
    pub(super) wrong: Text,
    /// What takes its place; `$name` stands for a group.
    #[serde(default)]
    pub(super) with: String,
}

/// Words behind a label: in the rest of its cell, in the next cell, or behind a colon on the line below.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelFile {
    /// The label without its colon, in any case; one that ends in `*` stands for all that begin so.
    #[schemars(with = "Vec<String>")]
    pub(super) names: Spanned<Vec<String>>,
    /// The field that the words are. Either this or `value`.
    #[schemars(with = "Option<String>")]
    pub(super) field: Option<Text>,
    /// A pattern for the words whose groups are fields.
    #[schemars(with = "Option<String>")]
    pub(super) value: Option<Text>,
    /// Which words: `value`, `below` (the line below), or `lines` (all lines below, up to `until`).
    #[serde(default)]
    pub(super) take: TakeFile,
    /// What the first line that no longer belongs looks like, for `take = "lines"`.
    #[schemars(with = "Option<String>")]
    pub(super) until: Option<Text>,
    /// Where to look: `body`, `html`, `plain`, `sheet`, or a section.
    #[serde(rename = "in")]
    #[schemars(with = "Option<String>")]
    pub(super) place: Option<Text>,
    /// Whether each place where the label stands counts, and is a row; else the first one.
    #[serde(default)]
    pub(super) each: bool,
    /// Marks at which several objects, or references of rows, are parted.
    #[serde(default)]
    pub(super) split: Vec<String>,
    /// What one object looks like, with groups `object` and, if it states one, `impact`.
    #[schemars(with = "Option<String>")]
    pub(super) item: Option<Text>,
    /// The zone of the times, where the label itself says it.
    #[schemars(with = "Option<String>")]
    pub(super) zone: Option<Text>,
    /// The role of the windows: `primary`, or `contingency` for one kept in reserve.
    #[schemars(with = "Option<String>", extend("enum" = ["primary", "contingency"]))]
    pub(super) role: Option<Role>,
    /// Puts the words right.
    #[serde(default)]
    pub(super) replace: Vec<ReplaceFile>,
}

/// Which words a label points to.
#[derive(Deserialize, JsonSchema, Default, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TakeFile {
    /// The rest of its cell, the next cell, or behind a colon the line below.
    #[default]
    Value,
    /// The line below.
    Below,
    /// All lines below.
    Lines,
}

/// A table: the rows below a heading row are rows of the notice.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct GridFile {
    /// Names that the heading row has; others may stand beside them.
    #[schemars(with = "Vec<String>")]
    pub(super) header: Spanned<Vec<String>>,
    /// Which column is which field, by any of its names.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Vec<String>>")]
    pub(super) columns: std::collections::BTreeMap<Text, Vec<String>>,
    /// Columns whose words hold several fields, or must be put right.
    #[serde(default)]
    pub(super) column: Vec<ColumnFile>,
    /// Only rows that match all of these count.
    #[serde(default)]
    pub(super) keep: Vec<RowFilterFile>,
    /// Rows that match one of these do not count.
    #[serde(default)]
    pub(super) skip: Vec<RowFilterFile>,
    /// What a cell of the first line looks like that is no row any more.
    #[schemars(with = "Option<String>")]
    pub(super) until: Option<Text>,
    /// Where to look: `body`, `html`, `plain`, `sheet`, or a section.
    #[serde(rename = "in")]
    #[schemars(with = "Option<String>")]
    pub(super) place: Option<Text>,
    /// The zone of the times, where the heading itself says it.
    #[schemars(with = "Option<String>")]
    pub(super) zone: Option<Text>,
    /// The role of the windows: `primary`, or `contingency` for one kept in reserve.
    #[schemars(with = "Option<String>", extend("enum" = ["primary", "contingency"]))]
    pub(super) role: Option<Role>,
    /// Marks at which several objects in one cell are parted.
    #[serde(default)]
    pub(super) split: Vec<String>,
}

/// A column whose words need more than a name.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnFile {
    /// Its names.
    pub(super) names: Vec<String>,
    /// The field that the words are. Either this or `value`.
    #[schemars(with = "Option<String>")]
    pub(super) field: Option<Text>,
    /// A pattern for the words whose groups are fields.
    #[schemars(with = "Option<String>")]
    pub(super) value: Option<Text>,
    /// Puts the words right.
    #[serde(default)]
    pub(super) replace: Vec<ReplaceFile>,
}

/// A condition on a row.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RowFilterFile {
    /// The column's name.
    pub(super) column: String,
    /// What its cell looks like.
    #[serde(rename = "match")]
    #[schemars(with = "String")]
    pub(super) matches: Text,
}

/// A property of an iCalendar event.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PropertyFile {
    /// Its name: `SUMMARY`.
    pub(super) property: String,
    /// The field that its text is. Either this or `value`.
    #[schemars(with = "Option<String>")]
    pub(super) field: Option<Text>,
    /// A pattern for the text whose groups are fields.
    #[schemars(with = "Option<String>")]
    pub(super) value: Option<Text>,
    /// Puts the text right.
    #[serde(default)]
    pub(super) replace: Vec<ReplaceFile>,
}

/// Words by a pattern whose groups are fields: `(?P<reference>CHG\d+)`. Case does not matter; `^` and `$` are those of a
/// line, in which the cells of a table are parted by tabs.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PatternFile {
    /// Where to look: `subject`, `body`, `anywhere`, `html`, `plain`, `sheet`, or a section.
    #[serde(rename = "in")]
    #[schemars(with = "String")]
    pub(super) place: Text,
    /// The pattern.
    #[schemars(with = "String")]
    pub(super) regex: Text,
    /// Whether each match counts, and is a row; else the first one.
    #[serde(default)]
    pub(super) each: bool,
    /// Marks at which several objects are parted.
    #[serde(default)]
    pub(super) split: Vec<String>,
    /// The zone of times that name none.
    #[schemars(with = "Option<String>")]
    pub(super) zone: Option<Text>,
    /// The role of the windows: `primary`, or `contingency` for one kept in reserve.
    #[schemars(with = "Option<String>", extend("enum" = ["primary", "contingency"]))]
    pub(super) role: Option<Role>,
    /// Puts the text right before the pattern is tried.
    #[serde(default)]
    pub(super) replace: Vec<ReplaceFile>,
}

/// What words say.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PhraseFile {
    /// Words held anywhere, in any case. Either this or `match`.
    #[schemars(with = "Option<String>")]
    pub(super) text: Option<Text>,
    /// A pattern.
    #[serde(rename = "match")]
    #[schemars(with = "Option<String>")]
    pub(super) pattern: Option<Text>,
    /// The word of the standard that it stands for.
    #[schemars(with = "String")]
    pub(super) is: Text,
    /// Where the mail itself is searched for it; without it only words that a label, a column or a group led to are.
    #[serde(rename = "in")]
    #[schemars(with = "Option<String>")]
    pub(super) place: Option<Text>,
}

/// Published terms, with lengths of time as `7 d`, `72 h`, `30 min`.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsFile {
    /// Notice promised before a window.
    #[schemars(with = "Option<String>")]
    pub(super) notice_min: Option<Text>,
    /// Time after a window's end that still counts as its own.
    #[schemars(with = "Option<String>")]
    pub(super) grace: Option<Text>,
    /// How far before a good window an outage is still an early start.
    #[schemars(with = "Option<String>")]
    pub(super) early_radius: Option<Text>,
    /// How far after a good window an outage is still its aftermath.
    #[schemars(with = "Option<String>")]
    pub(super) after_radius: Option<Text>,
    /// How long after an outage the vendor takes claims: `30 d`, `10 business days`, `2 months`, counted from the outage's
    /// end, or with `after month end` behind it from the end of its month.
    #[schemars(with = "Option<String>")]
    pub(super) claim_within: Option<Text>,
    /// The domains by which the vendor signs its mail (DKIM), those below them included; without it those of `recognise`.
    #[schemars(with = "Option<Vec<String>>")]
    pub(super) dkim_domains: Option<Vec<Text>>,
    /// Whether a notice that is not signed so waits for a person (`required`), or is only told of (`evidence`).
    #[serde(default)]
    pub(super) signature: SignaturePolicy,
    /// Addresses at which the vendor answers about its maintenance.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub(super) contacts: Vec<Text>,
}
