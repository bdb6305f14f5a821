//! What can be typed after `inwindow report`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use super::JudgedTime;

/// Reports.
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// The post-mortem of an outage: what happened when by both clocks, windows, notices, mails, statements, the verdict
    /// with its evidence, and a timeline.
    #[command(after_help = "Examples:
  inwindow report outage o-3f2a
  inwindow report outage o-3f2a --out post-mortem.html
  inwindow report outage o-3f2a --format json | jq .events")]
    Outage {
        /// The outage's id or the start of it.
        outage: String,
        /// The zone times are told in beside UTC [default: the vendor's].
        #[arg(long)]
        zone: Option<String>,
        #[command(flatten)]
        out: ReportOut,
    },
    /// A verdict with its evidence, to be handed to the vendor.
    #[command(after_help = "Examples:
  inwindow report verdict o-3f2a --out verdict.html
  inwindow report verdict plus-01 --at 2017-03-25T19:00:00Z")]
    Verdict(ReportVerdictArgs),
    /// The evidence of an outage as a zip archive that anybody can check with sha256sum: notices as received, verdicts,
    /// statements, post-mortem, timeline, manifest.
    #[command(after_help = "Example:
  inwindow report bundle o-3f2a --out evidence.zip
  unzip -d evidence evidence.zip && cd evidence && sha256sum -c manifest.sha256")]
    Bundle {
        /// The outage's id or the start of it.
        outage: String,
        /// The archive to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// A month by customer and asset: downtime excused, not excused and undecided, availability with and without what is
    /// excused, the outages behind it and the claims.
    #[command(after_help = "Examples:
  inwindow report month 2026-10 --out october.html
  inwindow report month 2026-10 --customer acme --zone Europe/Berlin
  inwindow report month 2026-10 --all --format csv | column -s, -t

What was observed at OUTAGE counts as down, in the asset itself or by way of what it needs; DEGRADED time is told apart. Without
--all, --customer and --asset only what was down is told one by one.")]
    Month(ReportMonthArgs),
    /// What a vendor promised and what it did: notice given, early starts, overruns, cancellations, moves, outages that nobody
    /// announced, contradictions, notices that waited, signatures, claims.
    #[command(after_help = "Examples:
  inwindow report vendor dc-ams
  inwindow report vendor dc-ams --from 2026-01-01T00:00:00Z --out dc-ams.html
  inwindow report vendor --format csv

Each figure lists what it counts.")]
    Vendor(ReportVendorArgs),
}

/// Which month, and of what.
#[derive(Debug, Args)]
pub(crate) struct ReportMonthArgs {
    /// The month: 2026-10.
    pub(crate) month: String,
    /// This customer's assets alone, all of them.
    #[arg(long)]
    pub(crate) customer: Option<String>,
    /// This asset alone.
    #[arg(long)]
    pub(crate) asset: Option<String>,
    /// Only what stands on this vendor.
    #[arg(long)]
    pub(crate) vendor: Option<String>,
    /// By whose clocks the month begins and ends [default: the organisation's].
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    /// What was up all the time too, one by one.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) out: ReportRowsOut,
}

/// Which vendors, and when.
#[derive(Debug, Args)]
pub(crate) struct ReportVendorArgs {
    /// The vendor [default: every vendor of which something is known].
    pub(crate) vendor: Option<String>,
    /// Only what happened from T on …
    #[arg(long, value_name = "T")]
    pub(crate) from: Option<String>,
    /// … and before T [default: now].
    #[arg(long, value_name = "T")]
    pub(crate) to: Option<String>,
    /// The zone of local times given, and that times are told in [default: the vendor's].
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
    #[command(flatten)]
    pub(crate) out: ReportRowsOut,
}

/// Which verdict.
#[derive(Debug, Args)]
pub(crate) struct ReportVerdictArgs {
    /// A recorded outage's id, or with --at or --from an asset.
    #[arg(value_name = "OUTAGE|ASSET")]
    pub(crate) what: String,
    #[command(flatten)]
    pub(crate) judged: JudgedTime,
    /// How badly the asset was touched.
    #[arg(long, default_value = "OUTAGE")]
    pub(crate) impact: String,
    /// The zone of local times given, and that times are told in [default: the vendor's].
    #[arg(long)]
    pub(crate) zone: Option<String>,
    #[command(flatten)]
    pub(crate) out: ReportOut,
}

/// How a report is written, and where to.
#[derive(Debug, Args)]
pub(crate) struct ReportOut {
    /// Markdown, HTML or JSON [default: by the ending of --out, else Markdown].
    #[arg(long, value_enum)]
    pub(crate) format: Option<ReportFormat>,
    /// The file to write [default: the standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

impl ReportOut {
    /// The format asked for, else the one that a file's ending means.
    pub(crate) fn format(&self, file: Option<&Path>) -> ReportFormat {
        let ending = file.and_then(Path::extension).and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        self.format.unwrap_or(match ending.as_deref() {
            Some("html" | "htm") => ReportFormat::Html,
            Some("json") => ReportFormat::Json,
            Some(_) | None => ReportFormat::Md,
        })
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// Markdown.
    Md,
    /// HTML: one file that needs nothing beside it.
    Html,
    /// JSON.
    Json,
}

/// How a report that is rows as well is written, and where to.
#[derive(Debug, Args)]
pub(crate) struct ReportRowsOut {
    /// Markdown, HTML, JSON or CSV [default: by the ending of --out, else Markdown].
    #[arg(long, value_enum)]
    pub(crate) format: Option<RowsFormat>,
    /// The file to write [default: the standard output].
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

impl ReportRowsOut {
    /// The format asked for, else the one that the file's ending means.
    pub(crate) fn format(&self) -> RowsFormat {
        let ending = self.out.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
        self.format.unwrap_or(match ending.map(str::to_ascii_lowercase).as_deref() {
            Some("html" | "htm") => RowsFormat::Html,
            Some("json") => RowsFormat::Json,
            Some("csv") => RowsFormat::Csv,
            Some(_) | None => RowsFormat::Md,
        })
    }
}

/// How a report that is rows as well is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum RowsFormat {
    /// Markdown.
    Md,
    /// HTML: one file that needs nothing beside it.
    Html,
    /// JSON.
    Json,
    /// Comma-separated values with a header line.
    Csv,
}
