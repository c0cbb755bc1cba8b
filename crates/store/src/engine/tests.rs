//! What every engine promises of writes that nobody waits for.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]

use sigillo_postgres_lab::shared;

use crate::database::Database;
use crate::engine::{Engine, Transaction};
use crate::error::StoreError;

/// Tries it on a new register of each engine.
fn on_both(try_it: impl Fn(&dyn Engine)) {
    let folder = tempfile::tempdir().unwrap();
    let file = Database::Sqlite(folder.path().join("register.db"));
    let server = Database::postgresql(&shared().url(&shared().database().unwrap())).unwrap();
    for database in [file, server] {
        try_it(&*database.create(None).unwrap());
    }
}

fn write(sql: &dyn Engine, name: &str) -> Result<(), StoreError> {
    sql.write("INSERT INTO outbox_reader (destination, acknowledged) VALUES (?1, ?2)", &[&name, &1])
}

fn count(sql: &dyn Engine) -> u64 {
    sql.one("SELECT count(*) FROM outbox_reader", &[]).unwrap()
}

#[test]
fn what_was_written_is_there_for_the_next_question() {
    on_both(|sql| {
        let transaction = Transaction::begin(sql).unwrap();
        write(sql, "one").unwrap();
        sql.write("UPDATE outbox_reader SET acknowledged = ?1 WHERE destination = ?2", &[&7, &"one"]).unwrap();
        sql.write("INSERT INTO holder (operator, at) VALUES (?1, ?2)", &[&"anna", &"now"]).unwrap();
        assert_eq!(sql.one::<u64>("SELECT acknowledged FROM outbox_reader", &[]).unwrap(), 7);
        sql.write("DELETE FROM holder", &[]).unwrap();
        transaction.commit().unwrap();
        assert_eq!((count(sql), sql.one::<u64>("SELECT count(*) FROM holder", &[]).unwrap()), (1, 0));
    });
}

#[test]
fn a_write_that_fails_undoes_its_transaction() {
    on_both(|sql| {
        let refused = |ask_before_the_end: bool| {
            let transaction = Transaction::begin(sql)?;
            write(sql, "one")?;
            write(sql, "one")?;
            if ask_before_the_end {
                sql.one::<u64>("SELECT count(*) FROM outbox_reader", &[])?;
            }
            transaction.commit()
        };
        for ask_before_the_end in [false, true] {
            assert_eq!(refused(ask_before_the_end).unwrap_err().code(), "store.database");
            assert_eq!(count(sql), 0);
        }
        // Nor does a transaction become durable whose failure nobody heeded.
        let transaction = Transaction::begin(sql).unwrap();
        write(sql, "two").unwrap();
        assert!(
            sql.execute("INSERT INTO outbox_reader (destination, acknowledged) VALUES ('three', -1)", &[]).is_err()
        );
        let is_undone = transaction.commit().is_err();
        assert_eq!(is_undone, count(sql) == 0);
        write(sql, "after it").unwrap();
        assert!(count(sql) > 0, "it goes on");
    });
}

#[test]
fn what_is_undone_was_never_written() {
    on_both(|sql| {
        let transaction = Transaction::begin(sql).unwrap();
        write(sql, "one").unwrap();
        drop(transaction);
        write(sql, "two").unwrap();
        assert_eq!(count(sql), 1, "a write by itself is there at once");
        assert_eq!(sql.one::<String>("SELECT destination FROM outbox_reader", &[]).unwrap(), "two");
    });
}

#[test]
fn many_writes_do_not_wait_for_each_other() {
    on_both(|sql| {
        let transaction = Transaction::begin(sql).unwrap();
        for number in 0..1_000 {
            write(sql, &format!("{number:0400}")).unwrap();
        }
        assert_eq!(count(sql), 1_000);
        transaction.commit().unwrap();
        assert_eq!(count(sql), 1_000);
    });
}

/// A server plans a statement once, perhaps while a table is empty, and keeps to it when there are a million rows.
#[test]
fn a_plan_made_on_an_empty_table_goes_by_its_index() {
    let name = shared().database().unwrap();
    let server = Database::postgresql(&shared().url(&name)).unwrap();
    let sql = server.create(None).unwrap();
    // From here on the server knows that nothing is there.
    shared().sql(&name, "VACUUM ANALYZE").unwrap();
    for question in [
        "SELECT seq FROM trace ORDER BY seq DESC LIMIT 1",
        "SELECT seq FROM trace WHERE notification IS NOT NULL AND seq > 3 ORDER BY seq LIMIT 5",
        "SELECT id FROM record WHERE lot = 1 AND is_waiting = 1 ORDER BY line LIMIT 1",
        "SELECT 1 FROM journal WHERE serial = '1' AND act = 'activate' AND phase = 'intent'",
    ] {
        let plan: Vec<String> = sql.rows(&format!("EXPLAIN {question}"), &[], |row| row.get(0)).unwrap();
        let plan = plan.join("\n");
        assert!(plan.contains("Index") && !plan.contains("Seq Scan"), "{question}\n{plan}");
    }
}
