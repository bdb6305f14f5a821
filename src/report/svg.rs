//! A timeline as SVG that stands inside a page: no script, no font and no picture from elsewhere.

use std::fmt::Write as _;

use super::html::escaped;
use super::timeline::{Bar, Lane, Shade, Timeline};

/// Width of the drawing.
const WIDTH: i64 = 1000;

/// Where the axis begins: what stands before it are the labels.
const LEFT: i64 = 210;

/// Height of a lane.
const LANE: i64 = 30;

/// Height above the lanes: two rows of ticks and the day.
const TOP: i64 = 52;

/// Longest label, in characters: what fits before the axis.
const LABEL: usize = 29;

/// The timeline as an `svg` element.
#[must_use]
pub fn svg(timeline: &Timeline) -> String {
    let bottom = TOP + LANE * i64::try_from(timeline.lanes.len()).unwrap_or(0);
    let height = bottom + 46;
    let mut text = format!(
        "<svg class=\"timeline\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" xmlns=\"http://www.w3.org/2000/svg\" \
         font-family=\"system-ui, sans-serif\" font-size=\"12\"><title>Windows against outages</title>\n"
    );
    ticks(timeline, bottom, &mut text);
    for (number, lane) in (0..).zip(&timeline.lanes) {
        draw_lane(timeline, lane, TOP + LANE * number, &mut text);
    }
    changes(timeline, bottom, &mut text);
    legend(timeline, bottom + 34, &mut text);
    text.push_str("</svg>\n");
    text
}

fn x(timeline: &Timeline, at: chrono::DateTime<chrono::Utc>) -> i64 {
    LEFT + timeline.place(at, WIDTH - LEFT - 10)
}

fn ticks(timeline: &Timeline, bottom: i64, text: &mut String) {
    let zone = &timeline.clocks.zone;
    let label = |y: i64, name: &str| {
        format!("<text x=\"0\" y=\"{y}\" fill=\"#57606a\" font-weight=\"600\">{}</text>\n", escaped(name))
    };
    text.push_str(&label(30, zone.name()));
    text.push_str(&label(45, "UTC"));
    let mut day = String::new();
    for tick in timeline.ticks(11) {
        let (at, local) = (x(timeline, tick), zone.local(tick));
        let _ = write!(
            text,
            "<line x1=\"{at}\" y1=\"{TOP}\" x2=\"{at}\" y2=\"{bottom}\" stroke=\"#d8dee4\"/>\
             <text x=\"{at}\" y=\"30\" text-anchor=\"middle\" fill=\"#1f2328\">{}</text>\
             <text x=\"{at}\" y=\"45\" text-anchor=\"middle\" fill=\"#8c959f\">{}</text>",
            local.format("%H:%M"),
            tick.format("%H:%M")
        );
        let today = local.format("%a %-d %b").to_string();
        if today != day {
            let _ = write!(text, "<text x=\"{at}\" y=\"13\" text-anchor=\"middle\" font-weight=\"600\">{today}</text>");
            day = today;
        }
        text.push('\n');
    }
}

fn draw_lane(timeline: &Timeline, lane: &Lane, y: i64, text: &mut String) {
    let mut label: String = lane.label.chars().take(LABEL).collect();
    if lane.label.chars().count() > LABEL {
        label.pop();
        label.push('…');
    }
    let right = WIDTH - 10;
    let _ = writeln!(
        text,
        "<line x1=\"0\" y1=\"{y}\" x2=\"{right}\" y2=\"{y}\" stroke=\"#eaeef2\"/>\
         <text x=\"0\" y=\"{}\" fill=\"#1f2328\">{}</text>",
        y + 19,
        escaped(&label)
    );
    for bar in lane.bars.iter().filter(|bar| bar.interval.overlaps(&timeline.span)) {
        draw_bar(timeline, bar, y + 6, text);
    }
    for mark in lane.marks.iter().filter(|mark| timeline.span.contains(mark.at)) {
        let (at, middle) = (x(timeline, mark.at), y + 15);
        let _ = writeln!(
            text,
            "<path d=\"M{at} {} l6 6 l-6 6 l-6 -6 z\" fill=\"#6639ba\" stroke=\"#fff\"><title>{}</title></path>",
            middle - 6,
            escaped(&mark.title)
        );
    }
}

fn draw_bar(timeline: &Timeline, bar: &Bar, y: i64, text: &mut String) {
    let (from, to) = (x(timeline, bar.interval.start()), x(timeline, bar.interval.end()));
    let (fill, stroke) = colours(bar.shade);
    let _ = writeln!(
        text,
        "<rect x=\"{from}\" y=\"{y}\" width=\"{}\" height=\"18\" rx=\"3\" fill=\"{fill}\" stroke=\"{stroke}\"{}>\
         <title>{}</title></rect>",
        (to - from).max(3),
        if bar.shade == Shade::WindowInDoubt { " stroke-dasharray=\"4 3\"" } else { "" },
        escaped(&bar.title)
    );
}

fn colours(shade: Shade) -> (&'static str, &'static str) {
    match shade {
        Shade::Window => ("#b6d7ff", "#4b8fe2"),
        Shade::WindowInDoubt => ("#f6f8fa", "#8c959f"),
        Shade::Outage | Shade::Unexcused => ("#cf222e", "#a40e26"),
        Shade::OtherOutage => ("#f5a8a3", "#d1706a"),
        Shade::Excused => ("#4ac26b", "#2da44e"),
        Shade::Counted => ("#f0b429", "#bf8700"),
        Shade::Outside => ("#82071e", "#660018"),
        Shade::Unclear => ("#afb8c1", "#6e7781"),
    }
}

fn changes(timeline: &Timeline, bottom: i64, text: &mut String) {
    for change in timeline.clocks.changes(timeline.span) {
        let at = x(timeline, change.at);
        let anchor = if at > WIDTH / 2 + LEFT / 2 { "end" } else { "start" };
        let beside = if anchor == "end" { at - 5 } else { at + 5 };
        let _ = writeln!(
            text,
            "<line x1=\"{at}\" y1=\"{}\" x2=\"{at}\" y2=\"{}\" stroke=\"#bf3989\" stroke-width=\"1.5\" \
             stroke-dasharray=\"5 3\"/><text x=\"{beside}\" y=\"{}\" text-anchor=\"{anchor}\" fill=\"#99286e\">{}</text>",
            TOP - 4,
            bottom + 14,
            bottom + 13,
            escaped(&timeline.clocks.change_text(&change))
        );
    }
}

fn legend(timeline: &Timeline, y: i64, text: &mut String) {
    let words = [
        (Shade::Window, "window"),
        (Shade::WindowInDoubt, "window that does not count"),
        (Shade::Outage, "this outage"),
        (Shade::OtherOutage, "other outage"),
        (Shade::Excused, "excused"),
        (Shade::Counted, "in a window, not excused"),
        (Shade::Unexcused, "not excused"),
        (Shade::Outside, "in no window"),
        (Shade::Unclear, "cannot be said"),
    ];
    let mut at = LEFT;
    for (shade, word) in words {
        if !timeline.lanes.iter().flat_map(|lane| &lane.bars).any(|bar| bar.shade == shade) {
            continue;
        }
        let (fill, stroke) = colours(shade);
        let _ = writeln!(
            text,
            "<rect x=\"{at}\" y=\"{}\" width=\"12\" height=\"12\" rx=\"2\" fill=\"{fill}\" stroke=\"{stroke}\"/>\
             <text x=\"{}\" y=\"{y}\" fill=\"#57606a\">{word}</text>",
            y - 10,
            at + 17
        );
        at += 17 + 7 * i64::try_from(word.chars().count()).unwrap_or(0) + 14;
    }
}
