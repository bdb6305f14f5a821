//! The nearest known name, for "did you mean".

/// How alike two names must be (Jaro-Winkler, 0 to 1) to be worth proposing: `plus-1` and `plus-01` score 0.96,
/// `plus-01` and `tix1` score 0.43.
const LIKENESS: f64 = 0.82;

/// How alike names are that a person may have meant: below, two random words are.
const IN_THE_LEAST: f64 = 0.6;

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

/// The known names that are like what was typed in the least, the likest first and none twice: to choose from, not to be
/// taken for it.
pub fn alike<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let typed = typed.to_lowercase();
    let likeness = |name: &str| strsim::jaro_winkler(&typed, &name.to_lowercase());
    let known = known.into_iter().map(|name| (likeness(name), name));
    let mut alike: Vec<_> = known.filter(|(likeness, _)| *likeness >= IN_THE_LEAST).collect();
    alike.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    alike.dedup_by(|a, b| a.1 == b.1);
    alike.into_iter().map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, expected: Option<&str>) {
        assert_eq!(nearest(typed, ["plus-01", "plus-02", "tix1", "Europe/Amsterdam"]), expected);
    }

    #[track_caller]
    fn check_alike(typed: &str, expected: &[&str]) {
        assert_eq!(alike(typed, ["plus-01", "plus-02", "plus-01", "tix1", "Europe/Amsterdam"]), expected);
    }

    #[test]
    fn what_is_like_it_comes_in_order() {
        check_alike("plus 02", &["plus-02", "plus-01"]);
        check_alike("zebra", &[]);
    }

    #[test]
    fn names_one_slip_away_are_found() {
        check("plus01", Some("plus-01"));
        check("PLUS-02", Some("plus-02"));
        check("Europe/Amsterdm", Some("Europe/Amsterdam"));
        check("zebra", None);
    }
}
