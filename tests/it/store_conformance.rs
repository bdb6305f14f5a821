//! What every implementation of the store must do. Each function is given an empty store; `store.rs` runs all of them on
//! SQLite, `store_postgres.rs` on PostgreSQL.

mod declared;
mod delivery;
mod intake;
mod maintenances;
mod outages;
mod outbox;
mod planning;
mod units;

use chrono::{DateTime, Utc};
use inwindow::plan::{Message, MessageState};
use inwindow::store::{Arrival, Changes, Committed, Hold, NewNotice, Settlement, Store, StoreError};

use crate::store_fixtures::{announcement, hour, maintenance, notice};

pub use declared::{
    a_part_of_the_inventory_is_that_of_its_version, the_inventory_is_dated, what_is_said_of_the_checklist_is_kept,
};
pub use delivery::{
    a_lease_is_one_workers_alone, a_lease_that_ran_out_goes_to_another, attempts_end_in_their_states,
    attempts_settled_together_end_as_each_alone, bytes_that_no_attempt_used_are_forgotten,
    leases_that_ran_out_are_given_back, of_several_leases_those_lost_are_told,
    so_many_turns_a_minute_are_given_for_a_domain, what_a_worker_has_cannot_be_taken_back,
    what_nobody_holds_is_leased_in_its_order, what_was_handed_over_is_held_longer,
};
pub use intake::{
    a_beginning_that_fits_several_is_ambiguous, a_notice_read_again_keeps_every_reading,
    a_source_is_read_by_one_at_a_time, bytes_that_are_not_the_notices_own_are_refused, notices_are_kept_whole,
    notices_are_listed_newest_first, notices_come_in_pages_in_the_order_they_came,
    review_and_coverage_keep_the_newer_word, sources_keep_their_positions, the_same_notice_twice_is_known,
};
pub use maintenances::{
    a_maintenance_goes_to_another_vendor_with_its_references, an_account_may_become_known_once,
    maintenances_are_found_by_id_reference_and_beginning, maintenances_are_listed_by_pages,
    maintenances_stay_active_until_their_last_window_ends, one_reference_of_two_vendors_is_ambiguous,
    revisions_are_added_and_never_changed, what_maintenances_name_is_found_without_them, windows_are_found_by_time,
    windows_of_any_revision_and_reading_are_found,
};
pub use outages::{
    outages_are_kept_with_what_was_said_of_them, overrides_stand_beside_verdicts, verdicts_are_kept_as_revisions,
    what_is_attached_and_claimed_is_kept_for_ever, what_outages_are_to_be_judged_by_is_counted,
};
pub use outbox::{
    a_code_is_kept_with_the_message, a_message_is_kept_once_for_its_key,
    a_stale_message_is_left_to_the_worker_that_has_it, digests_are_found_by_what_they_tell,
    messages_are_listed_by_what_they_are, messages_of_a_cause_come_by_contact_in_pages, people_change_what_waits,
    standing_windows_are_found_with_the_occurrences_ahead, what_came_back_is_told_without_what_it_told,
    what_waits_and_what_failed_is_counted, what_went_stale_is_skipped_and_told,
};
pub use planning::{
    by_what_everything_was_planned_is_kept, what_became_of_a_message_is_unseen_until_it_was_seen,
    what_is_unsent_is_counted_by_its_moment, what_others_do_to_messages_is_unseen, what_wakes_is_due_from_then_on,
};
pub use units::{
    a_failing_change_leaves_nothing, a_fresh_store_is_empty, a_stale_plan_is_refused_whole,
    maintenances_of_what_is_kept_together_are_as_they_stand, the_log_is_kept_newest_first,
    what_is_kept_together_is_kept_or_not,
};

/// Gives the names of all functions here to a macro, which makes a test of each.
macro_rules! every_promise {
    ($test:ident) => {
        $test!(
            a_fresh_store_is_empty,
            notices_are_kept_whole,
            notices_are_listed_newest_first,
            the_same_notice_twice_is_known,
            bytes_that_are_not_the_notices_own_are_refused,
            a_beginning_that_fits_several_is_ambiguous,
            review_and_coverage_keep_the_newer_word,
            sources_keep_their_positions,
            a_source_is_read_by_one_at_a_time,
            what_is_kept_together_is_kept_or_not,
            a_notice_read_again_keeps_every_reading,
            notices_come_in_pages_in_the_order_they_came,
            a_maintenance_goes_to_another_vendor_with_its_references,
            maintenances_are_found_by_id_reference_and_beginning,
            one_reference_of_two_vendors_is_ambiguous,
            revisions_are_added_and_never_changed,
            an_account_may_become_known_once,
            windows_are_found_by_time,
            windows_of_any_revision_and_reading_are_found,
            what_maintenances_name_is_found_without_them,
            maintenances_stay_active_until_their_last_window_ends,
            maintenances_are_listed_by_pages,
            the_inventory_is_dated,
            a_part_of_the_inventory_is_that_of_its_version,
            outages_are_kept_with_what_was_said_of_them,
            verdicts_are_kept_as_revisions,
            overrides_stand_beside_verdicts,
            a_message_is_kept_once_for_its_key,
            messages_are_listed_by_what_they_are,
            digests_are_found_by_what_they_tell,
            messages_of_a_cause_come_by_contact_in_pages,
            standing_windows_are_found_with_the_occurrences_ahead,
            what_waits_and_what_failed_is_counted,
            what_came_back_is_told_without_what_it_told,
            a_stale_plan_is_refused_whole,
            a_failing_change_leaves_nothing,
            the_log_is_kept_newest_first,
            a_lease_is_one_workers_alone,
            a_lease_that_ran_out_goes_to_another,
            attempts_end_in_their_states,
            what_a_worker_has_cannot_be_taken_back,
            people_change_what_waits,
            what_went_stale_is_skipped_and_told,
            a_stale_message_is_left_to_the_worker_that_has_it,
            maintenances_of_what_is_kept_together_are_as_they_stand,
            what_outages_are_to_be_judged_by_is_counted,
            what_is_attached_and_claimed_is_kept_for_ever,
            what_is_said_of_the_checklist_is_kept,
            bytes_that_no_attempt_used_are_forgotten,
            leases_that_ran_out_are_given_back,
            what_nobody_holds_is_leased_in_its_order,
            of_several_leases_those_lost_are_told,
            attempts_settled_together_end_as_each_alone,
            what_was_handed_over_is_held_longer,
            so_many_turns_a_minute_are_given_for_a_domain,
            a_code_is_kept_with_the_message,
            what_wakes_is_due_from_then_on,
            by_what_everything_was_planned_is_kept,
            what_became_of_a_message_is_unseen_until_it_was_seen,
            what_others_do_to_messages_is_unseen,
            what_is_unsent_is_counted_by_its_moment,
        );
    };
}
pub(crate) use every_promise;

/// Commits on the generation in force.
fn try_commit(store: &mut dyn Store, changes: &Changes) -> Result<Committed, StoreError> {
    let generation = store.generation()?;
    store.commit(generation, changes, hour(0))
}

#[track_caller]
fn commit(store: &mut dyn Store, changes: &Changes) -> Committed {
    try_commit(store, changes).expect("the changes are good")
}

fn notices(notices: &[&NewNotice]) -> Changes {
    Changes { notices: notices.iter().map(|new| (*new).clone()).collect(), ..Changes::default() }
}

fn messages(messages: &[Message]) -> Changes {
    Changes { messages: messages.to_vec(), ..Changes::default() }
}

/// A notice with the maintenance it opens.
fn opened(words: &str, reference: &str, windows: &[inwindow::time::Interval]) -> (NewNotice, Changes) {
    let new = notice(words, 0, announcement(reference, windows));
    let changes = Changes { notices: vec![new.clone()], maintenances: vec![maintenance(&new)], ..Changes::default() };
    (new, changes)
}

#[track_caller]
fn state_of(store: &dyn Store, message: &Message) -> MessageState {
    store.message(message.id.as_str()).expect("readable").expect("there").state
}

/// Keeps the bytes of one lease; those that will go out, none where it is lost.
#[track_caller]
fn ready(store: &mut dyn Store, hold: Hold<'_>, bytes: &[u8], now: DateTime<Utc>) -> Option<Vec<u8>> {
    store.ready_bytes(&[(hold, bytes)], now).expect("written").remove(hold.message)
}

/// Keeps the bytes and hands the message over, and returns what goes out; none where its lease is lost.
#[track_caller]
fn handed_over(
    store: &mut dyn Store,
    hold: Hold<'_>,
    bytes: &[u8],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Option<Vec<u8>> {
    let kept = ready(store, hold, bytes, now);
    let lost = store.hand_over(&[hold], until, now).expect("written");
    assert_eq!(lost.is_empty(), kept.is_some(), "{lost:?}");
    kept
}

fn given_up(state: MessageState, reason: &str, refused_as: Option<&str>, arrival: Arrival) -> Settlement {
    Settlement::GivenUp { state, reason: reason.to_owned(), refused_as: refused_as.map(str::to_owned), arrival }
}

/// Whether a lease was still good for this settlement.
#[track_caller]
fn settled(store: &mut dyn Store, hold: Hold<'_>, settlement: &Settlement, now: DateTime<Utc>) -> bool {
    let lost = store.settle(&[(hold, settlement)], now).expect("written");
    assert!(lost.is_empty() || lost == [hold.message.clone()].into(), "{lost:?}");
    lost.is_empty()
}
