//! Rows of other systems: the cells of a CSV file by their heading, the targets of Prometheus by their labels.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::written::{Problem, Problems, Rows, SourceFile};

/// One row: what it says by the name of the column or label.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignRow {
    /// Where it comes from: `hosts.csv:3`, `targets.json, target web-1:9100`.
    pub from: String,
    /// Empty ones are left out.
    pub cells: BTreeMap<String, String>,
}

/// A file that is not what it was given for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{file}` is no {wanted}: {why}")]
pub struct NotRead {
    /// The file.
    pub file: String,
    /// What it should be.
    pub wanted: &'static str,
    /// What is wrong.
    pub why: String,
}

/// The rows of a CSV file, by the headings of its first row.
///
/// # Errors
/// What is wrong in it, with its place.
pub fn csv_rows(file: &SourceFile) -> Result<(Vec<String>, Vec<ForeignRow>), Vec<Problem>> {
    let files = std::slice::from_ref(file);
    let mut problems = Problems::new(files);
    let mut rows = Rows::of(0, file);
    let heading = rows.next_row(&mut problems).unwrap_or_default();
    let names: Vec<String> = heading.into_iter().map(|cell| cell.text.into_owned()).collect();
    let mut read = Vec::new();
    while let Some(row) = rows.next_row(&mut problems) {
        let place = crate::written::Place { file: 0, span: row.first().map_or(0..0, |cell| cell.span.clone()) };
        let from = problems.name_of(&place);
        let filled = names.iter().zip(row).filter(|(name, cell)| !name.is_empty() && !cell.text.is_empty());
        let cells = filled.map(|(name, cell)| (name.clone(), cell.text.into_owned())).collect();
        read.push(ForeignRow { from, cells });
    }
    if problems.is_empty() { Ok((names, read)) } else { Err(problems.in_order()) }
}

/// A group of Prometheus' file-based service discovery (`file_sd_config`).
#[derive(Deserialize)]
struct TargetGroup {
    targets: Vec<String>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
}

/// The targets of a `file_sd` file in JSON, a row each: its labels, and `target`, `host` and `port` of its address.
///
/// # Errors
/// [`NotRead`].
pub fn prometheus_rows(file: &SourceFile) -> Result<(Vec<String>, Vec<ForeignRow>), NotRead> {
    let groups: Vec<TargetGroup> = serde_json::from_str(&file.text).map_err(|error| NotRead {
        file: file.name.clone(),
        wanted: "list of targets in JSON",
        why: error.to_string(),
    })?;
    let mut names: std::collections::BTreeSet<String> = ["target", "host", "port"].map(str::to_owned).into();
    let mut rows = Vec::new();
    for group in &groups {
        names.extend(group.labels.keys().cloned());
        for target in &group.targets {
            let (host, port) = host_and_port(target);
            let address = [("target", target.as_str()), ("host", host), ("port", port)];
            let mut cells = group.labels.clone();
            cells.extend(address.map(|(name, text)| (name.to_owned(), text.to_owned())));
            cells.retain(|_, text| !text.trim().is_empty());
            rows.push(ForeignRow { from: format!("{}, target {target}", file.name), cells });
        }
    }
    Ok((names.into_iter().collect(), rows))
}

/// `web-1:9100`, `[2001:db8::1]:9100`, or a name alone.
fn host_and_port(target: &str) -> (&str, &str) {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let (host, port) = match target.rsplit_once(':') {
        Some((host, port)) if is_port(port) && (!host.contains(':') || host.ends_with(']')) => (host, port),
        Some(_) | None => (target, ""),
    };
    (host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host), port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(target: &str, expected: (&str, &str)) {
        assert_eq!(host_and_port(target), expected);
    }

    #[test]
    fn a_target_is_a_host_and_a_port() {
        check("web-1:9100", ("web-1", "9100"));
        check("web-1", ("web-1", ""));
        check("[2001:db8::1]:9100", ("2001:db8::1", "9100"));
        check("2001:db8::1", ("2001:db8::1", ""));
        check("https://web.example/health", ("https://web.example/health", ""));
    }
}
