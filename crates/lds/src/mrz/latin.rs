/// Latin letters whose value is not simply their letter without diacritics.
///
/// Spec: `icao-9303-3#latin`.
pub(super) fn letter(capital: char) -> Option<&'static str> {
    Some(match capital {
        'Ä' | 'Æ' => "AE",
        'Å' => "AA",
        'Ð' | 'Đ' => "D",
        'Ħ' => "H",
        'ı' => "I",
        'Ĳ' => "IJ",
        'Ŀ' | 'Ł' => "L",
        'Ŋ' => "N",
        'Ö' | 'Ø' | 'Œ' => "OE",
        'ẞ' => "SS",
        'Þ' => "TH",
        'Ŧ' => "T",
        'Ü' => "UE",
        _ => return None,
    })
}

/// A plain capital as text.
pub(super) fn plain(capital: char) -> Option<&'static str> {
    let at = "ABCDEFGHIJKLMNOPQRSTUVWXYZ".find(capital)?;
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ".get(at..=at)
}
