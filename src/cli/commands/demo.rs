//! `inwindow demo`.

use anyhow::Result;

use super::audit::report_text;
use crate::app::{DemoReport, play, prepare};
use crate::cli::args::DemoArgs;
use crate::cli::table::{Rows, cell, either, instant, names};
use crate::cli::{Desk, Done, settings_of};
use crate::time::Zone;
use crate::verdict::{group_text, length};

pub(crate) fn run(desk: &Desk, args: &DemoArgs) -> Result<Done> {
    prepare(&args.dir)?;
    let report = play(settings_of(&args.dir)?)?;
    let text = text(&report, &args.dir.display().to_string());
    verdict_rows(&report).print_report(desk.output, &serde_json::to_value(&report)?, &text)?;
    Ok(Done::Yes)
}

fn text(report: &DemoReport, folder: &str) -> String {
    let utc = Zone::utc();
    let mut text = "Two true stories, under a simulated clock (times in UTC):\n\n".to_owned();
    for step in &report.steps {
        text.push_str(&format!("  {}  {}\n", step.at.format("%Y-%m-%d %H:%M"), step.what));
    }
    text.push_str("\nWhat the audit had said before the window, on 24 March 2017:\n\n");
    text.push_str(&indented(&report_text(&report.audit, &utc)));
    text.push_str("\nWhat the checklist said while tix1 was down, on 27 May 2014:\n\n");
    let overdue: String = report_text(&report.checklist, &utc)
        .lines()
        .filter(|line| line.starts_with("overdue"))
        .map(|l| format!("{l}\n"))
        .collect();
    text.push_str(&indented(&overdue));
    text.push_str("\nWas it in-window?\n\n");
    text.push_str(&indented(&verdict_rows(report).table()));
    text.push_str(&format!(
        "\n{} mails are in {folder}/mail/new. Try next:\n\n\
         \x20 inwindow --data {folder} check plus-01 --at 2017-03-25T19:00:00Z\n\
         \x20 inwindow --data {folder} show DCA-2017-031\n\
         \x20 inwindow --data {folder} list outages\n\
         \x20 inwindow --data {folder} check plus-02 --at '2017-03-26T02:31[Europe/Amsterdam]'\n",
        report.mails
    ));
    text
}

fn verdict_rows(report: &DemoReport) -> Rows {
    let utc = Zone::utc();
    let mut rows = Rows::new(&["story", "what", "start", "answer", "kind", "offset", "flags and group"]);
    for row in &report.rows {
        let verdict = &row.verdict;
        let offset = verdict.offset_seconds.map_or_else(String::new, |offset| {
            let sign = match offset.signum() {
                -1 => "−",
                0 => "",
                _ => "+",
            };
            format!("{sign}{}", length(chrono::TimeDelta::seconds(offset.abs())))
        });
        let mut around: Vec<String> = verdict.flags.iter().map(ToString::to_string).collect();
        if !verdict.group.is_empty() {
            around.push(group_text(&verdict.group));
        }
        let cells = vec![
            cell(&row.story),
            cell(&row.what),
            instant(verdict.outage.start(), &utc),
            cell(verdict.answer),
            cell(verdict.kind),
            either(offset, verdict.offset_seconds.map(|offset| offset.to_string()).unwrap_or_default()),
            names(&around),
        ];
        rows.push(cells, serde_json::to_value(row).unwrap_or_default());
    }
    rows
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}\n")).collect()
}
