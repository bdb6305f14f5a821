//! `inwindow demo`.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::Result;
use chrono::TimeDelta;
use serde_json::json;

use crate::app::{AppError, DemoReport, Refused, StoryReport, play, prepare};
use crate::cli::table::{Rows, cell, instant, lines as cell_of_lines, maybe, names};
use crate::cli::{Desk, Done, settings_of, store_of_environment};
use crate::time::{Zone, Zones, shown_length};
use crate::verdict::{Verdict, group_text};

/// Columns of the text: what fits beside another window on most screens.
const WIDTH: usize = 108;

/// Columns that the verdict table needs beside its first and its last: indent, answer, kind, offset.
const TABLE_WIDTH: usize = 39;

/// Where it is played when nobody names a folder.
const FOLDER: &str = "inwindow-demo";

pub(crate) fn run(desk: &Desk, folder: Option<PathBuf>) -> Result<Done> {
    let folder = folder.unwrap_or_else(|| FOLDER.into());
    if store_of_environment().is_some() {
        let what = "INWINDOW_STORE is set, and the demo would be played into the store that it names".to_owned();
        return Err(AppError::usage(what, "unset INWINDOW_STORE: the demo has a store of its own in its folder").into());
    }
    prepare(&folder)?;
    let report = play(settings_of(&folder)?)?;
    let text = text(&report, &folder.display().to_string(), &settings_of(&folder)?.zones)?;
    rows(&report).print_report(desk.output, &serde_json::to_value(&report)?, &text)?;
    Ok(Done::Yes)
}

/// A verdict a row, for programs.
fn rows(report: &DemoReport) -> Rows {
    let mut rows = Rows::new(&["story", "what", "asset", "start", "answer", "kind", "offset seconds", "flags"]);
    for story in &report.stories {
        for row in &story.rows {
            let verdict = &row.verdict;
            let cells = vec![
                cell(&story.id),
                cell(&row.what),
                cell(&verdict.asset),
                instant(verdict.outage.start(), &Zone::utc()),
                cell(verdict.answer),
                cell(verdict.kind),
                maybe(verdict.offset_seconds),
                names(&verdict.flags),
            ];
            let value = json!({ "story": story.id, "what": row.what, "verdict": verdict });
            rows.push(cells, value);
        }
    }
    rows
}

fn text(report: &DemoReport, folder: &str, zones: &Zones) -> Result<String, AppError> {
    let data = format!("inwindow --data {}", quoted(folder));
    let mut text =
        "Two true stories, played through the whole program under a simulated clock: the vendor's mails are \
                    imported, the customers are mailed, the outages are recorded and judged. What is true in them and \
                    what the demo adds is told in schedules/demo/README.md."
            .to_owned();
    text = wrapped(&text, "", "");
    for story in &report.stories {
        text.push_str(&story_text(story, &data, &zones.get(&story.zone)?));
    }
    let mails: usize = report.mails.iter().map(|(_, count)| count).sum();
    let stages: Vec<String> = report.mails.iter().map(|(stage, count)| format!("{count} {stage}")).collect();
    let where_to =
        format!("{mails} mails are in {folder}/mail/new ({}). Nothing left this machine.", stages.join(", "));
    text.push_str(&format!("\n{}\n", wrapped(&where_to, "", "")));
    text.push_str("Try next (in a checkout, `cargo run -q --release --` stands for `inwindow`):\n\n");
    for (command, shows) in TRY {
        text.push_str(&format!("  {data} {command}\n      {shows}\n"));
    }
    Ok(text)
}

/// What to try next, and what it shows. Each works in the folder as the demo leaves it.
const TRY: [(&str, &str); 5] = [
    ("check plus-01 --at 2017-03-25T19:00:00Z", "the first verdict with its ground; add -o json for programs"),
    ("show DCA-2017-031", "the maintenance: its windows, what each notice said, and every mail because of it"),
    ("list outages", "the recorded outages with their stored verdicts; `show` takes their ids"),
    ("audit --now 2017-03-24T09:00:00Z", "what an audit finds two days before the work"),
    ("list messages --customer prairie-radio", "one customer's mails; `preview` writes one out as it went"),
];

fn story_text(story: &StoryReport, data: &str, zone: &Zone) -> String {
    let mut text = format!("\n{}. {}\n\n{}\n", story.id, story.title, wrapped(&story.told, "  ", "  "));
    let mut day = String::new();
    for step in &story.steps {
        let local = zone.local(step.at);
        let today = local.format("%A %-d %B %Y").to_string();
        if today != day {
            text.push_str(&format!("  {today}\n"));
            day = today;
        }
        let head = format!("    {} {:<5} {:<7}", local.format("%H:%M"), zone.abbreviation_at(step.at), step.event);
        text.push_str(&wrapped(&step.what, &head, &" ".repeat(head.chars().count())));
    }
    if let Some(refused) = &story.refused {
        text.push_str(&refused_text(refused, data));
    }
    text.push_str("\n  Was it in-window?\n\n");
    text.extend(verdict_table(story).lines().map(|line| format!("    {line}\n")));
    text.push('\n');
    for row in &story.rows {
        text.push_str(&wrapped(&in_words(&row.verdict), "    - ", "      "));
    }
    text
}

fn refused_text(refused: &Refused, data: &str) -> String {
    let [changed, unchanged, utc] = &refused.clocks;
    let (since, elapsed) = (&refused.since, shown_length(TimeDelta::seconds(refused.elapsed_seconds)));
    let meant = format!(
        "So {changed} = {unchanged} = {utc}, and from {since} to the word at {changed} it was {elapsed}, whatever the \
         wall clocks said."
    );
    format!(
        "\n  “3:31 (time changed so it was actually 2:31)”, the story says. But no clock there showed 02:31:\n\n\
         \x20   $ {data} check {} --at '{}'\n{}{}\n{}",
        refused.asset,
        refused.typed,
        wrapped(&format!("inwindow: {}", refused.error), "    ", "    "),
        wrapped(&format!("help: {}", refused.help), "    ", "    "),
        wrapped(&meant, "  ", "  ")
    )
}

fn verdict_table(story: &StoryReport) -> String {
    let mut rows = Rows::new(&["asked", "answer", "kind", "offset", "beside it"]);
    let asked = story.rows.iter().map(|row| row.what.chars().count()).max().unwrap_or_default();
    let width = WIDTH.saturating_sub(TABLE_WIDTH + asked);
    for row in &story.rows {
        let verdict = &row.verdict;
        let cells = vec![
            cell(&row.what),
            cell(verdict.answer),
            cell(verdict.kind),
            cell(verdict.offset_seconds.map_or_else(|| "-".to_owned(), signed)),
            cell_of_lines(&beside(verdict, width)),
        ];
        rows.push(cells, serde_json::Value::Null);
    }
    rows.table()
}

/// Flags in lines of at most `width` columns, the impact the window meant, and the group.
fn beside(verdict: &Verdict, width: usize) -> Vec<String> {
    let flags: Vec<&str> = verdict.flags.iter().map(|flag| flag.as_str()).collect();
    let mut lines = lines_of(&flags.join(", "), width);
    lines.extend(verdict.impact.expected.map(|expected| format!("expected {expected}")));
    lines.extend((!verdict.group.is_empty()).then(|| group_text(&verdict.group)));
    lines
}

/// The ground in short: where there is a window, how the outage lies to it and what is most particular; where there is
/// none, all of it, since that is the proof.
fn in_words(verdict: &Verdict) -> String {
    match (&verdict.window, verdict.why.as_slice()) {
        (Some(_), [first, .., last]) => format!("{first} {last}"),
        (_, why) => why.join(" "),
    }
}

/// `−4 h`, `+12 min`, `0 s`.
fn signed(seconds: i64) -> String {
    let sign = match seconds.signum() {
        -1 => "−",
        0 => "",
        _ => "+",
    };
    format!("{sign}{}", shown_length(TimeDelta::seconds(seconds.abs())))
}

/// Text in lines of at most [`WIDTH`] columns, the first after `first`, the others after `other`.
fn wrapped(text: &str, first: &str, other: &str) -> String {
    let lines = lines_of(text, WIDTH - other.chars().count());
    let mut wrapped = String::new();
    for (number, line) in lines.iter().enumerate() {
        let _ = writeln!(wrapped, "{}{line}", if number == 0 { first } else { other });
    }
    wrapped
}

/// Words in lines of at most `width` characters; a longer word stands alone.
fn lines_of(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A path as a shell takes it.
fn quoted(path: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./+,:@%".contains(c);
    if !path.is_empty() && path.chars().all(plain) {
        path.to_owned()
    } else {
        format!("'{}'", path.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_no_longer_than_asked_but_for_a_long_word() {
        assert_eq!(lines_of("one two three", 7), ["one two", "three"]);
        assert_eq!(lines_of("one incomprehensible two", 7), ["one", "incomprehensible", "two"]);
        assert_eq!(lines_of("", 7), [""; 0]);
    }

    #[test]
    fn a_path_is_quoted_for_the_shell_where_it_must_be() {
        assert_eq!(quoted("inwindow-demo"), "inwindow-demo");
        assert_eq!(quoted("my demo"), "'my demo'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
