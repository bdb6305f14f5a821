//! `inwindow doctor`.

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::{shown_in, told_of_sender, told_of_windows, waiting};
use crate::app::{App, AppError, Refreshing, Settings, Transport, Wanted};
use crate::cli::args::Output;
use crate::cli::table::{Rows, cell, count, print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::mail::{Allow, Allowed, Tls};
use crate::plan::Approval;
use crate::store::{NoticeFilter, ReviewFilter};
use crate::time::{Interval, Zone};

/// How far ahead names that match nothing are looked for: the furthest that maintenance is usually announced.
const AHEAD: TimeDelta = TimeDelta::days(60);

/// What was found out.
#[derive(Default)]
struct Examined {
    /// What is so, by name, in order.
    facts: Vec<(&'static str, String)>,
    /// What is not as it should be, each with what to do.
    wrong: Vec<String>,
}

impl Examined {
    fn fact(&mut self, name: &'static str, value: impl Into<String>) {
        self.facts.push((name, value.into()));
    }

    fn wrong(&mut self, what: impl Into<String>) {
        self.wrong.push(what.into());
    }
}

pub(crate) fn run(desk: &Desk) -> Result<Done> {
    let settings = desk.settings()?;
    let mut examined = Examined::default();
    configured(&settings, desk.now(), &mut examined);
    if let Some(at) = desk.fixed_clock() {
        examined.wrong(format!("INWINDOW_CLOCK is set: the clock stands still at {}", at.format("%Y-%m-%dT%H:%M:%SZ")));
    }
    let zone = shown_in(&settings, None)?;
    let looked = App::look(settings).and_then(|app| app.templates().map(drop).map(|()| app));
    match looked {
        Ok(app) => {
            if let Err(error) = desk.in_step(&app) {
                examined.wrong(error.to_string());
            }
            stored(&app, desk.now(), &zone, &mut examined)?;
        }
        Err(error) => {
            let help = AppError::help(&error).map(|help| format!(": {help}")).unwrap_or_default();
            examined.wrong(format!("{:#}{help}", anyhow::Error::from(error)));
        }
    }
    print(desk.output, &examined)?;
    Ok(if examined.wrong.is_empty() { Done::Yes } else { Done::No })
}

fn print(output: Output, examined: &Examined) -> Result<()> {
    let mut rows = Rows::new(&["what", "value"]);
    let facts = examined.facts.iter().map(|(what, value)| (*what, value));
    for (what, value) in facts.chain(examined.wrong.iter().map(|warning| ("warning", warning))) {
        rows.push(vec![cell(what), cell(value)], json!({ "what": what, "value": value }));
    }
    match output {
        Output::Table => {
            let width = examined.facts.iter().map(|(what, _)| what.len()).max().unwrap_or_default() + 1;
            let facts = examined.facts.iter().map(|(what, value)| format!("{:width$} {value}\n", format!("{what}:")));
            let mut text: String = facts.collect();
            text.extend(examined.wrong.iter().map(|warning| format!("warning: {warning}\n")));
            print_text(&text)
        }
        Output::Json => {
            let facts: serde_json::Map<String, serde_json::Value> =
                examined.facts.iter().map(|(what, value)| (what.replace(' ', "_"), json!(value))).collect();
            print_json(output, &json!({ "facts": facts, "warnings": examined.wrong }))
        }
        Output::Ndjson | Output::Csv => rows.print(output, ""),
    }
}

/// What the files and the environment say.
fn configured(settings: &Settings, now: DateTime<Utc>, examined: &mut Examined) {
    let (config, file) = (&settings.config, settings.folder.join("config.toml"));
    examined.fact("data folder", settings.folder.display().to_string());
    let there = if file.is_file() { "" } else { " (not there: everything has its default)" };
    examined.fact("configuration", format!("{}{there}", file.display()));
    examined.fact("zone rules", settings.zones.version().to_string());
    let profiles: Vec<String> = settings.profiles.vendors().map(ToString::to_string).collect();
    examined.fact("vendor profiles", profiles.join(", "));
    examined.fact("organisation", format!("{} ({})", config.organisation, config.zone));
    examined.fact("mail comes from", config.from.email.clone());
    examined.fact("mail goes", where_to(settings));
    let approval = match config.policy.approval {
        Approval::On => "on: nothing is sent before a person approves it",
        Approval::Off => "off: messages go when they are due",
    };
    examined.fact("approval", approval);
    if config.is_nobody() {
        examined.wrong("nobody is named as the sender of mails: set from = \"…\" under [mail] in config.toml");
    }
    if let Transport::Smtp(smtp) = &config.transport
        && smtp.user.is_some()
        && smtp.password_file.is_none()
        && settings.surroundings.smtp_password.is_none()
    {
        examined.wrong("mail.user is set and there is no password: set mail.password_file or INWINDOW_SMTP_PASSWORD");
    }
    examined.wrong.extend(old_rules(settings, now));
}

fn where_to(settings: &Settings) -> String {
    let mut text = match &settings.config.transport {
        Transport::Maildir(folder) => format!("into the maildir {}", folder.display()),
        Transport::Smtp(smtp) => format!("to the relay {}:{} ({})", smtp.host, smtp.port, secured(smtp.tls)),
    };
    if let Some(instead) = &settings.config.mail.redirect_to {
        text.push_str(&format!(", all of it to {instead}"));
    }
    match &settings.config.mail.allow {
        Allow::Everyone => {}
        Allow::Only(allowed) => {
            let allowed: Vec<String> = allowed.iter().map(allowed_text).collect();
            text.push_str(&format!(
                ", only to {}",
                if allowed.is_empty() { "nobody".to_owned() } else { allowed.join(", ") }
            ));
        }
    }
    text
}

fn secured(tls: Tls) -> &'static str {
    match tls {
        Tls::None => "in clear",
        Tls::StartTls => "by STARTTLS",
        Tls::Implicit => "by TLS",
    }
}

fn allowed_text(allowed: &Allowed) -> String {
    match allowed {
        Allowed::Address(address) => address.to_string(),
        Allowed::Domain(domain) => format!("@{domain}"),
    }
}

/// What the store says.
fn stored(app: &App, now: DateTime<Utc>, zone: &Zone, examined: &mut Examined) -> Result<(), AppError> {
    examined.fact("store", app.settings.store_place()?.to_string());
    inventory(app, now, examined)?;
    let newest = app.store.notices(&NoticeFilter { limit: Some(1), ..NoticeFilter::default() })?;
    examined.fact(
        "newest notice",
        match newest.first() {
            Some(notice) => format!("{}, received {}", notice.id, wall(notice.received.at, zone)),
            None => "none: `inwindow import PATH` reads them".to_owned(),
        },
    );
    for source in app.sources_seen(now)? {
        let until = source.state.as_ref().and_then(|state| state.complete_at);
        let until = until.map_or("never read to its end".to_owned(), |at| {
            format!("everything received before {}", at.format("%F %H:%MZ"))
        });
        examined.fact("source", format!("{} ({}), {until}", source.config.name, source.config.place()));
        examined.wrong.extend(source.wrong());
    }
    let waits = app.store.review(ReviewFilter::Open)?.len();
    if waits > 0 {
        examined.wrong(format!("{} in review: `inwindow review list`", count(waits, "notice")));
    }
    for claim in app.open_claims(now)? {
        let outage = claim.outage.as_ref().map(ToString::to_string).unwrap_or_default();
        let told = claim.sentence(&|at| wall(at, zone));
        examined.wrong(format!("{told}: `inwindow outage claim {outage}`"));
    }
    clock_changes(app, now, examined)?;
    let outbox = app.outbox(now)?;
    examined.fact(
        "outbox",
        format!(
            "{} planned, {} awaiting approval, {} held, {} failed",
            outbox.planned, outbox.awaiting, outbox.held, outbox.failed
        ),
    );
    if outbox.awaiting_due > 0 {
        let waits = waiting(outbox.awaiting_due);
        examined.wrong(format!("{waits} for approval and should go now: `inwindow outbox list`"));
    }
    if outbox.due > 0 {
        examined.wrong(format!("{} to be sent now: `inwindow send`", waiting(outbox.due)));
    }
    if outbox.failed > 0 {
        examined.wrong(format!(
            "{} failed: `inwindow outbox list --all`, `inwindow outbox retry ID`",
            count(outbox.failed, "message")
        ));
    }
    examined.wrong.extend(told_of_sender(&outbox, &app.settings.config.from.email));
    Ok(())
}

/// Windows ahead that were resolved by other zone rules than those in use.
fn clock_changes(app: &App, now: DateTime<Utc>, examined: &mut Examined) -> Result<(), AppError> {
    let report = app.windows_to_refresh(now)?;
    let rules = &report.rules;
    if report.same > 0 {
        let windows = count(report.same, "window");
        examined
            .fact("resolved before", format!("{windows} ahead by other zone rules than {rules}, which mean the same"));
    }
    let drifted = report.count(Refreshing::Drifted);
    if drifted > 0 {
        let windows = count(drifted, "window");
        let (mean, were) = if drifted == 1 { ("means", "it was") } else { ("mean", "they were") };
        examined.wrong(format!(
            "{windows} ahead {mean} other times by the zone rules in use, {rules}, than when {were} read: `inwindow tz \
             refresh`"
        ));
    }
    let newer = report.count(Refreshing::OlderRules);
    if newer > 0 {
        let (windows, were) = (count(newer, "window"), if newer == 1 { "was" } else { "were" });
        examined.wrong(format!(
            "{windows} ahead {were} resolved by newer zone rules than those in use, {rules}: update them, or set TZDIR to a \
             newer folder; `inwindow tz refresh` names the windows"
        ));
    }
    let left = report.count(Refreshing::NotKept) + report.count(Refreshing::Unreadable);
    if left > 0 {
        let windows = count(left, "window");
        examined
            .wrong(format!("{windows} ahead cannot be read by the zone rules in use, {rules}: `inwindow tz refresh`"));
    }
    Ok(())
}

fn inventory(app: &App, now: DateTime<Utc>, examined: &mut Examined) -> Result<(), AppError> {
    let Some(version) = app.store.inventory_latest()? else {
        examined.wrong("no inventory was applied, so nobody can be told anything: `inwindow apply DIR`");
        return Ok(());
    };
    let (assets, customers) = (version.inventory.assets.len(), version.inventory.customers.len());
    let holds = format!("{}, {}", count(assets, "asset"), count(customers, "customer"));
    examined.fact("inventory", format!("version {}: {holds}", version.version));
    let coverage = app.store.coverage()?;
    for vendor in version.inventory.vendors.keys() {
        match coverage.iter().filter(|source| source.is_of(vendor)).map(|source| source.complete_until).max() {
            None => examined.wrong(format!(
                "no source of {vendor}'s notices is known to be complete, so absence proves nothing: describe its mailbox as \
                 a [[source]] in config.toml, or `inwindow import PATH --complete-until T --vendor {vendor}`"
            )),
            Some(until) => {
                examined.fact("read", format!("{vendor}, everything received before {}", until.format("%F %H:%MZ")));
            }
        }
    }
    for broken in app.broken_windows()? {
        examined.wrong(told_of_windows(&broken));
    }
    let span = Some(Interval::new(now, now + AHEAD)?);
    for row in app.windows(&Wanted { span, limit: usize::MAX, ..Wanted::default() })? {
        for name in row.unmatched {
            examined.wrong(format!(
                "{} {} names `{name}`, which matches nothing in the inventory, so no customer is told about it: \
                 add an asset or an alias, and apply again",
                row.vendor, row.reference
            ));
        }
    }
    Ok(())
}

/// Zone rules more than a year old: governments change their clocks at short notice.
fn old_rules(settings: &Settings, now: DateTime<Utc>) -> Option<String> {
    let version = settings.zones.version();
    version
        .is_older_than_a_year(now)
        .then(|| format!("the zone rules are {version}: set TZDIR to a newer folder, or update"))
}
