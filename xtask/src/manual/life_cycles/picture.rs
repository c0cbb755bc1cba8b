//! Drawing: boxes, arrows and labels, as SVG whose colours follow the reader's light or dark page.

use std::fmt::Write;

/// A picture that grows.
pub(super) struct Picture {
    width: u32,
    height: u32,
    body: String,
    /// Labels stand above all arrows.
    labels: String,
}

/// What a box says of itself by its colours.
#[derive(Clone, Copy)]
pub(super) enum Tone {
    /// On the line.
    Line,
    /// Finished, and nothing may be done with it yet.
    Waiting,
    /// In force.
    Good,
    /// Stopped, and not for ever.
    Halted,
    /// Nothing follows.
    Final,
}

/// A place in the picture.
pub(super) type Point = (i32, i32);

/// Width and height of a box.
pub(super) const BOX: (i32, i32) = (164, 64);

impl Picture {
    pub(super) fn new(title: &str, description: &str, width: u32, height: u32) -> Self {
        let mut body = String::new();
        let _ = writeln!(body, "<title>{title}</title>\n<desc>{description}</desc>");
        let _ = writeln!(body, r#"<rect class="page" width="{width}" height="{height}" rx="16"/>"#);
        Self { width, height, body, labels: String::new() }
    }

    /// A state, by the centre of its box; a final one has two borders.
    pub(super) fn state(&mut self, (x, y): Point, name: &str, italian: &str, tone: Tone) {
        let (width, height) = BOX;
        let class = tone.class();
        let rect = |inset: i32| {
            let (left, top) = (x - width / 2 + inset, y - height / 2 + inset);
            let (width, height, radius) = (width - 2 * inset, height - 2 * inset, 14 - inset);
            format!(r#"<rect class="{class}" x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}"/>"#)
        };
        let _ = writeln!(self.body, "{}", rect(0));
        if matches!(tone, Tone::Final) {
            let _ = writeln!(self.body, "{}", rect(4));
        }
        let first = if italian.is_empty() { y + 5 } else { y - 3 };
        let _ = writeln!(self.body, r#"<text class="state" x="{x}" y="{first}">{name}</text>"#);
        if !italian.is_empty() {
            let _ = writeln!(self.body, r#"<text class="italian" x="{x}" y="{}">{italian}</text>"#, y + 17);
        }
    }

    /// An arrow along a path, in the colour of who may cause it.
    pub(super) fn arrow(&mut self, path: &str, who: &str) {
        let _ = writeln!(self.body, r#"<path class="arrow {who}" d="{path}" marker-end="url(#{who})"/>"#);
    }

    /// A frame around several states, and what it says.
    pub(super) fn frame(&mut self, (left, top): Point, (width, height): (i32, i32), says: &str) {
        let _ = writeln!(
            self.body,
            r#"<rect class="frame" x="{left}" y="{top}" width="{width}" height="{height}" rx="20"/>"#
        );
        let _ = writeln!(self.body, r#"<text class="note" x="{}" y="{}">{says}</text>"#, left + 24, top + height - 18);
    }

    /// What happens, and who may cause it, by the centre of the label.
    pub(super) fn label(&mut self, (x, y): Point, event: &str, who: (&str, &str)) {
        let (class, actors) = who;
        let width = i32::try_from(event.len().max(actors.len())).unwrap_or(20) * 7 + 22;
        let (left, top) = (x - width / 2, y - 19);
        let _ = writeln!(
            self.labels,
            r#"<rect class="label {class}" x="{left}" y="{top}" width="{width}" height="38" rx="10"/>
<text class="event {class}" x="{x}" y="{}">{event}</text>
<text class="actors" x="{x}" y="{}">{actors}</text>"#,
            y - 3,
            y + 12
        );
    }

    /// The whole file.
    pub(super) fn finish(self) -> String {
        let Self { width, height, body, labels } = self;
        let mut markers = String::new();
        for who in WHO {
            let _ = writeln!(
                markers,
                r#"<marker id="{who}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="9" markerHeight="9" markerUnits="userSpaceOnUse" orient="auto"><path class="head {who}" d="M0,0.5 L10,5 L0,9.5 L2.5,5 z"/></marker>"#
            );
        }
        format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
<!-- Made by `cargo xtask manual` from the tables of crates/issuance. -->
<style>
{STYLE}</style>
<defs>
{markers}</defs>
{body}{labels}</svg>
"#
        )
    }
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Line => "box on-line",
            Self::Waiting => "box waiting",
            Self::Good => "box good",
            Self::Halted => "box halted",
            Self::Final => "box final",
        }
    }
}

/// The groups of people who may cause something, by the names of their colours.
const WHO: [&str; 3] = ["by-line", "by-office", "by-others"];

/// Colours twice: a reader whose page is dark gets the second ones. Each pair of text and ground has a contrast above 4.5.
const STYLE: &str = r"text { font-family: 'Source Sans 3', 'Segoe UI', Helvetica, Arial, sans-serif; text-anchor: middle; }
.state { font-size: 17px; font-weight: 600; }
.italian { font-size: 14px; font-style: italic; }
.event { font-size: 13px; font-weight: 600; }
.actors { font-size: 12px; }
.note { font-size: 14px; font-style: italic; text-anchor: start; }
.arrow { fill: none; stroke-width: 2; }
.box { stroke-width: 1.5; }
.frame { fill: none; stroke-width: 1.5; stroke-dasharray: 6 6; }
.label { stroke: none; }
.page, .label { fill: #ffffff; }
.state { fill: #1b2430; } .italian, .note, .actors { fill: #55606e; }
.frame { stroke: #a9b2bd; }
.on-line { fill: #e9f1fb; stroke: #6d97c9; }
.waiting { fill: #fdf3d9; stroke: #d0a63a; }
.good { fill: #e2f4e6; stroke: #4f9d63; }
.halted { fill: #fde9dc; stroke: #d4824a; }
.final { fill: #f0eff2; stroke: #85808f; }
.arrow.by-line { stroke: #2f6db5; } .head.by-line, .event.by-line { fill: #2f6db5; }
.arrow.by-office { stroke: #8a3fa0; } .head.by-office, .event.by-office { fill: #8a3fa0; }
.arrow.by-others { stroke: #a8501c; } .head.by-others, .event.by-others { fill: #a8501c; }
@media (prefers-color-scheme: dark) {
.page, .label { fill: #161b22; }
.state { fill: #eef2f6; } .italian, .note, .actors { fill: #a7b1bd; }
.frame { stroke: #4a5563; }
.on-line { fill: #1b2b40; stroke: #5f8fc9; }
.waiting { fill: #3a2f14; stroke: #c79a2e; }
.good { fill: #17321f; stroke: #55a86b; }
.halted { fill: #3d2618; stroke: #d4824a; }
.final { fill: #2a2830; stroke: #8f8a9a; }
.arrow.by-line { stroke: #74aef0; } .head.by-line, .event.by-line { fill: #74aef0; }
.arrow.by-office { stroke: #cf93e3; } .head.by-office, .event.by-office { fill: #cf93e3; }
.arrow.by-others { stroke: #eda06a; } .head.by-others, .event.by-others { fill: #eda06a; }
}
";
