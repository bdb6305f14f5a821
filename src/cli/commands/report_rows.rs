//! `inwindow report month` and `report vendor`: reports that are rows as well.

use anyhow::Result;
use serde_json::json;

use super::report::{keep, text_of};
use super::{known_vendor, moment, shown_in};
use crate::app::{AppError, MonthWanted};
use crate::cli::args::{ReportFormat, ReportMonthArgs, ReportRowsOut, ReportVendorArgs, RowsFormat};
use crate::cli::table::{Rows, cell, maybe, put};
use crate::cli::{Desk, Done};
use crate::report::{AssetMonth, Page, Percent, Scorecards, SlaMonth};
use crate::time::{Interval, Month};

pub(crate) fn month(desk: &Desk, args: &ReportMonthArgs) -> Result<Done> {
    let app = desk.look()?;
    let month = Month::parse(&args.month).map_err(|bad| AppError::usage(bad.to_string(), bad.help()))?;
    let wanted = MonthWanted {
        customer: args.customer.clone(),
        asset: args.asset.clone(),
        vendor: args.vendor.clone(),
        every: args.all,
    };
    let zone = shown_in(&app.settings, args.zone.as_deref())?;
    let report = app.sla_month(month, &wanted, zone, desk.now())?;
    write(&args.out, &|| report.page(), &serde_json::to_value(&report)?, &month_rows(&report))
}

/// A customer's asset a row; what no customer uses without one.
fn month_rows(report: &SlaMonth) -> Rows {
    let mut rows = Rows::new(&[
        "month",
        "zone",
        "customer",
        "asset",
        "month seconds",
        "down seconds",
        "excused seconds",
        "unexcused seconds",
        "ambiguous seconds",
        "degraded seconds",
        "longest seconds",
        "outages",
        "availability",
        "availability without excused",
        "availability if ambiguous excused",
    ]);
    let number = |percent: Percent| cell(json!(percent));
    let mut push = |customer: &str, told: &AssetMonth| {
        let (seconds, availability) = (&told.seconds, &told.availability);
        let cells = vec![
            cell(&report.month),
            cell(&report.zone),
            cell(customer),
            cell(&told.asset),
            cell(report.seconds),
            cell(seconds.down),
            cell(seconds.excused),
            cell(seconds.unexcused),
            cell(seconds.ambiguous),
            cell(seconds.degraded),
            cell(told.longest_seconds),
            cell(told.outages.len()),
            number(availability.all),
            number(availability.without_excused),
            number(availability.if_ambiguous_excused),
        ];
        rows.push(cells, json!({ "customer": customer, "asset": told }));
    };
    for customer in &report.customers {
        customer.assets.iter().for_each(|told| push(customer.customer.as_str(), told));
    }
    report.unused().into_iter().for_each(|told| push("", told));
    rows
}

pub(crate) fn vendor(desk: &Desk, args: &ReportVendorArgs) -> Result<Done> {
    let app = desk.look()?;
    let now = desk.now();
    let zone = args.zone.as_deref();
    let vendors = args.vendor.as_deref().map(|typed| known_vendor(&app, typed)).transpose()?;
    let typed = |text: &Option<String>| text.as_deref().map(|text| moment(&app.settings, text, zone)).transpose();
    let (from, to) = (typed(&args.from)?, typed(&args.to)?.unwrap_or(now));
    if let Some(from) = from {
        Interval::new(from, to).map_err(AppError::from)?;
    }
    let report = app.scorecards(vendors.as_slice(), (from, to), zone, now)?;
    write(&args.out, &|| report.page(), &serde_json::to_value(&report)?, &vendor_rows(&report))
}

/// A vendor's figure a row.
fn vendor_rows(report: &Scorecards) -> Rows {
    let mut rows = Rows::new(&[
        "vendor",
        "figure",
        "count",
        "of",
        "share",
        "median given seconds",
        "least given seconds",
        "worst margin seconds",
        "median seconds",
        "longest seconds",
        "says",
    ]);
    for card in &report.vendors {
        for figure in &card.figures {
            let seconds = |name: &str| maybe(figure.seconds.get(name));
            let cells = vec![
                cell(&card.vendor),
                cell(figure.name),
                cell(figure.count),
                maybe(figure.of),
                maybe(figure.share.map(|share| json!(share))),
                seconds("median_given"),
                seconds("least_given"),
                seconds("worst_margin"),
                seconds("median"),
                seconds("longest"),
                cell(figure.says),
            ];
            rows.push(cells, json!({ "vendor": card.vendor, "figure": figure }));
        }
    }
    rows
}

/// Writes a report as asked: to the standard output, or to a file.
pub(super) fn write(
    out: &ReportRowsOut,
    page: &dyn Fn() -> Page,
    value: &serde_json::Value,
    rows: &Rows,
) -> Result<Done> {
    let text = match out.format() {
        RowsFormat::Md => text_of((ReportFormat::Md, out.out.as_deref()), page, value)?,
        RowsFormat::Html => text_of((ReportFormat::Html, out.out.as_deref()), page, value)?,
        RowsFormat::Json => text_of((ReportFormat::Json, out.out.as_deref()), page, value)?,
        RowsFormat::Csv => rows.csv(),
    };
    match &out.out {
        Some(path) => keep(path, text.as_bytes())?,
        None => put(text.as_bytes())?,
    }
    Ok(Done::Yes)
}
