//! A timeline in characters, for a terminal and for Markdown.

use super::timeline::{Lane, Shade, Timeline};

/// Columns of the axis: with the labels it fits beside another window.
const WIDTH: usize = 72;

/// Most ticks: what the columns hold with their labels.
const TICKS: i64 = 8;

/// Longest label shown, in characters.
const LABEL: usize = 29;

/// The timeline in lines, the axis by the wall clock above and UTC below.
#[must_use]
pub fn strip(timeline: &Timeline) -> String {
    let changes = timeline.clocks.changes(timeline.span);
    let columns: Vec<usize> = changes.iter().map(|change| column(timeline, change.at)).collect();
    let mut text = String::new();
    let zone = timeline.clocks.zone.clone();
    text.push_str(&axis(timeline, zone.name(), |at| timeline.tick_label(zone.local(at), TICKS)));
    for lane in &timeline.lanes {
        let mut cells = vec![' '; WIDTH];
        for column in &columns {
            cells[*column] = '¦';
        }
        fill(timeline, lane, &mut cells);
        text.push_str(&line(&lane.label, &cells));
    }
    text.push_str(&axis(timeline, "UTC", |at| at.format("%H:%M").to_string()));
    for change in &changes {
        text.push_str(&format!("¦ {}\n", timeline.clocks.change_text(change)));
    }
    text.push_str(&legend(timeline));
    text
}

fn column(timeline: &Timeline, at: chrono::DateTime<chrono::Utc>) -> usize {
    let width = i64::try_from(WIDTH).unwrap_or(i64::MAX);
    usize::try_from(timeline.place(at, width)).unwrap_or(0).min(WIDTH - 1)
}

fn fill(timeline: &Timeline, lane: &Lane, cells: &mut [char]) {
    for bar in &lane.bars {
        if !bar.interval.overlaps(&timeline.span) {
            continue;
        }
        let first = column(timeline, bar.interval.start());
        let last = column(timeline, bar.interval.end()).max(first + 1).min(WIDTH);
        let last = if bar.interval.end() >= timeline.span.end() { WIDTH } else { last };
        cells[first..last].fill(letter(bar.shade));
    }
    for mark in lane.marks.iter().filter(|mark| timeline.span.contains(mark.at)) {
        cells[column(timeline, mark.at)] = '▲';
    }
}

fn letter(shade: Shade) -> char {
    match shade {
        Shade::Window => '░',
        Shade::WindowInDoubt => '·',
        Shade::Outage | Shade::OtherOutage => '█',
        Shade::Excused => '+',
        Shade::Counted | Shade::Unexcused => '!',
        Shade::Outside => 'x',
        Shade::Unclear => '?',
    }
}

fn legend(timeline: &Timeline) -> String {
    let bars = || timeline.lanes.iter().flat_map(|lane| &lane.bars);
    let shown = |shade: Shade| bars().any(|bar| bar.shade == shade);
    let words = [
        (Shade::Window, "window"),
        (Shade::WindowInDoubt, "window that does not count"),
        (Shade::Outage, "outage"),
        (Shade::Excused, "excused"),
        (Shade::Counted, "in a window, not excused"),
        (Shade::Unexcused, "not excused"),
        (Shade::Outside, "in no window"),
        (Shade::Unclear, "cannot be said"),
    ];
    let told: Vec<String> = words
        .iter()
        .filter(|(shade, _)| shown(*shade))
        .map(|(shade, word)| format!("{} {word}", letter(*shade)))
        .collect();
    format!("{}\n", told.join("   "))
}

/// Tick labels, each where its tick is, none over another.
fn axis(timeline: &Timeline, name: &str, show: impl Fn(chrono::DateTime<chrono::Utc>) -> String) -> String {
    let mut cells = vec![' '; WIDTH];
    let mut free = 0;
    for tick in timeline.ticks(TICKS) {
        let (at, label) = (column(timeline, tick), show(tick));
        if at < free || at + label.chars().count() > WIDTH {
            continue;
        }
        for (cell, letter) in cells[at..].iter_mut().zip(label.chars()) {
            *cell = letter;
        }
        free = at + label.chars().count() + 1;
    }
    line(name, &cells)
}

fn line(label: &str, cells: &[char]) -> String {
    let shown: String = label.chars().take(LABEL).collect();
    let text = format!("{shown:<LABEL$} {}", cells.iter().collect::<String>());
    format!("{}\n", text.trim_end())
}
