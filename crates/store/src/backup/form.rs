//! The form of a backup: lines of JSON.
//!
//! | line | content |
//! |---|---|
//! | first | `{"at":…,"sigillo":"register-backup","v":1,"version":…}` |
//! | before each table | `{"columns":[…],"table":…}`, columns by name |
//! | each row | `[…]`: numbers, texts, `null`, and octets as `{"b":"…"}` in Base64, in the order of the primary key |
//! | behind the last row | `{"rows":…,"trace":{"hash":…,"seq":…}}` |
//! | last | `{"sha256":…}`, the digest over every octet before it |

use std::io::{self, BufRead, Read, Write};

use base64ct::{Base64, Encoding};
use serde_json::{Value as Json, json};
use sigillo_crypto::Sha256Stream;
use sigillo_issuance::trace::TraceHead;

use crate::backup::manifest::Manifest;
use crate::engine::value::{Cell, Value};
use crate::error::StoreError;

/// A backup that is being written.
pub(super) struct Sheet<W> {
    out: W,
    digest: Sha256Stream,
    rows: u64,
    version: i32,
    at: String,
}

impl<W: Write> Sheet<W> {
    pub(super) fn begin(out: W, version: i32, at: &str) -> io::Result<Self> {
        let mut sheet = Self { out, digest: Sha256Stream::new(), rows: 0, version, at: at.to_owned() };
        sheet.line(&json!({ "sigillo": NAME, "v": FORM, "version": version, "at": at }))?;
        Ok(sheet)
    }

    pub(super) fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()> {
        self.line(&json!({ "table": name, "columns": columns }))
    }

    pub(super) fn row(&mut self, values: &[Value<'_>]) -> io::Result<()> {
        self.rows += 1;
        self.line(&Json::Array(values.iter().map(json_of).collect()))
    }

    pub(super) fn end(mut self, head: TraceHead) -> io::Result<(Manifest, W)> {
        self.line(&json!({ "rows": self.rows, "trace": { "seq": head.seq, "hash": hex::encode(head.hash) } }))?;
        let digest = self.digest.finish();
        writeln!(self.out, "{}", json!({ "sha256": hex::encode(digest) }))?;
        Ok((Manifest { version: self.version, at: self.at, rows: self.rows, head, digest }, self.out))
    }

    fn line(&mut self, json: &Json) -> io::Result<()> {
        let line = format!("{json}\n");
        self.digest.update(line.as_bytes());
        self.out.write_all(line.as_bytes())
    }
}

/// A line of a backup.
pub(super) enum Line {
    Table { name: String, columns: Vec<String> },
    Row(Vec<Cell>),
    End(Manifest),
}

/// A backup that is being read, line by line.
pub(super) struct Reading<R> {
    from: R,
    digest: Sha256Stream,
    line: u64,
    rows: u64,
    version: i32,
    at: String,
}

impl<R: BufRead> Reading<R> {
    pub(super) fn begin(from: R) -> Result<Self, StoreError> {
        let (digest, at) = (Sha256Stream::new(), String::new());
        let mut reading = Self { from, digest, line: 0, rows: 0, version: 0, at };
        let first = reading.next_line()?;
        reading.digest.update(&first);
        let first: Json = serde_json::from_slice(&first).map_err(|_| StoreError::NotABackup)?;
        if first["sigillo"] != NAME || first["v"] != FORM {
            return Err(StoreError::NotABackup);
        }
        let version = first["version"].as_i64().and_then(|version| version.try_into().ok());
        reading.version = version.ok_or(StoreError::NotABackup)?;
        reading.at = first["at"].as_str().ok_or(StoreError::NotABackup)?.to_owned();
        Ok(reading)
    }

    /// The next line; the last one is given only if it fits everything before it.
    pub(super) fn next(&mut self) -> Result<Line, StoreError> {
        let octets = self.next_line()?;
        let damaged = StoreError::BackupDamaged { line: self.line };
        let Ok(json) = serde_json::from_slice::<Json>(&octets) else { return Err(damaged) };
        self.digest.update(&octets);
        let line = match json {
            Json::Array(values) => {
                self.rows += 1;
                values.into_iter().map(cell_of).collect::<Option<_>>().map(Line::Row)
            }
            json if json.get("trace").is_some() => return self.end(&json),
            json => table_of(&json),
        };
        line.ok_or(damaged)
    }

    /// The last line, and nothing behind it.
    fn end(&mut self, sums: &Json) -> Result<Line, StoreError> {
        let digest = self.digest.clone().finish();
        let last = self.next_line()?;
        let damaged = StoreError::BackupDamaged { line: self.line };
        if last != format!("{}\n", json!({ "sha256": hex::encode(digest) })).into_bytes()
            || !self.from.fill_buf().map_err(StoreError::File)?.is_empty()
        {
            return Err(damaged);
        }
        self.manifest(sums, digest).map(Line::End).ok_or(damaged)
    }

    fn manifest(&self, sums: &Json, digest: [u8; 32]) -> Option<Manifest> {
        let hash = hex::decode(sums["trace"]["hash"].as_str()?).ok()?.try_into().ok()?;
        let head = TraceHead { seq: sums["trace"]["seq"].as_u64()?, hash };
        let rows = sums["rows"].as_u64().filter(|rows| *rows == self.rows)?;
        Some(Manifest { version: self.version, at: self.at.clone(), rows, head, digest })
    }

    /// A line with its end.
    fn next_line(&mut self) -> Result<Vec<u8>, StoreError> {
        self.line += 1;
        let mut octets = Vec::new();
        let mut limited = Read::take(&mut self.from, LONGEST);
        limited.read_until(b'\n', &mut octets).map_err(StoreError::File)?;
        if octets.last() == Some(&b'\n') { Ok(octets) } else { Err(StoreError::BackupDamaged { line: self.line }) }
    }
}

fn json_of(value: &Value<'_>) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Integer(number) => json!(number),
        Value::Text(text) => json!(text),
        Value::Blob(octets) => json!({ "b": Base64::encode_string(octets) }),
    }
}

fn cell_of(json: Json) -> Option<Cell> {
    match json {
        Json::Null => Some(Cell::Null),
        Json::Number(number) => number.as_i64().map(Cell::Integer),
        Json::String(text) => Some(Cell::Text(text)),
        Json::Object(members) => Base64::decode_vec(members.get("b")?.as_str()?).ok().map(Cell::Blob),
        Json::Bool(_) | Json::Array(_) => None,
    }
}

/// Names become part of statements: letters, digits and underscores only.
fn table_of(json: &Json) -> Option<Line> {
    let name = |json: &Json| {
        let name = json.as_str()?;
        let fits = !name.is_empty() && name.bytes().all(|octet| octet.is_ascii_alphanumeric() || octet == b'_');
        fits.then(|| name.to_owned())
    };
    let columns = json["columns"].as_array()?.iter().map(name).collect::<Option<_>>()?;
    Some(Line::Table { name: name(&json["table"])?, columns })
}

const NAME: &str = "register-backup";
const FORM: u8 = 1;
/// More octets than this are no row.
const LONGEST: u64 = 64 << 20;
