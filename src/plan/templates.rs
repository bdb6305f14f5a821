//! Layouts and phrases as loaded: checked once, by writing a sample of every kind of mail in every language.

use std::collections::BTreeMap;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior};

use super::catalogue::Catalogue;
use super::plain::wrapped;
use super::view::View;
use crate::time::UnknownZone;

/// Steps that a layout may take: a mail of 200 windows needs about 60,000, a loop without end has none to spare.
const FUEL: u64 = 2_000_000;

/// Names of the layouts; the ending decides nothing, the escape callback does.
const TEXT: &str = "layout.txt";
const HTML: &str = "layout.html";

/// Why a template, or a letter from it, failed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// A layout that does not parse, or that names something there is not.
    #[error("layout `{name}` cannot be used")]
    Layout {
        /// Which of the two.
        name: &'static str,
        /// With the line.
        #[source]
        source: minijinja::Error,
    },
    /// A catalogue that is no TOML, or lacks its language, weekdays or months.
    #[error("a catalogue of phrases cannot be read")]
    Catalogue {
        /// With line and column.
        #[source]
        source: toml::de::Error,
    },
    /// A phrase nobody asks for: a typo.
    #[error("language `{language}` holds `{phrase}`, which is no phrase")]
    UnknownPhrase {
        /// The language.
        language: String,
        /// The phrase's name.
        phrase: String,
    },
    /// A phrase that is not there.
    #[error("language `{language}` lacks the phrase `{phrase}`")]
    MissingPhrase {
        /// The language.
        language: String,
        /// The phrase's name.
        phrase: String,
    },
    /// A word in braces that the phrase cannot have.
    #[error("phrase `{phrase}` of language `{language}` cannot hold `{{{placeholder}}}`")]
    Placeholder {
        /// The language.
        language: String,
        /// The phrase's name.
        phrase: String,
        /// The word in braces.
        placeholder: String,
    },
    /// Two catalogues of one language.
    #[error("language `{0}` is given twice")]
    Twice(String),
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

/// The two layouts, as text.
#[derive(Debug, Clone, Copy)]
pub struct Layouts<'a> {
    /// Of the text part (minijinja, not escaped).
    pub text: &'a str,
    /// Of the HTML part (minijinja, escaped).
    pub html: &'a str,
}

/// The layouts and the phrases of every language, checked.
#[derive(Debug)]
pub struct Templates {
    environment: Environment<'static>,
    /// By language, lower case.
    catalogues: BTreeMap<String, Catalogue>,
}

impl Templates {
    /// Reads the layouts and the catalogues (TOML, one a language), and writes a sample of every kind of mail with them.
    ///
    /// # Errors
    /// [`TemplateError`]: a layout that does not parse or names something unknown, a catalogue with a phrase missing,
    /// unknown or with a wrong word in braces, no English.
    pub fn new<'a>(layouts: Layouts<'_>, catalogues: impl IntoIterator<Item = &'a str>) -> Result<Self, TemplateError> {
        let mut by_language = BTreeMap::new();
        for text in catalogues {
            let catalogue = Catalogue::read(text)?;
            let language = catalogue.language.clone();
            if by_language.insert(language.clone(), catalogue).is_some() {
                return Err(TemplateError::Twice(language));
            }
        }
        if !by_language.contains_key("en") {
            return Err(TemplateError::NoEnglish);
        }
        let templates = Self { environment: environment(layouts)?, catalogues: by_language };
        for catalogue in templates.catalogues.values() {
            for sample in View::samples(catalogue) {
                templates.text(&sample)?;
                templates.html(&sample)?;
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

    fn render(&self, name: &'static str, view: &View) -> Result<String, TemplateError> {
        let template = self.environment.get_template(name).map_err(|source| TemplateError::Layout { name, source })?;
        template.render(Serde(view)).map_err(|source| TemplateError::Layout { name, source })
    }
}

fn environment(layouts: Layouts<'_>) -> Result<Environment<'static>, TemplateError> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A tag alone on its line leaves no line behind, so that the layouts can be read.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.expect("the delimiters are the usual ones"));
    environment.set_auto_escape_callback(|name| if name == HTML { AutoEscape::Html } else { AutoEscape::None });
    environment.add_filter("wrap", |text: String, width: usize, indent: Option<String>| {
        wrapped(&text, width, indent.as_deref().unwrap_or_default())
    });
    for (name, text) in [(TEXT, layouts.text), (HTML, layouts.html)] {
        environment
            .add_template_owned(name, text.to_owned())
            .map_err(|source| TemplateError::Layout { name, source })?;
    }
    Ok(environment)
}
