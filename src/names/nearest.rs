//! The nearest known name, for "did you mean".

/// How alike two names must be (Jaro-Winkler, 0 to 1) to be worth proposing: `plus-1` and `plus-01` score 0.96,
/// `plus-01` and `tix1` score 0.43.
const LIKENESS: f64 = 0.82;

/// The known name most like what was typed, without regard to case; none when nothing is alike enough.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&typed, &name.to_lowercase()), name))
        .filter(|(likeness, _)| *likeness >= LIKENESS)
        .max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(nearest(typed, ["plus-01", "plus-02", "tix1", "Europe/Amsterdam"]), expected);
    }

    #[test]
    fn names_one_slip_away_are_found() {
        check("plus01", Some("plus-01"));
        check("PLUS-02", Some("plus-02"));
        check("Europe/Amsterdm", Some("Europe/Amsterdam"));
        check("zebra", None);
    }
}
