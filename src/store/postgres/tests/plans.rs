//! What is asked again and again, of tables that grow for years, reads ranges of indexes alone: the plans of a real PostgreSQL.

use super::copies::Schema;
use crate::store::postgres::line::{Access, Line};
use crate::store::postgres::{delivery, wakes};
use crate::store::sqlite::tests::now;

/// The steps of the plan for `sql`, whose values are numbers, on a connection that was told what every one is told.
fn plan_of(line: &Line, sql: &str) -> String {
    let prepare = format!("PREPARE asked (bigint, bigint, bigint, bigint) AS {sql}");
    let steps = line.write(|session| {
        session.batch(&prepare)?;
        let steps = session.rows("EXPLAIN (COSTS OFF) EXECUTE asked (0, 0, 0, 0)", &[])?;
        session.batch("DEALLOCATE asked")?;
        Ok(steps.iter().map(|row| row.get::<_, String>(0)).collect::<Vec<_>>())
    });
    steps.expect("planned").join("\n")
}

#[test]
fn what_is_asked_all_the_time_is_a_range_of_an_index() {
    let schema = Schema::new();
    drop(schema.migrated());
    let line = Line::new(&schema.address, Access::Write, now()).expect("a line");
    for (sql, expected) in [
        (delivery::READY, &["using message_ready"][..]),
        (delivery::RELEASE, &["using message_state", "using message_pkey"]),
        (delivery::NEXT, &["using message_ready", "using message_state"]),
        (delivery::STALE, &["using message_stale"]),
        (wakes::DUE, &["using wake_at"]),
        (wakes::UNSEEN, &["using message_unseen"]),
        (wakes::AWAITING, &["using message_stale"]),
        (wakes::MISSED, &["using message_missed"]),
    ] {
        let plan = plan_of(&line, sql);
        for index in expected {
            assert!(plan.contains(index), "{sql}\n{plan}");
        }
        assert!(!plan.contains("Seq Scan on message") && !plan.contains("Bitmap"), "{sql}\n{plan}");
        assert!(sql != delivery::READY || !plan.contains("Sort"), "{sql}\n{plan}");
    }
}
