//! The report as one page that needs nothing beside itself.

use std::fmt::Write;

use crate::report::{CaseRow, Counts, Report};
use crate::verdict::Verdict;

const STYLE: &str = "body{font:14px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:72rem;padding:0 1rem;color:#1a1a1a}\
h1{font-size:1.5rem;margin:0 0 .2rem}h2{font-size:1.1rem;margin:2rem 0 .5rem}table{border-collapse:collapse;width:100%}\
th,td{text-align:left;vertical-align:top;padding:.25rem .6rem;border-bottom:1px solid #ddd}th{background:#f4f4f4}\
td.n{text-align:right;font-variant-numeric:tabular-nums}code{font:12px ui-monospace,monospace;overflow-wrap:anywhere}\
.passed{color:#0a6b2d}.failed{color:#b00020;font-weight:600}.not-run{color:#8a5a00}.not-applicable{color:#666}\
small{color:#555}@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}";

impl Report {
    /// The page: chip, conformance statement, every case, digest.
    #[must_use]
    pub fn html(&self) -> String {
        let mut out = String::new();
        let verdict = if self.qualified { ("passed", "Qualified") } else { ("failed", "Not qualified") };
        let _ = write!(
            out,
            "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Chip qualification: {chip}</title>\
             <style>{STYLE}</style></head><body>\n<h1>Chip qualification</h1>\n<p class=\"{class}\">{word}</p>\n",
            chip = escaped(&self.chip),
            class = verdict.0,
            word = verdict.1,
        );
        self.head(&mut out);
        self.counts_table(&mut out);
        self.statement(&mut out);
        for suite in self.suites.keys() {
            let _ = write!(
                out,
                "<h2>{}</h2>\n<table><tr><th>case</th><th>what is tested</th><th>expectation</th><th>verdict</th></tr>\n",
                escaped(suite)
            );
            self.cases.iter().filter(|case| case.suite == *suite).for_each(|case| case_row(&mut out, case));
            out.push_str("</table>\n");
        }
        let _ = writeln!(
            out,
            "<p><small>Digest of the report in canonical form (RFC 8785, SHA-256): <code>{}</code></small></p>\n</body></html>",
            escaped(&self.digest)
        );
        out
    }

    fn head(&self, out: &mut String) {
        out.push_str("<table>\n");
        let mut row = |name: &str, value: &str| {
            let _ = writeln!(out, "<tr><th>{name}</th><td><code>{}</code></td></tr>", escaped(value));
        };
        row("chip", &self.chip);
        row("date", &self.date);
        row("answer to reset", &self.atr);
        row("EF.SOD, SHA-256", self.sod_digest.as_deref().unwrap_or("not read"));
        row("sacrificial cases", if self.sacrificial { "allowed" } else { "left out" });
        row("commands", &self.commands.to_string());
        row("digest", &self.digest);
        out.push_str("</table>\n");
    }

    fn counts_table(&self, out: &mut String) {
        out.push_str(
            "<h2>Counts</h2>\n<table><tr><th>suite</th><th>passed</th><th>failed</th><th>not applicable</th><th>not run</th></tr>\n",
        );
        let all = ("all", self.counts);
        for (suite, counts) in self.suites.iter().map(|(suite, counts)| (suite.as_str(), *counts)).chain([all]) {
            let Counts { passed, failed, not_applicable, not_run } = counts;
            let _ = writeln!(
                out,
                "<tr><td>{}</td><td class=\"n\">{passed}</td><td class=\"n\">{failed}</td><td class=\"n\">{not_applicable}</td><td class=\"n\">{not_run}</td></tr>",
                escaped(suite)
            );
        }
        let _ = writeln!(
            out,
            "</table>\n<p>Expectations: {} published by the suite, {} derived from the standard by the clause that is named.</p>",
            self.expectations.published, self.expectations.derived
        );
    }

    fn statement(&self, out: &mut String) {
        out.push_str(
            "<h2>Conformance statement</h2>\n<table><tr><th>item</th><th>it says</th><th>is</th><th>passed</th><th>not applicable</th></tr>\n",
        );
        for row in &self.ics {
            let differs = if self.differing.contains(&row.name) { " (stated otherwise)" } else { "" };
            let _ = writeln!(
                out,
                "<tr><td><code>{}</code></td><td>{}</td><td>{}{differs}</td><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>",
                escaped(&row.name),
                escaped(&row.says),
                if row.value { "true" } else { "false" },
                row.passed,
                row.not_applicable
            );
        }
        out.push_str("</table>\n");
    }
}

fn case_row(out: &mut String, case: &CaseRow) {
    let source = match &case.clause {
        Some(clause) => format!("{}<br><small>{}</small>", case.expectation, escaped(clause)),
        None => case.expectation.to_owned(),
    };
    let detail = case.verdict.detail();
    let detail = match (&case.verdict, detail.is_empty()) {
        (_, true) => String::new(),
        (Verdict::Failed { .. }, _) => format!("<br>{}", escaped(&detail)),
        _ => format!("<br><small>{}</small>", escaped(&detail)),
    };
    let _ = writeln!(
        out,
        "<tr><td><code>{}</code><br><small>{}</small></td><td>{}</td><td>{source}</td><td><span class=\"{word}\">{word}</span>{detail}</td></tr>",
        escaped(&case.id),
        escaped(&case.section),
        escaped(&case.title),
        word = case.verdict.word(),
    );
}

/// Text that a chip or a file of cases may have written.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter if letter.is_control() => out.push('?'),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_becomes_a_tag() {
        assert_eq!(escaped("<b onclick=\"x\">&\u{1b}"), "&lt;b onclick=&quot;x&quot;&gt;&amp;?");
    }
}
