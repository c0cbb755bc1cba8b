//! Registers that somebody altered behind the program's back: each in one place.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

/// The twins that a judge lets pass.
pub(crate) fn that_pass(register: &Path, folder: &Path, judge: impl Fn(PathBuf) -> Vec<String>) -> Vec<String> {
    let mut passed = Vec::new();
    for (name, sql) in TWINS {
        let twin = folder.join(format!("{name}.db"));
        fs::copy(register, &twin).unwrap();
        let connection = Connection::open(&twin).unwrap();
        for trigger in triggers(&connection) {
            connection.execute_batch(&format!("DROP TRIGGER {trigger}")).unwrap();
        }
        assert!(connection.execute(sql, []).unwrap() > 0, "{name} changes something");
        drop(connection);
        if judge(twin).is_empty() {
            passed.push(format!("the judge lets a register pass: {name}"));
        }
    }
    passed
}

/// What keeps the trace as it is, against everybody who does not look for it.
fn triggers(connection: &Connection) -> Vec<String> {
    let mut triggers = connection.prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'").unwrap();
    triggers.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

const TWINS: [(&str, &str); 7] = [
    (
        "another-state",
        "UPDATE record SET state = CASE state WHEN 'suspended' THEN 'valid' ELSE 'suspended' END WHERE id = (SELECT min(id) FROM record)",
    ),
    (
        "an-event-less",
        "UPDATE record SET moved = (SELECT follows FROM trace WHERE seq = moved) WHERE moved = (SELECT max(moved) FROM record)",
    ),
    (
        "another-story",
        "UPDATE record SET moved = (SELECT max(moved) FROM record) WHERE moved = (SELECT min(moved) FROM record)",
    ),
    (
        "a-notification-less",
        "UPDATE trace SET event_id = NULL, notification = NULL WHERE seq = (SELECT max(seq) FROM trace WHERE notification IS NOT NULL)",
    ),
    ("a-trace-without-its-end", "DELETE FROM trace WHERE seq > (SELECT max(seq) - 20 FROM trace)"),
    ("a-trace-without-its-middle", "DELETE FROM trace WHERE seq = (SELECT max(seq) / 2 FROM trace)"),
    (
        "another-trace",
        "UPDATE trace SET entry = CAST(replace(CAST(entry AS TEXT), 'clerk-', 'clerc-') AS BLOB) WHERE seq = (SELECT max(seq) FROM trace WHERE CAST(entry AS TEXT) LIKE '%clerk-%')",
    ),
];
