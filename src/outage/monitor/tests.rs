//! What the mappings that ship make of what monitors write.

use super::{BadMapping, Mapping, NoRows, What};

const CSV: &str = include_str!("../../../schedules/monitors/csv.toml");
const ALERTMANAGER: &str = include_str!("../../../schedules/monitors/alertmanager.toml");
const UPTIME_KUMA: &str = include_str!("../../../schedules/monitors/uptime-kuma.toml");
const NAGIOS: &str = include_str!("../../../schedules/monitors/nagios.toml");
const ICINGA: &str = include_str!("../../../schedules/monitors/icinga.toml");
const HEALTHCHECKS: &str = include_str!("../../../schedules/monitors/healthchecks.toml");

/// Each row as `line source: assets what`, or what is wrong with it.
#[track_caller]
fn check(mapping: &str, text: &str, expected: &[&str]) {
    let read = Mapping::read(mapping).expect("a mapping").events(text).expect("rows");
    let told: Vec<String> = read
        .rows
        .into_iter()
        .map(|row| match row.says {
            Err(why) => format!("{} wrong: {why}", row.line),
            Ok(None) => format!("{} left out", row.line),
            Ok(Some(event)) => {
                let what = match event.what {
                    What::Began { start } => format!("began {start}"),
                    What::Lasted { start, end } => format!("lasted {start} to {}", end.unwrap_or_default()),
                    What::Over { at } => format!("over {at}"),
                };
                format!("{} {}: {} {what}", row.line, event.source, event.assets.join("|"))
            }
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn a_table_is_outages_from_start_to_end() {
    check(
        CSV,
        "\u{feff}asset,from,to,source\nweb-1,2026-03-01T10:00:00Z,2026-03-01T11:00:00Z,\nweb-2; web-3,2026-03-01T10:00:00Z,,noc\n,2026-03-01T10:00:00Z,,\nweb-1,,,\n",
        &[
            "2 import: web-1 lasted 2026-03-01T10:00:00Z to 2026-03-01T11:00:00Z",
            "3 noc: web-2; web-3 lasted 2026-03-01T10:00:00Z to ",
            "4 wrong: it does not say what is down",
            "5 wrong: it does not say when",
        ],
    );
}

#[test]
fn the_end_of_a_firing_alert_is_no_fact() {
    let alert = |status: &str| {
        format!(
            r#"{{"status":"{status}","labels":{{"alertname":"HostDown","instance":"web-1:9100"}},"annotations":{{}},
               "startsAt":"2026-03-01T10:00:00Z","endsAt":"2026-03-01T10:05:00Z","fingerprint":"c0ffee"}}"#
        )
    };
    let webhook = |alerts: &[String], truncated: u32, version: &str| {
        let alerts = alerts.join(",");
        format!(r#"{{"version":"{version}","status":"firing","truncatedAlerts":{truncated},"alerts":[{alerts}]}}"#)
    };
    check(
        ALERTMANAGER,
        &webhook(&[alert("firing"), alert("resolved"), alert("suppressed")], 0, "4"),
        &[
            "1 alertmanager c0ffee 2026-03-01T10:00:00Z: web-1:9100 began 2026-03-01T10:00:00Z",
            "2 alertmanager c0ffee 2026-03-01T10:00:00Z: web-1:9100 lasted 2026-03-01T10:00:00Z to 2026-03-01T10:05:00Z",
            "3 left out",
        ],
    );
    let mapping = Mapping::read(ALERTMANAGER).expect("a mapping");
    let left_out = |truncated| mapping.events(&webhook(&[], truncated, "4")).expect("rows").left_out;
    assert_eq!((left_out(0), left_out(7)), (None, Some("7".to_owned())));
    let version = NoRows::Version { found: "5".to_owned(), read: "4".to_owned() };
    assert_eq!(mapping.events(&webhook(&[], 0, "5")), Err(version));
    assert_eq!(mapping.events("{}"), Err(NoRows::NoList("alerts".to_owned())));
    assert!(matches!(mapping.events("<html>"), Err(NoRows::Json(_))));
}

#[test]
fn other_monitors_tell_when_something_goes_down_and_when_it_is_up() {
    let kuma = |status: u32, time: &str| {
        format!(
            r#"{{"heartbeat":{{"monitorID":7,"status":{status},"time":"{time}","msg":"x"}},"monitor":{{"name":"web-1"}}}}"#
        )
    };
    check(UPTIME_KUMA, &kuma(0, "2026-03-01 10:00:00.123"), &["1 uptime-kuma 7: web-1 began 2026-03-01 10:00:00.123"]);
    check(UPTIME_KUMA, &kuma(1, "2026-03-01 11:00:00"), &["1 uptime-kuma 7: web-1 over 2026-03-01 11:00:00"]);
    check(UPTIME_KUMA, &kuma(2, "2026-03-01 11:00:00"), &["1 left out"]);
    check(
        NAGIOS,
        "[1772359200] HOST ALERT: web-1;DOWN;SOFT;1;timed out\n[1772359260] HOST ALERT: web-1;DOWN;HARD;3;timed out\n\
         [1772359270] SERVICE ALERT: web-1;http;CRITICAL;HARD;3;x\n[1772362800] HOST ALERT: web-1;UP;HARD;1;ok\n",
        &["1 left out", "2 nagios web-1: web-1 began 1772359260", "4 nagios web-1: web-1 over 1772362800"],
    );
    check(
        ICINGA,
        "{\"host\":\"web-1\",\"state\":1.0,\"state_type\":1.0,\"timestamp\":1772359260.5}\n\
         {\"host\":\"web-1\",\"service\":\"http\",\"state\":2.0,\"state_type\":1.0,\"timestamp\":1772359261.5}\n{\n",
        &[
            "1 icinga web-1: web-1 began 1772359260.5",
            "2 left out",
            "3 wrong: no JSON: EOF while parsing an object at line 1 column 1",
        ],
    );
    check(
        HEALTHCHECKS,
        r#"{"code":"a1","name":"web-1","status":"up","at":"2026-03-01T10:00:00+00:00"}"#,
        &["1 healthchecks a1: web-1 over 2026-03-01T10:00:00+00:00"],
    );
}

#[test]
fn a_mapping_that_cannot_work_is_refused() {
    let read = |more: &str| Mapping::read(&format!("name='x'\nasset=['{{a}}']\nstart=['{{s}}']\n{more}")).map(|_| ());
    assert_eq!(read("format='csv'"), Ok(()));
    assert_eq!(read("format='lines'"), Err(BadMapping::PatternAlone));
    assert_eq!(read("format='csv'\npattern='x'"), Err(BadMapping::PatternAlone));
    assert_eq!(read("format='csv'\nstate=['{t}']"), Err(BadMapping::NoStates));
    assert_eq!(read("format='csv'\nstate=['{t}']\ndown=['0']\nup=['1']"), Err(BadMapping::NoStates));
    assert!(matches!(read("format='lines'\npattern='('"), Err(BadMapping::Pattern(_))));
    assert!(matches!(read("format='csv'\nasets=1"), Err(BadMapping::Toml(_))));
}
