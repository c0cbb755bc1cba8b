//! The table of acts against a list written by hand: who may ask for what, and how many must.
#![allow(clippy::unwrap_used, reason = "a test that cannot be set up must fail")]
#![allow(clippy::disallowed_methods, reason = "reads the manual")]

use sigillo_issuance::operator::{ACTS, ActRow, OperatorRole};

/// Act, what a request names, roles, persons.
const LISTED: &str = "
lot.import          file         line                                       1
chip.make           batch        line                                       1
chip.init           batch        line                                       1
chip.scrap          card         line,office                                1
run.start           lot          line                                       1
run.resume          run          line                                       1
seal.sign           documents    line                                       1
seal.void           register     line,security-officer                      1
permit.activate     record       office                                     1
permit.deliver      record       office                                     1
permit.report-loss  record       office                                     1
permit.suspend      record       office                                     1
permit.reinstate    record       office                                     2
permit.revoke       record       office                                     1
permit.annul        record       office,issuing-circuit                     1
permit.annul-many   list         office,issuing-circuit                     2
permit.terminate    record       office                                     1
permit.resume       record       office                                     1
codes.envelope      record       office                                     1
codes.came-out      record       office                                     1
codes.reissue       record       office                                     1
exchange.partner    partner      security-officer                           2
exchange.receive    file         line,issuing-circuit                       1
exchange.send       partner      line,issuing-circuit                       1
exchange.acknowledge partner     line,issuing-circuit                       1
audit.checkpoint    register     line,security-officer,auditor              1
audit.retention     register     security-officer                           2
keys.generate       key          security-officer                           2
keys.import         key          security-officer                           2
keys.rotate         key          security-officer                           2
keys.destroy        key          security-officer                           2
keys.alone          key          security-officer                           1
keys.certificate    key          security-officer                           1
keys.anchor         certificate  security-officer                           2
keys.ceremony       ceremony     security-officer                           2
pki.root            key          security-officer                           2
pki.request         key          security-officer,issuing-circuit           1
pki.issue           key          security-officer,issuing-circuit           1
pki.install         certificate  security-officer,issuing-circuit           1
pki.revoke          certificate  security-officer,issuing-circuit           1
pki.list            key          security-officer,issuing-circuit           1
pki.import          certificate  line,security-officer,issuing-circuit      1
operator.found      register     security-officer                           2
operator.enrol      operator     security-officer                           2
operator.retire     operator     security-officer                           1
";

#[test]
fn the_table_says_what_was_written_by_hand() {
    let listed: Vec<Vec<&str>> = LISTED.trim().lines().map(|line| line.split_whitespace().collect()).collect();
    let table: Vec<Vec<String>> = ACTS
        .iter()
        .map(|row| {
            let roles: Vec<_> = row.roles.iter().map(|role| role.name()).collect();
            vec![row.name.to_owned(), row.on.to_owned(), roles.join(","), row.persons.to_string()]
        })
        .collect();
    assert_eq!(table, listed);
}

#[test]
fn an_auditor_changes_nothing_but_checkpoints() {
    let may: Vec<_> =
        ACTS.iter().filter(|row| row.roles.contains(&OperatorRole::Auditor)).map(|row| row.name).collect();
    assert_eq!(may, ["audit.checkpoint"]);
}

#[test]
fn role_names_read_back() {
    assert!(OperatorRole::ALL.into_iter().all(|role| OperatorRole::parse(role.name()) == Some(role)));
    assert_eq!(OperatorRole::parse("Line"), None);
}

/// docs/manual/operators.md shows the table, and no other.
#[test]
fn the_manual_has_the_table() {
    let row = |row: &ActRow| {
        let roles: Vec<_> = row.roles.iter().map(|role| role.name()).collect();
        format!("| `{}` | {} | {} | {} | {} |\n", row.name, row.on, roles.join(", "), row.persons, row.about)
    };
    let table: String = ACTS.iter().map(row).collect();
    let table = format!("| act | on | roles | persons | what it does |\n|---|---|---|---|---|\n{table}");
    let manual =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/manual/operators.md")).unwrap();
    assert!(manual.ends_with(&table), "docs/manual/operators.md must end with this table:\n{table}");
}
