//! Writes that go out as one statement: a server spends more on the frame of a small statement than on what is in it.

use crate::engine::value::Cell;

/// Writes that nobody waits for, each into a table of its own, in the order in which they came.
///
/// They become one statement, the first ones as parts of its `WITH`. A server carries out such parts in no certain order, each on the
/// database as it was before: what comes of it is the same only if none reads, and no two write the same table.
#[derive(Default)]
pub(super) struct Gathered(Vec<Write>);

struct Write {
    sql: String,
    values: Vec<Cell>,
}

impl Gathered {
    /// Whether this write may join those that are here.
    pub(super) fn takes(&self, sql: &str) -> bool {
        let is_alone = |sql: &str| sql.contains("SELECT");
        self.0.len() < MOST
            && self.0.iter().all(|other| table(&other.sql) != table(sql) && !is_alone(&other.sql) && !is_alone(sql))
    }

    pub(super) fn add(&mut self, sql: &str, values: Vec<Cell>) {
        self.0.push(Write { sql: sql.to_owned(), values });
    }

    /// The statement that all of them are, and its values; `None` without any.
    pub(super) fn take(&mut self) -> Option<(String, Vec<Cell>)> {
        let last = self.0.pop()?;
        let (mut statement, mut values) = (String::new(), Vec::new());
        for (part, write) in self.0.drain(..).enumerate() {
            statement.push_str(if part == 0 { "WITH " } else { ", " });
            statement.push_str(&format!("part{part} AS ({})", numbered_from(values.len(), &write.sql)));
            values.extend(write.values);
        }
        if !statement.is_empty() {
            statement.push(' ');
        }
        statement.push_str(&numbered_from(values.len(), &last.sql));
        values.extend(last.values);
        Some((statement, values))
    }

    /// Leaves out what is here.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

/// The table that a statement writes: behind `INSERT INTO`, `DELETE FROM` or `UPDATE`.
fn table(sql: &str) -> Option<&str> {
    let mut words = sql.split_whitespace();
    let of_two_words = words.next() != Some("UPDATE");
    words.nth(usize::from(of_two_words))
}

/// `?1`, `?2` … counted on from what is there already; what stands between quotes is left alone.
fn numbered_from(first: usize, sql: &str) -> String {
    let mut out = String::with_capacity(sql.len() + 8);
    for (index, piece) in sql.split('\'').enumerate() {
        if index > 0 {
            out.push('\'');
        }
        if index % 2 == 1 {
            out.push_str(piece);
            continue;
        }
        let mut rest = piece.split('?');
        out.push_str(rest.next().unwrap_or_default());
        for behind in rest {
            let digits = behind.bytes().take_while(u8::is_ascii_digit).count();
            let (number, text) = behind.split_at(digits);
            let number = number.parse::<usize>().map_or(0, |number| number + first);
            out.push_str(&format!("?{number}{text}"));
        }
    }
    out
}

/// More parts than any change has.
const MOST: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    /// What writes with so many values each become.
    fn gathered(writes: &[(&str, usize)]) -> Option<String> {
        let mut gathered = Gathered::default();
        for (sql, values) in writes {
            assert!(gathered.takes(sql), "{sql}");
            gathered.add(sql, vec![Cell::Null; *values]);
        }
        gathered.take().map(|(statement, _)| statement)
    }

    #[test]
    fn parts_count_their_values_on() {
        assert_eq!(gathered(&[]), None);
        let (insert, update) =
            ("INSERT INTO a (x, y) VALUES (?1, ?2)", "UPDATE b SET x = ?2 WHERE y = ?1 AND z = '?1'");
        assert_eq!(gathered(&[(update, 2)]).as_deref(), Some(update));
        assert_eq!(
            gathered(&[(insert, 2), (update, 2), ("DELETE FROM c WHERE x = ?1", 1)]).as_deref(),
            Some(
                "WITH part0 AS (INSERT INTO a (x, y) VALUES (?1, ?2)), \
                 part1 AS (UPDATE b SET x = ?4 WHERE y = ?3 AND z = '?1') DELETE FROM c WHERE x = ?5"
            )
        );
    }

    #[test]
    fn a_table_is_written_once_and_what_reads_stands_alone() {
        let mut gathered = Gathered::default();
        gathered.add("UPDATE a SET x = ?1", vec![Cell::Null]);
        assert!(!gathered.takes("INSERT INTO a (x) VALUES (?1)"));
        assert!(!gathered.takes("DELETE FROM a"));
        assert!(!gathered.takes("DELETE FROM b WHERE x IN (SELECT x FROM a)"));
        assert!(gathered.takes("INSERT INTO b (a) VALUES (?1)"));
        gathered.forget();
        gathered.add("DELETE FROM b WHERE x IN (SELECT x FROM a)", vec![]);
        assert!(!gathered.takes("UPDATE c SET x = 1"));
    }
}
