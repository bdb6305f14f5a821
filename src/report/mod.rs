//! What is handed to others: a verdict with its evidence, the post-mortem of an outage.
//!
//! Pure. A report is a value put together from what was loaded; the same value is rendered as Markdown, as HTML that needs
//! nothing beside itself, and as JSON. Nothing here asks the store, and nothing here judges.

mod bundle;
mod clocks;
mod html;
mod markdown;
mod month;
mod page;
mod percent;
mod post_mortem;
mod scorecard;
mod strip;
mod svg;
mod timeline;
mod told;
mod verdict_page;

pub use bundle::{Bundle, BundleError, MANIFEST};
pub use clocks::Clocks;
pub use html::html;
pub use markdown::{markdown, readable};
pub use month::{
    AssetMonth, Availability, CustomerMonth, MonthFacts, MonthOutageFacts, MonthScope, MonthSeconds, OutageMonth,
    SLA_MONTH_SCHEMA, SlaMonth, VerdictMonth,
};
pub use page::{Block, Page, Row, Table, Tone};
pub use percent::Percent;
pub use post_mortem::{
    Event, EventKind, MailsTold, NoticeTold, OutageTold, POST_MORTEM_SCHEMA, PostMortem, PostMortemFacts, WindowSaid,
    WindowTold,
};
pub use scorecard::{Figure, Item, SCORECARD_SCHEMA, Scorecard, Scorecards, ScoredOutage, Tally};
pub use strip::strip;
pub use svg::svg;
pub use timeline::{Bar, Lane, Mark, Shade, Timeline};
pub use verdict_page::verdict_page;
