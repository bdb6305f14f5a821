//! What can be typed after `inwindow report`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

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
}

/// Which verdict.
#[derive(Debug, Args)]
pub(crate) struct ReportVerdictArgs {
    /// A recorded outage's id, or with --at or --from an asset.
    #[arg(value_name = "OUTAGE|ASSET")]
    pub(crate) what: String,
    /// Judge the second that begins at T.
    #[arg(long, value_name = "T", conflicts_with_all = ["from", "to"])]
    pub(crate) at: Option<String>,
    /// Judge from T …
    #[arg(long, value_name = "T", requires = "to")]
    pub(crate) from: Option<String>,
    /// … to T, which is no longer part of it.
    #[arg(long, value_name = "T", requires = "from")]
    pub(crate) to: Option<String>,
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
