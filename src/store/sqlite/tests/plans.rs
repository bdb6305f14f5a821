//! What is asked often reads ranges of indexes alone, and what is written often makes no table to do it: SQLite's own plans.

use rusqlite::Connection;

use super::{folder, fresh};
use crate::store::sqlite::{delivery, inventory, log, maintenances, message_list, messages, notices, wakes, windows};

fn steps_of(conn: &Connection, sql: &str) -> Vec<String> {
    let mut explain = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("good SQL");
    let parameters = vec![rusqlite::types::Value::Integer(0); explain.parameter_count()];
    let steps = explain.query_map(rusqlite::params_from_iter(parameters), |row| row.get("detail"));
    steps.expect("explained").collect::<Result<_, _>>().expect("readable")
}

/// No table is read from end to end: every step is a search.
#[track_caller]
fn check_plan(conn: &Connection, sql: &str, expected: &str) {
    let steps = steps_of(conn, sql);
    assert!(steps.iter().any(|step| step.contains(expected)), "{sql}: {steps:#?}");
    assert!(!steps.iter().any(|step| step.starts_with("SCAN")), "{sql}: {steps:#?}");
    assert!(!steps.iter().any(|step| step.contains("TEMP B-TREE FOR ORDER BY")), "{sql}: {steps:#?}");
}

#[test]
fn what_is_asked_often_is_a_range_of_an_index() {
    let (_folder, path) = folder();
    let store = fresh(&path);
    let conn = &store.conn;
    check_plan(conn, windows::NEAR, "PRIMARY KEY (vendor=? AND band=? AND start_at>? AND start_at<?)");
    check_plan(conn, windows::OVERLAPPING, "COVERING INDEX planned_window_time (band=? AND start_at>? AND start_at<?)");
    check_plan(conn, maintenances::ACTIVE, "maintenance_last_end (last_end>?)");
    check_plan(conn, maintenances::ACTIVE, "maintenance_last_recorded (last_recorded>?)");
    check_plan(
        conn,
        "SELECT maintenance FROM reference WHERE folded = ? AND vendor = ?",
        "PRIMARY KEY (folded=? AND vendor=?)",
    );
    check_plan(conn, "SELECT document FROM revision WHERE maintenance = ? ORDER BY number", "(maintenance=?)");
    check_plan(conn, "SELECT document FROM notice WHERE message_id = ?", "notice_message_id");
    check_plan(conn, maintenances::NEXT_VENDOR, "maintenance_vendor (vendor>?)");
    check_plan(conn, inventory::ITEM, "(sort=? AND id=? AND since<?)");
    check_plan(conn, inventory::NAMED, "(key=?)");
    check_plan(conn, notices::AFTER, "notice_order ((received_at,id)>(?,?))");
    check_plan(conn, log::OF_SUBJECT, "log_subject (subject=?)");
    check_plan(conn, log::OF_SUBJECT, "log_notice (notice=?)");
    check_plan(conn, "SELECT id FROM message WHERE id >= ? AND id < ? ORDER BY id LIMIT 5", "(id>? AND id<?)");
    check_plan(conn, "SELECT id FROM message WHERE cause_kind = ? AND cause = ?", "(cause_kind=? AND cause=?)");
    for about in [messages::ABOUT, messages::ABOUT_TO] {
        check_plan(conn, &format!("SELECT id FROM message WHERE {about}"), "(cause_kind=? AND cause=?");
        check_plan(conn, &format!("SELECT id FROM message WHERE {about}"), "PRIMARY KEY (cause_kind=? AND cause=?");
    }
    check_plan(conn, "SELECT id FROM message WHERE state = ? ORDER BY due_at", "message_state (state=?)");
}

/// A list of several states is put in order, which takes their ids, and reads nothing of the other ones.
#[test]
fn what_a_list_asks_is_of_its_states_alone() {
    let (_folder, path) = folder();
    let store = fresh(&path);
    let listed = format!("SELECT id FROM message WHERE {} ORDER BY due_at, id", message_list::in_states(4));
    for sql in [listed.as_str(), message_list::UNDELIVERED] {
        let steps = steps_of(&store.conn, sql);
        let expected = ["SEARCH message USING INDEX message_state (state=?)", "USE TEMP B-TREE FOR ORDER BY"];
        assert_eq!(steps, expected, "{sql}");
    }
}

/// Delivery asks every few seconds, of a table that grows for years: the work must be that of what is ready alone.
#[test]
fn what_delivery_asks_is_a_range_of_an_index() {
    let (_folder, path) = folder();
    let store = fresh(&path);
    let ready = format!("SELECT id FROM message {}", delivery::READY);
    for (sql, expected) in [
        (ready.as_str(), "message_ready (ready_at<?)"),
        (delivery::STALE, "message_stale (stale_at<?)"),
        (delivery::RUN_OUT, "message_state (state=?)"),
        (delivery::NEXT, "message_ready"),
        (delivery::NEXT_HELD, "message_state (state=?)"),
    ] {
        let first = &steps_of(&store.conn, sql)[0];
        assert!(first.contains(expected), "{sql}: {first}");
    }
    check_plan(&store.conn, &ready, "message_ready (ready_at<?)");
}

/// So does planning.
#[test]
fn what_planning_asks_is_a_range_of_an_index() {
    let (_folder, path) = folder();
    let store = fresh(&path);
    check_plan(&store.conn, wakes::DUE, "wake_at (at<?)");
    check_plan(&store.conn, wakes::UNSEEN, "message_unseen (unseen=?)");
    check_plan(&store.conn, wakes::AWAITING, "message_stale (stale_at>? AND stale_at<?)");
    check_plan(&store.conn, wakes::MISSED, "message_missed (not_after>? AND not_after<?)");
    let to_staff = format!("SELECT id FROM message {}", wakes::TO_STAFF);
    check_plan(&store.conn, &to_staff, "message_staff (due_at>?)");
    let waiting = steps_of(&store.conn, messages::WAITING);
    assert_eq!(waiting[0], "SEARCH waits USING COVERING INDEX message_state (state=?)");
    assert!(waiting.iter().any(|step| step.contains("message_again (next_attempt_at>?)")), "{waiting:#?}");
    // The index is of the words with which the reasons begin.
    assert!(wakes::MISSED.contains(&format!("reason >= '{}'", crate::plan::MISSED)));
}

/// A list of three words or more in a check or a column makes a table in memory for each row that is written.
#[test]
fn no_table_is_made_to_write_a_message_or_an_item() {
    let (_folder, path) = folder();
    let store = fresh(&path);
    for sql in [
        messages::KEEP,
        delivery::TAKE,
        "UPDATE message SET state = 'accepted', reason = ?2 WHERE id = ?1",
        "INSERT INTO inventory_item (sort, id, since, until, document) VALUES (?1, ?2, ?3, ?4, ?5)",
    ] {
        let mut explain = store.conn.prepare(&format!("EXPLAIN {sql}")).expect("good SQL");
        let parameters = vec![rusqlite::types::Value::Null; explain.parameter_count()];
        let steps: Vec<String> = explain
            .query_map(rusqlite::params_from_iter(parameters), |row| row.get("opcode"))
            .expect("explained")
            .collect::<Result<_, _>>()
            .expect("readable");
        assert!(steps.iter().any(|step| step == "MakeRecord"), "{sql}: {steps:?}");
        assert!(!steps.iter().any(|step| step == "OpenEphemeral"), "{sql}: {steps:?}");
    }
}
