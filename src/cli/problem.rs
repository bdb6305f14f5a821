//! A failure as the user sees it: what was wrong, where, and what to do. Colours go to a terminal alone, and not where
//! `NO_COLOR` is set.

use std::process::ExitCode;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use anstream::{eprint, eprintln};

use crate::app::{AppError, Fault};
use crate::written::{Problem, SourceFile};

/// Most mistakes of a file shown at once: a screenful.
const MAX_SHOWN: usize = 10;

/// Prints the chain of causes once, then `help:` when there is something to do, and gives the exit status.
#[allow(clippy::print_stderr, reason = "failures go to the standard error")]
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    let app = error.chain().find_map(|cause| cause.downcast_ref::<AppError>());
    if let Some(AppError::Wrong { .. }) = app {
        if let Some(wrong) = app {
            report_files(wrong);
        }
        return ExitCode::from(2);
    }
    let mut text = String::new();
    let mut last = String::new();
    for cause in error.chain().map(ToString::to_string) {
        // A transparent error says what its cause says: once is enough.
        if cause != last {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&cause);
        }
        last = cause;
    }
    eprintln!("inwindow: {text}");
    if let Some(help) = app.and_then(AppError::help) {
        eprintln!("help: {help}");
    }
    match app.map(AppError::fault) {
        Some(Fault::Usage) => ExitCode::from(2),
        Some(Fault::World) | None => ExitCode::from(4),
    }
}

/// Shows each line meant, with what is wrong underlined.
fn report_files(error: &AppError) {
    let AppError::Wrong { files, problems } = error else { return };
    for problem in problems.iter().take(MAX_SHOWN) {
        if let Some(file) = files.iter().find(|file| file.name == problem.file) {
            show(Level::ERROR, file, problem);
        }
    }
    told_of_more(problems.len());
}

/// Shows what is allowed in a file and may not be meant.
pub(crate) fn warn(file: &SourceFile, warnings: &[Problem]) {
    warnings.iter().take(MAX_SHOWN).for_each(|warning| show(Level::WARNING, file, warning));
    told_of_more(warnings.len());
}

#[allow(clippy::print_stderr, reason = "failures and warnings go to the standard error")]
fn show(level: Level<'_>, file: &SourceFile, problem: &Problem) {
    let length = file.text.len();
    let span = problem.span.start.min(length)..problem.span.end.clamp(problem.span.start.min(length), length);
    let snippet =
        Snippet::source(file.text.as_str()).path(problem.file.as_str()).annotation(AnnotationKind::Primary.span(span));
    let mut group = level.primary_title(problem.message.as_str()).element(snippet);
    if let Some(help) = &problem.help {
        group = group.element(Level::HELP.message(help.as_str()));
    }
    eprint!("{}\n\n", Renderer::styled().render(&[group]));
}

#[allow(clippy::print_stderr, reason = "failures and warnings go to the standard error")]
fn told_of_more(number: usize) {
    if number > MAX_SHOWN {
        eprintln!("… and {} more", number - MAX_SHOWN);
    }
}
