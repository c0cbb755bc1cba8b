//! One figure, and the two forms it leaves in.

use std::fmt::Write;

use serde::{Deserialize, Serialize, Serializer};

/// One figure of `target/bench/summary.json`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Row {
    /// Stable name; what it means stands in `benches/README.md`.
    pub(crate) id: String,
    #[serde(serialize_with = "figure")]
    pub(crate) value: f64,
    pub(crate) unit: String,
    /// The most that the value may be, or the least.
    pub(crate) bar: Option<f64>,
    /// Whether the bar is the least.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) at_least: bool,
    pub(crate) holds: Option<bool>,
}

impl Row {
    /// A figure without a bar.
    pub(crate) fn new(id: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { id: id.into(), value, unit: unit.to_owned(), bar: None, at_least: false, holds: None }
    }

    /// A count, exact as long as it is below 2⁵².
    pub(crate) fn count(id: impl Into<String>, value: u64, unit: &'static str) -> Self {
        Self::new(id, number(value), unit)
    }

    /// The value may be `bar` at most.
    pub(crate) fn at_most(self, bar: f64) -> Self {
        Self { bar: Some(bar), holds: Some(self.value <= bar), ..self }
    }

    /// The value must be `bar` at least.
    pub(crate) fn at_least(self, bar: f64) -> Self {
        Self { bar: Some(bar), at_least: true, holds: Some(self.value >= bar), ..self }
    }
}

/// A count as a figure.
#[allow(clippy::cast_precision_loss, reason = "counts of this program are far below 2⁵²")]
pub(crate) fn number(count: u64) -> f64 {
    count as f64
}

/// The table for people.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut out = String::new();
    let mut group = "";
    for row in rows {
        let (first, _) = row.id.split_once('.').unwrap_or((&row.id, ""));
        if first != group {
            group = first;
            let _ = writeln!(out);
        }
        let bar = match (row.bar, row.holds) {
            (Some(bar), holds) => {
                let side = if row.at_least { "at least" } else { "at most" };
                format!("{side} {bar}: {}", if holds == Some(true) { "holds" } else { "MISSED" })
            }
            (None, _) => String::new(),
        };
        let _ =
            writeln!(out, "{}", format!("{:<44} {:>12} {:<8} {bar}", row.id, shown(row.value), row.unit).trim_end());
    }
    out
}

fn shown(value: f64) -> String {
    match value {
        _ if value.fract() == 0.0 => format!("{value:.0}"),
        _ if value >= 100.0 => format!("{value:.0}"),
        _ if value >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Four decimals say more than any of these figures is good for.
fn figure<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64((value * 1e4).round() / 1e4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_leaves_as_the_summary_promises() {
        let rows = [Row::count("wire.apdus", 77, "APDUs"), Row::new("wire.ratio", 1.100_04, "ratio").at_most(1.1)];
        let json = serde_json::to_string(&rows).unwrap();
        let first = r#"{"id":"wire.apdus","value":77.0,"unit":"APDUs","bar":null,"holds":null}"#;
        let second = r#"{"id":"wire.ratio","value":1.1,"unit":"ratio","bar":1.1,"holds":false}"#;
        assert_eq!(json, format!("[{first},{second}]"));
        assert!(table(&rows).contains("MISSED"));
    }
}
