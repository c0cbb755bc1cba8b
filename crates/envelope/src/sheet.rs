use pdf_writer::types::LineCapStyle;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};
use sigillo_secret::SecretBytes;

use crate::metrics::{Face, width};

/// One sheet A4 that ink is put on; places are in millimetres from its upper left corner, text sizes in points.
pub(crate) struct Sheet(Content);

/// Width and height of A4.
pub(crate) const A4: (f32, f32) = (210.0, 297.0);

impl Sheet {
    pub(crate) fn new() -> Self {
        Self(Content::with_capacity(ROOM))
    }

    /// Shades of grey from 0 (black) to 1 (white), for what comes next.
    pub(crate) fn ink(&mut self, grey: f32) {
        self.0.set_fill_gray(grey);
        self.0.set_stroke_gray(grey);
    }

    /// Text that begins at a place of its base line.
    pub(crate) fn text(&mut self, face: Face, size: f32, (x, y): (f32, f32), octets: &[u8]) {
        self.0.begin_text();
        self.0.set_font(name(face), size);
        self.0.next_line(points(x), points(A4.1 - y));
        self.0.show(Str(octets));
        self.0.end_text();
    }

    /// Text that ends at a place of its base line.
    pub(crate) fn text_to(&mut self, face: Face, size: f32, (x, y): (f32, f32), octets: &[u8]) {
        self.text(face, size, (x - millimetres(width(face, size, octets)), y), octets);
    }

    /// Digits in groups, wide apart, that end at a place: each group is written straight from where the code lies.
    pub(crate) fn digits_to(&mut self, size: f32, (x, y): (f32, f32), digits: &[u8], group: usize) {
        let (digit, gap) = (width(Face::Bold, size, b"0"), width(Face::Bold, size, b"0") * GAP);
        let groups = digits.chunks(group);
        // No code has more digits than a float counts.
        #[allow(clippy::cast_precision_loss, reason = "a code is short")]
        let whole = digits.len() as f32 * digit + (groups.len() as f32 - 1.0) * gap;
        let mut at = points(x) - whole;
        for group in groups {
            self.0.begin_text();
            self.0.set_font(name(Face::Bold), size);
            self.0.next_line(at, points(A4.1 - y));
            self.0.show(Str(group));
            self.0.end_text();
            #[allow(clippy::cast_precision_loss, reason = "a group is short")]
            let wide = group.len() as f32 * digit + gap;
            at += wide;
        }
    }

    /// A line; `dash` is the length of its dashes, 0 for none.
    pub(crate) fn line(&mut self, from: (f32, f32), to: (f32, f32), thickness: f32, dash: f32) {
        self.stroke(thickness, dash);
        self.0.move_to(points(from.0), points(A4.1 - from.1));
        self.0.line_to(points(to.0), points(A4.1 - to.1));
        self.0.stroke();
    }

    /// A filled rectangle: its upper left corner, width and height.
    pub(crate) fn fill(&mut self, (x, y): (f32, f32), (wide, high): (f32, f32)) {
        self.0.rect(points(x), points(A4.1 - y - high), points(wide), points(high));
        self.0.fill_nonzero();
    }

    /// The frame of a rectangle.
    pub(crate) fn frame(&mut self, (x, y): (f32, f32), (wide, high): (f32, f32), thickness: f32, dash: f32) {
        self.stroke(thickness, dash);
        self.0.rect(points(x), points(A4.1 - y - high), points(wide), points(high));
        self.0.stroke();
    }

    /// The file around the page: fonts by name, a title for the printer's queue that names nobody, nothing else.
    pub(crate) fn into_pdf(self, title: &str) -> SecretBytes {
        let content = SecretBytes::new(self.0.finish().into_vec());
        let [catalog, tree, page, ink, plain, bold, info] = [1, 2, 3, 4, 5, 6, 7].map(Ref::new);
        let mut pdf = Pdf::with_capacity(ROOM + ROOM);
        pdf.catalog(catalog).pages(tree).lang(TextStr("it-IT"));
        pdf.pages(tree).kids([page]).count(1);
        let mut sheet = pdf.page(page);
        sheet.parent(tree).media_box(Rect::new(0.0, 0.0, points(A4.0), points(A4.1))).contents(ink);
        sheet.resources().fonts().pair(name(Face::Plain), plain).pair(name(Face::Bold), bold);
        sheet.finish();
        for (font, face) in [(plain, b"Helvetica".as_slice()), (bold, b"Helvetica-Bold")] {
            pdf.type1_font(font).base_font(Name(face)).encoding_predefined(Name(b"WinAnsiEncoding"));
        }
        content.expose(|content| drop(pdf.stream(ink, content)));
        pdf.document_info(info).title(TextStr(title));
        SecretBytes::new(pdf.finish())
    }

    fn stroke(&mut self, thickness: f32, dash: f32) {
        self.0.set_line_width(thickness);
        self.0.set_line_cap(LineCapStyle::ButtCap);
        let dashes = if dash > 0.0 { vec![points(dash), points(dash)] } else { Vec::new() };
        self.0.set_dash_pattern(dashes, 0.0);
    }
}

const fn name(face: Face) -> Name<'static> {
    match face {
        Face::Plain => Name(b"P"),
        Face::Bold => Name(b"B"),
    }
}

/// Points of millimetres.
pub(crate) fn points(millimetres: f32) -> f32 {
    millimetres * 72.0 / 25.4
}

/// Millimetres of points.
pub(crate) fn millimetres(points: f32) -> f32 {
    points * 25.4 / 72.0
}

/// A page has half as many octets: nothing is moved in memory while it grows.
const ROOM: usize = 32 * 1024;
/// Between two groups, in widths of a digit.
const GAP: f32 = 0.55;
