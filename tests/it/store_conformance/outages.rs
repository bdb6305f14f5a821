//! Outages and what belongs to them: statements, verdicts, evidence, claims.

use chrono::TimeDelta;
use inwindow::names::OutageId;
use inwindow::outage::{Attached, ClaimAct, ClaimStep, Observed};
use inwindow::store::{
    Changes, Generation, Judging, NewOverride, NewVerdict, OutageEnd, OutageFilter, Store, StoreError,
};
use inwindow::verdict::{Kind, Override};

use super::{commit, notices, try_commit};
use crate::store_fixtures::{
    announcement, asset, attachment, attachment_of, hour, hours, notice, outage, statement, vendor, verdict,
};

pub fn what_outages_are_to_be_judged_by_is_counted(store: &mut dyn Store) {
    let judging = |judging| Changes { judging, ..Changes::default() };
    let counted = |store: &dyn Store| {
        let judged = store.judged().expect("readable");
        (judged.owed, judged.done)
    };
    let (owed, done) = counted(store);
    assert_eq!(owed, done, "a new store owes nothing");
    let generation = store.generation().expect("readable");
    assert_eq!(commit(store, &judging(Judging::Owed)).owed, owed + 1);
    assert_eq!(commit(store, &notices(&[&notice("one", 1, announcement("R1", &[]))])).owed, owed + 1);
    assert_eq!(commit(store, &judging(Judging::Owed)).owed, owed + 2);
    assert_eq!(counted(store), (owed + 2, done));
    commit(store, &judging(Judging::Done(owed + 1)));
    assert_eq!(counted(store), (owed + 2, done + 1), "what came meanwhile stays owed");
    commit(store, &judging(Judging::Done(owed)));
    assert_eq!(counted(store), (owed + 2, done + 1), "another process judged by less");
    commit(store, &judging(Judging::Done(owed + 9)));
    assert_eq!(counted(store), (owed + 2, owed + 2), "by no more than was written");
    store.begin().expect("begun");
    commit(store, &judging(Judging::Owed));
    store.undo().expect("undone");
    assert_eq!(counted(store), (owed + 2, owed + 2));
    assert_eq!(store.generation().expect("readable"), Generation(generation.0 + 1), "only the notice was learned");
}

pub fn outages_are_kept_with_what_was_said_of_them(store: &mut dyn Store) {
    let (open, over) = (outage(0, None), outage(5, Some(6)));
    let changes = Changes {
        outages: vec![open.clone(), over.clone()],
        statements: vec![statement(&open, "DC"), statement(&open, "hoster")],
        ..Changes::default()
    };
    assert_eq!(commit(store, &changes).new_outages, [open.id.clone(), over.id.clone()]);
    let again = commit(store, &changes);
    assert_eq!((again.new_outages, again.generation), (vec![], Generation(1)));
    assert_eq!(store.statements(&open.id).expect("readable").len(), 2);
    assert_eq!(store.statements(&over.id).expect("readable"), []);
    let starts = |filter| store.outages(filter).expect("readable").iter().map(|o| o.start.at).collect::<Vec<_>>();
    assert_eq!(starts(OutageFilter::All), [hour(0), hour(5)]);
    assert_eq!(starts(OutageFilter::Open), [hour(0)]);
    let recent = |recorded_after| starts(OutageFilter::OpenOrRecordedAfter(recorded_after));
    assert_eq!(recent(hour(5) - TimeDelta::seconds(1)), [hour(0), hour(5)]);
    assert_eq!(recent(hour(5)), [hour(0)], "an open one is always news");
    assert!(starts(OutageFilter::Overlapping(hours(-1, 0))).is_empty());
    assert_eq!(starts(OutageFilter::Overlapping(hours(5, 7))), [hour(0), hour(5)]);
    assert_eq!(starts(OutageFilter::Overlapping(hours(6, 7))), [hour(0)]);

    let end = OutageEnd { outage: open.id.clone(), end: Observed::exactly(hour(2)) };
    commit(store, &Changes { outage_ends: vec![end.clone()], ..Changes::default() });
    assert_eq!(store.outage(&open.id.as_str()[..8]).expect("readable").and_then(|o| o.end), Some(end.end.clone()));
    assert_eq!(store.outages(OutageFilter::Open).expect("readable"), []);
    assert_eq!(store.outages(OutageFilter::Overlapping(hours(2, 4))).expect("readable"), []);

    let nobody = OutageId::new("o-000000000000").expect("an id");
    let dangling = OutageEnd { outage: nobody.clone(), ..end };
    let error = try_commit(store, &Changes { outage_ends: vec![dangling], ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
    let verdicts = vec![NewVerdict { outage: nobody, verdict: verdict(Kind::Unannounced) }];
    let error = try_commit(store, &Changes { verdicts, ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
}

pub fn verdicts_are_kept_as_revisions(store: &mut dyn Store) {
    let seen = outage(0, None);
    commit(store, &Changes { outages: vec![seen.clone()], ..Changes::default() });
    for kind in [Kind::Unannounced, Kind::Unannounced, Kind::EarlyStart, Kind::Unannounced] {
        let verdicts = vec![NewVerdict { outage: seen.id.clone(), verdict: verdict(kind) }];
        commit(store, &Changes { verdicts, ..Changes::default() });
    }
    let kept = store.verdicts(&seen.id).expect("readable");
    let kinds: Vec<_> = kept.iter().map(|judged| (judged.revision, judged.verdict.kind)).collect();
    assert_eq!(kinds, [(1, Kind::Unannounced), (2, Kind::EarlyStart), (3, Kind::Unannounced)]);
    assert_eq!(kept[0].verdict, verdict(Kind::Unannounced));
    assert_eq!(kept[0].verdict.asset, asset("plus-01"));
}

pub fn overrides_stand_beside_verdicts(store: &mut dyn Store) {
    let seen = outage(0, None);
    let word = |kind, by: &str, made_at| NewOverride {
        outage: seen.id.clone(),
        said: Override {
            asset: asset("plus-01"),
            kind,
            by: by.into(),
            reason: "a reason".into(),
            made_at: hour(made_at),
        },
    };
    let verdicts = vec![NewVerdict { outage: seen.id.clone(), verdict: verdict(Kind::Unannounced) }];
    commit(store, &Changes { outages: vec![seen.clone()], verdicts, ..Changes::default() });
    let first = word(Kind::InWindow, "ann", 1);
    // Said again it is one word; another's, and one that takes it back, are others.
    let all =
        [first.clone(), word(Kind::InWindow, "ann", 2), word(Kind::Partly, "bob", 3), word(Kind::InWindow, "ann", 4)];
    for overrides in all.map(|word| vec![word]) {
        commit(store, &Changes { overrides, ..Changes::default() });
    }
    let kept = store.overrides(&seen.id).expect("readable");
    assert_eq!(
        kept.iter().map(|word| (word.by.as_str(), word.made_at)).collect::<Vec<_>>(),
        [("ann", hour(1)), ("bob", hour(3)), ("ann", hour(4))]
    );
    assert_eq!(kept[0], first.said);
    assert_eq!(store.verdicts(&seen.id).expect("readable").len(), 1);
    let nobody = NewOverride { outage: OutageId::new("o-000000000000").expect("an id"), ..first };
    let error = try_commit(store, &Changes { overrides: vec![nobody], ..Changes::default() }).expect_err("none");
    assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
}

pub fn what_is_attached_and_claimed_is_kept_for_ever(store: &mut dyn Store) {
    let (seen, other) = (outage(0, None), outage(5, Some(6)));
    commit(store, &Changes { outages: vec![seen.clone(), other.clone()], ..Changes::default() });
    let file = attachment(&seen, "breaker.jpg", b"bytes of a picture", 3);
    let again = attachment(&other, "the same.jpg", b"bytes of a picture", 1);
    let address = attachment_of(&seen, Attached::Url { url: "https://status.example/1".into() }, 2);
    let claimed = |by: &str, hours| ClaimStep {
        outage: seen.id.clone(),
        vendor: vendor("dc-ams"),
        act: ClaimAct::Filed,
        at: hour(hours),
        by: by.into(),
        note: Some("ticket 4711".into()),
        recorded_at: hour(hours + 1),
    };
    let steps = vec![claimed("bob", 9), claimed("ann", 8)];
    let attachments = vec![file.clone(), again.clone(), address.clone()];
    let changes = Changes { attachments, claim_steps: steps.clone(), ..Changes::default() };
    commit(store, &changes);
    // Recorded again, later, they are what is there.
    let mut later = changes;
    later.attachments.iter_mut().for_each(|new| new.attachment.recorded_at = hour(50));
    later.claim_steps.iter_mut().for_each(|step| step.recorded_at = hour(50));
    let committed = commit(store, &later);
    assert_eq!(committed.generation, Generation(2), "nothing new is no news");
    assert_eq!(store.attachments(&seen.id).expect("readable"), [address.attachment, file.attachment.clone()]);
    assert_eq!(store.attachments(&other.id).expect("readable"), [again.attachment]);
    assert_eq!(store.claim_steps(&seen.id).expect("readable"), [steps[1].clone(), steps[0].clone()]);
    assert_eq!(store.claim_steps(&other.id).expect("readable"), []);
    let digest = file.attachment.what.sha256().expect("a file has one").clone();
    assert_eq!(store.attached_file(&digest).expect("readable"), file.bytes);
    assert_eq!(store.attached_file(&inwindow::names::Digest::of(b"other")).expect("readable"), None);

    let nobody = outage(99, None);
    for changes in [
        Changes { attachments: vec![attachment(&nobody, "a", b"a", 0)], ..Changes::default() },
        Changes {
            claim_steps: vec![ClaimStep { outage: nobody.id.clone(), ..claimed("ann", 1) }],
            ..Changes::default()
        },
    ] {
        let error = try_commit(store, &changes).expect_err("no such outage");
        assert!(matches!(error, StoreError::UnknownOutage(_)), "{error}");
    }
}
