//! Layouts and phrases as loaded: checked once, by writing a sample of every kind of mail in every language.

use std::collections::BTreeMap;
use std::error::Error;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};
use serde::Serialize;

use super::catalogue::Catalogue;
use super::plain::wrapped;
use super::view::{DigestView, SheetView, View};
use crate::time::UnknownZone;
use crate::written::SourceFile;

/// Steps that a layout may take: a mail of 200 windows needs about 60,000, a loop without end has none to spare.
const FUEL: u64 = 2_000_000;

/// Names of the layouts; the ending decides nothing, the escape callback does.
const TEXT: &str = "layout.txt";
const HTML: &str = "layout.html";
const DIGEST_TEXT: &str = "digest.txt";
const DIGEST_HTML: &str = "digest.html";
const SHEET_TEXT: &str = "sheet.txt";
const SHEET_HTML: &str = "sheet.html";
const SHARED_TEXT: &str = "shared.txt";
const SHARED_HTML: &str = "shared.html";

/// Why a template, or a letter from it, failed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A layout that does not parse, or that names something there is not.
    #[error("layout `{file}` cannot be used")]
    Layout {
        /// The file.
        file: String,
        /// With the line.
        #[source]
        source: minijinja::Error,
    },
    /// A catalogue that is no TOML, or lacks its language, weekdays or months.
    #[error("catalogue `{file}` cannot be read")]
    Catalogue {
        /// The file.
        file: String,
        /// With line and column.
        #[source]
        source: toml::de::Error,
    },
    /// A phrase nobody asks for: a typo.
    #[error("{place}: language `{language}` holds `{phrase}`, which is no phrase")]
    UnknownPhrase {
        /// File and line.
        place: String,
        /// The language.
        language: String,
        /// The phrase's name.
        phrase: String,
    },
    /// A phrase that is not there.
    #[error("{file}: language `{language}` lacks the phrase `{phrase}`")]
    MissingPhrase {
        /// The file.
        file: String,
        /// The language.
        language: String,
        /// The phrase's name.
        phrase: String,
    },
    /// A word in braces that the phrase cannot have.
    #[error("{place}: phrase `{phrase}` of language `{language}` cannot hold `{{{placeholder}}}`")]
    Placeholder {
        /// File and line.
        place: String,
        /// The language.
        language: String,
        /// The phrase's name.
        phrase: String,
        /// The word in braces.
        placeholder: String,
    },
    /// Two catalogues of one language.
    #[error("{file}: language `{language}` is given twice")]
    Twice {
        /// The second file.
        file: String,
        /// The language.
        language: String,
    },
    /// English is what every other language falls back to.
    #[error("there are no English phrases")]
    NoEnglish,
    /// The zone of a reader that no source knows.
    #[error(transparent)]
    Zone(#[from] UnknownZone),
    /// The facts are about another maintenance or outage than the message.
    #[error("the facts given are not about `{0}`")]
    OtherCause(String),
}

/// The layouts.
#[derive(Debug, Clone, Copy)]
pub struct Layouts<'a> {
    /// Of the text part (minijinja, not escaped).
    pub text: &'a SourceFile,
    /// Of the HTML part (minijinja, escaped).
    pub html: &'a SourceFile,
    /// Of the text part of digests to customers.
    pub digest_text: &'a SourceFile,
    /// Of their HTML part.
    pub digest_html: &'a SourceFile,
    /// Of the text part of mails to staff.
    pub sheet_text: &'a SourceFile,
    /// Of their HTML part.
    pub sheet_html: &'a SourceFile,
    /// What those of text parts import.
    pub shared_text: &'a SourceFile,
    /// What those of HTML parts import.
    pub shared_html: &'a SourceFile,
}

impl<'a> Layouts<'a> {
    /// Each by its name in the environment.
    fn named(self) -> [(&'static str, &'a SourceFile); 8] {
        [
            (TEXT, self.text),
            (HTML, self.html),
            (DIGEST_TEXT, self.digest_text),
            (DIGEST_HTML, self.digest_html),
            (SHEET_TEXT, self.sheet_text),
            (SHEET_HTML, self.sheet_html),
            (SHARED_TEXT, self.shared_text),
            (SHARED_HTML, self.shared_html),
        ]
    }
}

/// The layouts and the phrases of every language, checked.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// The files that the layouts are from, by their names in the environment.
    files: BTreeMap<&'static str, String>,
    /// By language, lower case.
    catalogues: BTreeMap<String, Catalogue>,
}

impl Templates {
    /// Reads the layouts and the catalogues (TOML, one a language), and writes a sample of every kind of mail with them.
    /// A catalogue of `own` goes before that of its language in `shipped`, phrase by phrase.
    ///
    /// # Errors
    /// [`TemplateError`]: a layout that does not parse or names something unknown, a catalogue with a phrase missing,
    /// unknown or with a wrong word in braces, no English.
    pub fn new(layouts: Layouts<'_>, shipped: &[SourceFile], own: &[SourceFile]) -> Result<Self, TemplateError> {
        let shipped = by_language(shipped, &BTreeMap::new())?;
        let own = by_language(own, &shipped)?;
        let mut catalogues = shipped;
        catalogues.extend(own);
        if !catalogues.contains_key("en") {
            return Err(TemplateError::NoEnglish);
        }
        let files = layouts.named().into_iter().map(|(name, file)| (name, file.name.clone())).collect();
        let templates = Self { environment: environment(layouts)?, files, catalogues };
        for catalogue in templates.catalogues.values() {
            for sample in View::samples(catalogue) {
                templates.text(&sample)?;
                templates.html(&sample)?;
            }
            for sample in DigestView::samples(catalogue) {
                templates.digest_text(&sample)?;
                templates.digest_html(&sample)?;
            }
            for sample in SheetView::samples(catalogue) {
                templates.sheet_text(&sample)?;
                templates.sheet_html(&sample)?;
            }
        }
        Ok(templates)
    }

    /// The phrases for a language (BCP 47): its own, else those of the language without region, else English.
    pub(super) fn catalogue(&self, language: &str) -> &Catalogue {
        let language = language.to_lowercase();
        let primary = language.split(['-', '_']).next().unwrap_or_default();
        [language.as_str(), primary, "en"]
            .iter()
            .find_map(|language| self.catalogues.get(*language))
            .expect("English is checked at load")
    }

    pub(super) fn text(&self, view: &View) -> Result<String, TemplateError> {
        self.render(TEXT, view)
    }

    pub(super) fn html(&self, view: &View) -> Result<String, TemplateError> {
        self.render(HTML, view)
    }

    pub(super) fn digest_text(&self, view: &DigestView) -> Result<String, TemplateError> {
        self.render(DIGEST_TEXT, view)
    }

    pub(super) fn digest_html(&self, view: &DigestView) -> Result<String, TemplateError> {
        self.render(DIGEST_HTML, view)
    }

    pub(super) fn sheet_text(&self, view: &SheetView) -> Result<String, TemplateError> {
        self.render(SHEET_TEXT, view)
    }

    pub(super) fn sheet_html(&self, view: &SheetView) -> Result<String, TemplateError> {
        self.render(SHEET_HTML, view)
    }

    fn render(&self, name: &'static str, view: &impl Serialize) -> Result<String, TemplateError> {
        let failed = |source: minijinja::Error| {
            let file = innermost(&source).name().and_then(|name| self.files.get(name)).unwrap_or(&self.files[name]);
            TemplateError::Layout { file: file.clone(), source }
        };
        self.environment.get_template(name).map_err(failed)?.render(Serde(view)).map_err(failed)
    }
}

/// Where the mistake is: it may be in what the layout imports.
fn innermost(error: &minijinja::Error) -> &minijinja::Error {
    let mut innermost = error;
    while let Some(cause) = innermost.source().and_then(<dyn Error>::downcast_ref) {
        innermost = cause;
    }
    innermost
}

fn by_language(
    files: &[SourceFile],
    under: &BTreeMap<String, Catalogue>,
) -> Result<BTreeMap<String, Catalogue>, TemplateError> {
    let mut catalogues = BTreeMap::new();
    for file in files {
        let catalogue = Catalogue::read(file, under)?;
        let language = catalogue.language.clone();
        if catalogues.insert(language.clone(), catalogue).is_some() {
            return Err(TemplateError::Twice { file: file.name.clone(), language });
        }
    }
    Ok(catalogues)
}

fn environment(layouts: Layouts<'_>) -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A tag alone on its line leaves no line behind, so that the layouts can be read.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_auto_escape_callback(|name| {
        if [HTML, DIGEST_HTML, SHEET_HTML, SHARED_HTML].contains(&name) { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.add_filter("wrap", |text: String, width: usize, indent: Option<String>| {
        wrapped(&text, width, indent.as_deref().unwrap_or_default())
    });
    for (name, file) in layouts.named() {
        environment
            .add_template_owned(name, file.text.clone())
            .map_err(|source| TemplateError::Layout { file: file.name.clone(), source })?;
    }
    Ok(environment)
}
