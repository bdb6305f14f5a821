//! What staff are told, and when: the second before, at and after.

use chrono::{DateTime, Utc};

use super::world::{World, asset_id, contact, says, utc, window};
use crate::inventory::{Contact, Stage};
use crate::names::{NoticeId, OutageId, SourceId};
use crate::notice::{Announcement, Doubt, Reason, ReviewItem, ReviewState, Status};
use crate::plan::{
    Alarm, AlarmKind, Approval, Cause, DigestTime, MISSED, Message, MessageState, Proposal, Silence, StaffKnown,
    Unsent, apply, propose_staff,
};
use crate::time::{Interval, Zones};
use crate::verdict::{Answer, ImpactSeen, Kind, SCHEMA, Verdict};
use crate::window::Impact;

/// A world with one of the staff in Amsterdam, and what only they are told of.
struct Told {
    world: World,
    verdicts: Vec<(OutageId, DateTime<Utc>, Vec<Verdict>)>,
    review: Vec<ReviewItem>,
    silent: Vec<Silence>,
}

impl Told {
    fn at(now: &str) -> Self {
        let mut world = World::at(now);
        world.inventory.staff = vec![staff("Noc@isp.example", &[])];
        Self { world, verdicts: Vec::new(), review: Vec::new(), silent: Vec::new() }
    }

    fn propose(&self) -> Proposal {
        let own: Vec<Message> =
            self.world.messages.iter().filter(|message| message.to.customer.is_none()).cloned().collect();
        let (inventory, now) = (&self.world.inventory, self.world.now);
        let mut unsent = Unsent::default();
        self.world.messages.iter().for_each(|message| unsent.count(message));
        let (verdicts, review, silent) = (&self.verdicts[..], &self.review[..], &self.silent[..]);
        let zones = &Zones::embedded();
        let known = StaffKnown { inventory, zones, unsent: &unsent, verdicts, review, silent, messages: &own };
        let mut proposal = self.world.propose_to_staff();
        proposal.add(propose_staff(&known, &self.world.policy, now));
        proposal
    }

    /// Plans at an instant and carries it out; says what was done: `+ alarm noc@isp.example overrun`.
    #[track_caller]
    fn check(&mut self, now: &str, expected: &[&str]) {
        self.world.now = utc(now);
        let proposal = self.propose();
        let shown = |message: &Message, sign: char| {
            format!("{sign} {} {} {}", message.key.stage, message.key.contact, message.key.moment).trim_end().to_owned()
        };
        let find = |id| self.world.messages.iter().find(|message| message.id == id).expect("it exists");
        let withdrawn = proposal.withdrawn.iter().map(|withdrawal| shown(find(withdrawal.id.clone()), '-'));
        let mut lines: Vec<String> = withdrawn.chain(proposal.new.iter().map(|new| shown(new, '+'))).collect();
        lines.sort();
        assert_eq!(lines, expected, "at {now}");
        apply(&mut self.world.messages, &proposal);
        assert!(self.propose().is_empty(), "asking twice adds {:#?}", self.propose());
    }

    /// The one message to staff that waits.
    #[track_caller]
    fn waiting(&self) -> &Message {
        let mut waiting = self.world.messages.iter().filter(|m| m.to.customer.is_none() && m.state.is_pending());
        let first = waiting.next().expect("one waits");
        assert!(waiting.next().is_none(), "one waits");
        first
    }
}

fn staff(email: &str, stages: &[Stage]) -> Contact {
    contact(email, "Europe/Amsterdam", "en", stages)
}

/// Work on feed-a on 26 March 2017 from 22:00 to 02:00, announced at noon of the 20th.
fn announced() -> Told {
    let mut told = Told::at("2017-03-20T12:00:00Z");
    let windows = vec![window(1, utc("2017-03-26T22:00:00Z"), utc("2017-03-27T02:00:00Z"))];
    told.world.hear(Announcement { windows, ..says(Status::Confirmed) });
    told
}

fn verdict(kind: Kind, answer: Answer) -> Verdict {
    Verdict {
        schema: SCHEMA.into(),
        asset: asset_id("plus-01"),
        answer,
        kind,
        flags: Vec::new(),
        outage: Interval::second_at(utc("2017-03-25T19:00:00Z")),
        as_of: utc("2017-03-25T19:00:00Z"),
        offset_seconds: None,
        segments: Vec::new(),
        window: None,
        notice: None,
        impact: ImpactSeen { observed: Impact::Outage, stated: None, expected: None, path: Vec::new() },
        group: Vec::new(),
        evidence: Vec::new(),
        why: Vec::new(),
        readings: Vec::new(),
    }
}

#[test]
fn an_overrun_is_told_once_from_the_end_on_and_taken_back_on_completion() {
    let mut told = announced();
    told.check("2017-03-27T01:59:59Z", &[]);
    told.check("2017-03-27T02:00:00Z", &["+ alarm noc@isp.example overrun"]);
    told.check("2017-03-27T02:00:01Z", &[]);
    told.world.hear(says(Status::Completed));
    told.check("2017-03-27T02:05:00Z", &["- alarm noc@isp.example overrun"]);
    // What a person would be told twice is told once: after it went, nothing takes it back and nothing repeats it.
    let mut told = announced();
    told.check("2017-03-27T02:00:00Z", &["+ alarm noc@isp.example overrun"]);
    told.world.send();
    told.check("2017-03-28T02:00:00Z", &[]);
    // A week later it is no news, also for who was never told.
    let mut late = announced();
    late.check("2017-04-03T02:00:00Z", &[]);
}

#[test]
fn what_touches_nothing_of_ours_alarms_nobody() {
    let mut told = announced();
    told.world.inventory.assets.retain(|id, _| id.as_str() != "feed-a");
    told.world.inventory.assets.values_mut().for_each(|asset| asset.all_of.clear());
    told.world.inventory.assets.values_mut().for_each(|asset| asset.any_of.clear());
    told.check("2017-03-27T02:00:00Z", &[]);
}

#[test]
fn work_said_to_have_begun_before_its_window_is_an_early_start() {
    let mut told = announced();
    told.world.now = utc("2017-03-26T20:00:00Z");
    told.world.hear(says(Status::InProcess));
    told.check("2017-03-26T20:00:00Z", &["+ alarm noc@isp.example early-start"]);
    let expected = Alarm::EarlyStart { began: utc("2017-03-26T20:00:00Z"), start: utc("2017-03-26T22:00:00Z") };
    assert_eq!(told.waiting().material.alarm, Some(expected));
    // The vendor's word for when it began counts, and a start in time alarms nobody.
    for (began, lines) in
        [("2017-03-26T21:59:59Z", &["+ alarm noc@isp.example early-start"][..]), ("2017-03-26T22:00:00Z", &[])]
    {
        let mut told = announced();
        told.world.now = utc("2017-03-26T22:30:00Z");
        told.world.hear(Announcement { known_start: Some(utc(began)), ..says(Status::InProcess) });
        told.check("2017-03-26T22:30:00Z", lines);
    }
}

#[test]
fn a_verdict_that_is_not_yes_is_told_and_told_again_when_it_changes() {
    let mut told = Told::at("2017-03-25T19:06:00Z");
    let outage = OutageId::new("o-1").expect("an id");
    let judged = |kind, answer| vec![(outage.clone(), utc("2017-03-25T19:06:00Z"), vec![verdict(kind, answer)])];
    told.verdicts = judged(Kind::InWindow, Answer::Yes);
    told.check("2017-03-25T19:06:00Z", &[]);
    told.verdicts = judged(Kind::EarlyStart, Answer::Partly);
    told.check("2017-03-25T19:06:00Z", &["+ alarm noc@isp.example verdict"]);
    told.world.send();
    told.verdicts = judged(Kind::Unknown, Answer::Unknown);
    told.check("2017-03-25T20:06:00Z", &["+ alarm noc@isp.example verdict"]);
    // Before it went, it turned out to be excused after all.
    told.verdicts = judged(Kind::InWindow, Answer::Yes);
    told.check("2017-03-25T20:07:00Z", &["- alarm noc@isp.example verdict"]);
    told.verdicts = judged(Kind::Unknown, Answer::Unknown);
    told.check("2017-03-25T20:08:00Z", &["+ alarm noc@isp.example verdict-again-2"]);
}

#[test]
fn what_waits_for_approval_alarms_before_and_after_it_is_too_late() {
    let mut told = announced();
    told.world.policy.approval = Approval::On;
    told.world.plan();
    told.check("2017-03-26T17:59:59Z", &[]);
    told.check("2017-03-26T18:00:00Z", &["+ alarm noc@isp.example approval"]);
    let until = Interval::new(utc("2017-03-26T22:00:00Z"), utc("2017-03-26T22:15:00Z")).expect("a span");
    assert_eq!(told.waiting().material.alarm, Some(Alarm::Approval { until }));
    assert_eq!(told.waiting().state, MessageState::Planned, "nobody approves what asks for approval");
    told.world.send();
    told.world.now = utc("2017-03-26T22:00:00Z");
    told.world.plan();
    assert!(told.world.messages.iter().any(|message| message.reason.starts_with(MISSED)));
    told.check("2017-03-26T22:00:00Z", &["+ alarm noc@isp.example missed"]);
    // Approved in time, neither is told.
    let mut told = announced();
    told.world.plan();
    told.world.send();
    told.check("2017-03-26T18:00:00Z", &[]);
    told.check("2017-03-26T22:00:00Z", &[]);
}

#[test]
fn silence_and_old_notices_are_told() {
    let mut told = Told::at("2017-03-25T19:00:00Z");
    let silence = |alarm, since: &str| Silence {
        cause: Cause::Source(SourceId::new("maintenance mailbox").expect("a name")),
        alarm,
        since: utc(since),
        words: "source `maintenance mailbox` cannot be read".into(),
    };
    told.silent = vec![silence(Alarm::Unread { since: None }, "2017-03-25T19:00:01Z")];
    told.check("2017-03-25T19:00:00Z", &[]);
    told.check("2017-03-25T19:00:01Z", &["+ alarm noc@isp.example unread"]);
    told.silent.clear();
    told.check("2017-03-25T19:10:00Z", &["- alarm noc@isp.example unread"]);
    told.review = vec![ReviewItem {
        notice: NoticeId::new("n-1").expect("an id"),
        received_at: utc("2017-03-25T18:00:00Z"),
        vendor: None,
        reasons: vec![Reason::Doubt(Doubt::StaleWouldChange { would: "cancel it".into() })],
        state: ReviewState::Open,
        settled: None,
    }];
    told.check("2017-03-25T19:10:00Z", &["+ alarm noc@isp.example stale"]);
    told.review[0].reasons = vec![Reason::Generic];
    told.check("2017-03-25T19:11:00Z", &["- alarm noc@isp.example stale"]);
}

#[test]
fn quiet_hours_hold_back_only_what_can_wait() {
    let quiet = "from = \"22:00\"\nto = \"07:00\"";
    let mut told = announced();
    told.world.policy.quiet = Some(toml::from_str(quiet).expect("quiet hours"));
    // 27 March 2017 04:00 in Amsterdam, summer time.
    told.check("2017-03-27T02:00:00Z", &["+ alarm noc@isp.example overrun"]);
    assert_eq!(told.waiting().due_at, utc("2017-03-27T02:00:00Z"));
    told.world.send();
    let since = utc("2017-03-20T00:00:00Z");
    let cause = Cause::Source(SourceId::new("mailbox").expect("a name"));
    told.silent = vec![Silence {
        cause,
        alarm: Alarm::Quiet { since },
        since: utc("2017-03-26T00:00:00Z"),
        words: String::new(),
    }];
    told.check("2017-03-27T02:00:00Z", &["+ alarm noc@isp.example quiet"]);
    assert_eq!(told.waiting().due_at, utc("2017-03-27T05:00:00Z"));
}

#[test]
fn a_digest_goes_once_a_day_on_the_readers_clock_while_it_is_of_use() {
    let mut told = Told::at("2017-03-24T06:59:59Z");
    told.check("2017-03-24T06:59:59Z", &[]);
    told.world.policy.staff.digest = "daily 08:00".parse().expect("a time");
    told.check("2017-03-24T06:59:59Z", &[]);
    told.check("2017-03-24T07:00:00Z", &["+ digest noc@isp.example"]);
    assert_eq!(told.waiting().key.cause.id(), "2017-03-24");
    told.world.send();
    told.check("2017-03-24T18:00:00Z", &[]);
    told.check("2017-03-25T07:00:00Z", &["+ digest noc@isp.example"]);
    // Twelve hours later it is not of use any more, sent or not; the clocks changed before the next one.
    told.check("2017-03-25T19:00:00Z", &["- digest noc@isp.example"]);
    told.check("2017-03-26T06:00:00Z", &["+ digest noc@isp.example"]);
    told.world.policy.staff.digest = DigestTime::Off;
    told.check("2017-03-26T06:01:00Z", &["- digest noc@isp.example"]);
}

#[test]
fn each_is_told_what_they_want_and_the_policy_lets() {
    let mut told = announced();
    told.world.inventory.staff = vec![
        staff("all@isp.example", &Stage::ALL),
        staff("alarms@isp.example", &[Stage::Alarm]),
        staff("digest@isp.example", &[Stage::Digest]),
    ];
    told.world.policy.staff.digest = "daily 04:00".parse().expect("a time");
    told.check(
        "2017-03-27T02:00:00Z",
        &[
            "+ alarm alarms@isp.example overrun",
            "+ alarm all@isp.example overrun",
            "+ digest all@isp.example",
            "+ digest digest@isp.example",
        ],
    );
    told.world.inventory.staff.remove(0);
    told.check("2017-03-27T02:01:00Z", &["- alarm all@isp.example overrun", "- digest all@isp.example"]);
    told.world.policy.staff.without = [AlarmKind::Overrun].into();
    told.check("2017-03-27T02:02:00Z", &["- alarm alarms@isp.example overrun"]);
    let said: Vec<String> = told.propose().unplanned.iter().map(|unplanned| unplanned.why.to_string()).collect();
    assert_eq!(said, ["the policy has this stage switched off"]);
    told.world.policy.approve = [(Stage::Alarm, Approval::On)].into();
    told.world.policy.staff.without.clear();
    told.check("2017-03-27T02:03:00Z", &["+ alarm alarms@isp.example overrun-again-2"]);
    assert_eq!(told.waiting_state("alarms@isp.example"), MessageState::AwaitingApproval);
}

impl Told {
    fn waiting_state(&self, contact: &str) -> MessageState {
        let of = |message: &&Message| message.key.contact == contact && message.state.is_pending();
        self.world.messages.iter().find(of).expect("one waits").state
    }
}

#[test]
fn a_flood_of_alarms_waits_for_a_person_but_for_the_first() {
    let mut told = Told::at("2017-03-25T19:00:00Z");
    told.world.policy.bulk_limit = 2;
    let now = told.world.now;
    told.verdicts = (1..=5)
        .map(|number| {
            let id = OutageId::new(format!("o-{number}")).expect("an id");
            (id, now, vec![verdict(Kind::Unannounced, Answer::No)])
        })
        .collect();
    told.check("2017-03-25T19:00:00Z", &["+ alarm noc@isp.example verdict"; 5]);
    let waits = told.world.messages.iter().filter(|message| message.state == MessageState::AwaitingApproval).count();
    assert_eq!(waits, 3);
}

#[test]
fn mails_to_staff_are_no_word_to_customers() {
    let mut told = announced();
    told.world.inventory.staff = vec![staff("Ops@acme.example", &[])];
    told.world.plan();
    told.world.send();
    told.check("2017-03-27T02:00:00Z", &["+ alarm ops@acme.example overrun"]);
    // Planning for customers leaves what is for staff alone, though the address is one of acme's too.
    assert!(told.world.propose().withdrawn.iter().all(|withdrawal| withdrawal.id != told.waiting().id));
}
