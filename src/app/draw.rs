//! Drawing up inventory files from what other systems know, for a person to look through and apply.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::Value;

use super::apply::source_file;
use super::error::AppError;
use super::netbox;
use super::settings::Settings;
use crate::inventory::{
    Drawn, ForeignRow, LeftOut, MAX_FILE_BYTES, Mapping, NotRead, csv_rows, netbox as of_netbox, prometheus_rows,
};
use crate::written::{Problem, SourceFile};

/// The standard input, as a path is typed and as its file is called.
const INPUT: &str = "-";
/// Where a token for NetBox is looked for when no file is named.
const TOKEN_VARIABLE: &str = "NETBOX_TOKEN";

/// Which system, and where it is read.
#[derive(Debug, Clone, Copy)]
pub enum Foreign<'a> {
    /// NetBox: its address, or files of its answers.
    NetBox {
        /// Files, `-`, or one address.
        from: &'a [PathBuf],
        /// A file with a token.
        token_file: Option<&'a Path>,
    },
    /// Targets of Prometheus, by a mapping.
    Prometheus {
        /// Files, or `-`.
        from: &'a [PathBuf],
        /// The mapping.
        mapping: &'a Path,
    },
    /// Any table, by a mapping.
    Csv {
        /// Files, or `-`.
        from: &'a [PathBuf],
        /// The mapping.
        mapping: &'a Path,
    },
}

/// What to do where a file of the name is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// Somebody may have worked on it.
    Keep,
    /// It goes.
    Replace,
}

/// What was drawn up.
#[derive(Debug, Clone, Serialize)]
pub struct DrawReport {
    /// The file that was written.
    pub file: PathBuf,
    /// How many of each sort.
    pub vendors: usize,
    /// How many of each sort.
    pub assets: usize,
    /// How many of each sort.
    pub customers: usize,
    /// What is not in it, and why.
    pub left_out: Vec<LeftOut>,
    /// What `apply` would still refuse in the folder, as `file:line:column: message`.
    pub to_put_right: Vec<String>,
}

impl Settings {
    /// Writes an inventory file into a folder, drawn up from another system; stores nothing.
    ///
    /// # Errors
    /// [`AppError::Wrong`] for a table or a mapping with mistakes, [`AppError::NotRead`] for a file of another kind,
    /// [`AppError::NetBox`], [`AppError::Usage`] when the file is there already, [`AppError::File`].
    pub fn draw_up(&self, from: Foreign<'_>, out: &Path, existing: Existing) -> Result<DrawReport, AppError> {
        let name = match from {
            Foreign::NetBox { .. } => "netbox.toml",
            Foreign::Prometheus { .. } => "prometheus.toml",
            Foreign::Csv { .. } => "mapped.toml",
        };
        let file = out.join(name);
        if existing == Existing::Keep && file.exists() {
            let what = format!("`{}` is there already", file.display());
            return Err(AppError::usage(what, "give another folder, or --replace, which loses what was changed in it"));
        }
        let drawn = match from {
            Foreign::NetBox { from, token_file } => of_netbox(&self.answers(from, token_file)?),
            Foreign::Prometheus { from, mapping } => {
                mapped(from, mapping, |file| prometheus_rows(file).map_err(AppError::from))?
            }
            Foreign::Csv { from, mapping } => mapped(from, mapping, |file| {
                csv_rows(file).map_err(|problems| AppError::Wrong { files: vec![file.clone()], problems })
            })?,
        };
        fs::create_dir_all(out).map_err(|error| AppError::file("create", out, error))?;
        fs::write(&file, &drawn.text).map_err(|error| AppError::file("write", &file, error))?;
        let to_put_right = match self.load_inventory(out) {
            Ok(_) => Vec::new(),
            Err(AppError::Wrong { problems, .. }) => problems.iter().map(Problem::to_string).collect(),
            Err(error) => return Err(error),
        };
        Ok(report(file, drawn, to_put_right))
    }

    fn answers(&self, from: &[PathBuf], token_file: Option<&Path>) -> Result<Vec<Value>, AppError> {
        let address = from.iter().filter_map(|path| path.to_str()).find(|text| text.contains("://"));
        let Some(address) = address else {
            let read = |path: &PathBuf| json_values(&input(path)?);
            return Ok(from.iter().map(read).collect::<Result<Vec<_>, _>>()?.concat());
        };
        if from.len() > 1 {
            return Err(AppError::usage("an address goes alone", "name one NetBox, or files of its answers"));
        }
        let token = match token_file {
            Some(path) => Some(fs::read_to_string(path).map_err(|error| AppError::file("read", path, error))?),
            None => self.surroundings.variable.and_then(|variable| variable(TOKEN_VARIABLE)),
        };
        let token = token.as_deref().map(str::trim).filter(|token| !token.is_empty());
        Ok(netbox::pages(address, token)?)
    }
}

/// Rows of some files, filled into a mapping.
fn mapped(
    from: &[PathBuf],
    mapping: &Path,
    rows_of: impl Fn(&SourceFile) -> Result<(Vec<String>, Vec<ForeignRow>), AppError>,
) -> Result<Drawn, AppError> {
    let (mut columns, mut rows, mut names) = (Vec::new(), Vec::new(), Vec::new());
    for path in from {
        let file = input(path)?;
        let (headings, read) = rows_of(&file)?;
        columns.extend(headings);
        rows.extend(read);
        names.push(file.name);
    }
    columns.sort_unstable();
    columns.dedup();
    let mapping = source_file(mapping)?;
    let read = Mapping::read(&mapping, &columns);
    let read = read.map_err(|problems| AppError::Wrong { files: vec![mapping], problems })?;
    Ok(read.draw(&rows, &names.join(", ")))
}

fn report(file: PathBuf, drawn: Drawn, to_put_right: Vec<String>) -> DrawReport {
    let count = |sort: &str| drawn.counts.iter().find(|(of, _)| *of == sort).map_or(0, |(_, count)| *count);
    let (vendors, assets, customers) = (count("vendor"), count("asset"), count("customer"));
    DrawReport { file, vendors, assets, customers, left_out: drawn.left_out, to_put_right }
}

/// A file, or the standard input, as text.
fn input(path: &Path) -> Result<SourceFile, AppError> {
    if path != Path::new(INPUT) {
        return source_file(path);
    }
    let failed = |error| AppError::file("read", Path::new("<stdin>"), error);
    let mut text = String::new();
    let limit = u64::try_from(MAX_FILE_BYTES).unwrap_or(u64::MAX);
    std::io::stdin().lock().take(limit + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() > MAX_FILE_BYTES {
        return Err(failed(std::io::Error::other(format!("it is longer than {MAX_FILE_BYTES} bytes"))));
    }
    Ok(SourceFile { name: "<stdin>".into(), text })
}

/// The JSON values of a file: one, or several behind one another as a loop around `curl` leaves them.
fn json_values(file: &SourceFile) -> Result<Vec<Value>, AppError> {
    let values = serde_json::Deserializer::from_str(file.text.trim_start_matches('\u{feff}')).into_iter();
    values.collect::<Result<Vec<Value>, _>>().map_err(|error| {
        AppError::from(NotRead { file: file.name.clone(), wanted: "answer of NetBox in JSON", why: error.to_string() })
    })
}
