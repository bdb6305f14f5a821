//! Messages as rows, printed page by page as they are read.

use anyhow::Result;

use crate::app::MessagePages;
use crate::cli::args::Output;
use crate::cli::table::{Cell, Rows, cell, instant, maybe};
use crate::plan::Message;
use crate::time::Zone;

/// What a list came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listed {
    pub(super) shown: usize,
    /// Beyond the limit.
    pub(super) left_out: usize,
}

/// Rows for messages.
pub(super) fn headed() -> Rows {
    Rows::new(&["id", "due", "stage", "to", "customer", "state", "reason"])
}

/// A message as a row.
pub(super) fn cells(message: &Message, zone: &Zone) -> Vec<Cell> {
    vec![
        cell(&message.id),
        instant(message.due_at, zone),
        cell(message.key.stage),
        cell(&message.to.email),
        maybe(message.to.customer.as_ref()),
        cell(message.state),
        cell(&message.reason),
    ]
}

/// Prints at most `limit` messages; for people, `nothing` when there is none.
pub(super) fn print(
    mut pages: MessagePages<'_>,
    limit: usize,
    output: Output,
    zone: &Zone,
    nothing: &str,
) -> Result<Listed> {
    let (mut rows, mut listed) = (headed(), Listed::default());
    while listed.left_out == 0
        && let Some(page) = pages.next()
    {
        let page = page?;
        let fitting = page.len().min(limit - listed.shown);
        for message in &page[..fitting] {
            rows.push(cells(message, zone), serde_json::to_value(message)?);
        }
        rows.print_so_far(output)?;
        listed.shown += fitting;
        listed.left_out += page.len() - fitting;
    }
    rows.print(output, nothing)?;
    listed.left_out += pages.count_rest()?;
    Ok(listed)
}
