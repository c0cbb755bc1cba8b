/// Where one field of a record goes: data group and tag, machine-readable zone, print.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FieldRow {
    /// The field of the record.
    pub field: &'static str,
    /// Whether a record without it is refused.
    pub required: bool,
    /// The data group and tag, where the chip carries it.
    pub chip: Option<Placed>,
    /// The place in the machine-readable zone: line and positions.
    pub mrz: Option<&'static str>,
    /// The zone of the printed card, or what it is kept for.
    pub print: &'static str,
}

/// A data group and the tag of the value inside it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Placed {
    /// The number of the data group.
    pub data_group: u8,
    /// The tag.
    pub tag: u32,
}

/// The members of a record, in the order of its schema: what is in no row is refused.
///
/// Zones 1 to 6.4 are those of annex A of the decree of 28.9.2009; where the annex could not be obtained the row says `to be fixed`.
pub const FIELD_MAP: &[FieldRow] = &[
    row("schema", true, None, None, "not printed"),
    row("document_number", false, dg(1, 0x5F1F), Some("line 1, 6-14"), "zone 2"),
    row("type", true, None, None, "zone 6.4"),
    row("surname", true, dg(11, 0x5F0E), Some("line 3"), "zone 3.1"),
    row("given_names", false, dg(11, 0x5F0E), Some("line 3"), "zone 3.1"),
    row("mrz_surname", false, dg(1, 0x5F1F), Some("line 3"), "machine-readable zone only"),
    row("mrz_given_names", false, dg(1, 0x5F1F), Some("line 3"), "machine-readable zone only"),
    row("birth_date", true, dg(11, 0x5F2B), Some("line 2, 1-6"), "zone to be fixed"),
    row("birth_place", true, dg(11, 0x5F11), None, "zone to be fixed"),
    row("sex", true, dg(1, 0x5F1F), Some("line 2, 8"), "zone to be fixed"),
    row("nationality", true, dg(1, 0x5F1F), Some("line 2, 16-18"), "zone to be fixed"),
    row("codice_fiscale", false, dg(11, 0x5F10), None, "zone to be fixed"),
    row("issue_place", true, None, None, "zone 5.3"),
    row("authority", true, dg(12, 0x5F19), None, "zone to be fixed"),
    row("delivery_office", true, None, None, "not printed: consignment and register"),
    row("valid_from", true, dg(12, 0x5F26), None, "zone 5.3"),
    row("valid_to", true, dg(1, 0x5F1F), Some("line 2, 9-14"), "zone 4.2"),
    row("remarks", false, dg(12, 0x5F1B), None, "zone to be fixed"),
    row("children", false, None, None, "zone to be fixed, and register"),
    row("portrait", true, dg(2, 0x5F2E), None, "portrait"),
    row("signature", false, None, None, "signature"),
    row("capture_date", true, None, None, "not printed: register"),
    row("fingerprints", false, dg(3, 0x5F2E), None, "not printed"),
    row("fingerprints_absent", false, dg(3, 0x53), None, "not printed: register"),
    row("second_finger_absent", false, None, None, "not printed: register"),
    row("previous_document", false, None, None, "not printed: register"),
    row("pratica", true, None, None, "not printed: consignment and register"),
];

const fn row(
    field: &'static str,
    required: bool,
    chip: Option<Placed>,
    mrz: Option<&'static str>,
    print: &'static str,
) -> FieldRow {
    FieldRow { field, required, chip, mrz, print }
}

const fn dg(data_group: u8, tag: u32) -> Option<Placed> {
    Some(Placed { data_group, tag })
}
