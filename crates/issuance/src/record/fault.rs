/// One thing that is wrong with a line: where, what, and what to do; never the value.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The line of the lot, from 1; 0 for a record that stands alone.
    pub line: u64,
    /// The path of the field, such as `children[1].birth_date`; empty for the line as a whole.
    pub field: String,
    /// The stable code.
    pub code: &'static str,
    /// What to do.
    pub advice: &'static str,
}

impl Fault {
    /// A fault of a record that stands alone.
    pub(crate) fn new(field: impl Into<String>, kind: FaultKind) -> Self {
        Self { line: 0, field: field.into(), code: kind.code(), advice: kind.advice() }
    }

    /// The same fault, in a line of a lot.
    pub(crate) fn in_line(self, line: u64) -> Self {
        Self { line, ..self }
    }
}

/// For people: line, field, code, advice.
impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        let field = if self.field.is_empty() { "the line" } else { &self.field };
        write!(f, "{field}: {}: {}", self.code, self.advice)
    }
}

macro_rules! fault_kinds {
    ($($variant:ident $code:literal $advice:literal)*) => {
        /// Every kind of fault a record can have.
        #[derive(Clone, Copy, Debug, Eq, PartialEq)]
        pub enum FaultKind { $(#[doc = $advice] $variant,)* }

        impl FaultKind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable code.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// What to do, in one sentence.
            pub const fn advice(self) -> &'static str {
                match self { $(Self::$variant => $advice,)* }
            }
        }
    };
}

fault_kinds! {
    // The line.
    LineTooLong "record.too-long" "Keep a line within 256 KiB: deliver large images by path."
    NotJson "record.json" "Write one JSON object a line, in UTF-8, with nothing before or behind it."
    TooDeep "record.too-deep" "Nest no deeper than the schema does."
    NotAnObject "record.not-object" "Begin the line with { and end it with }."
    DuplicateField "record.duplicate-field" "Write each field once."
    UnknownField "record.unknown-field" "Remove the field, or correct its name: the schema lists all of them."
    Missing "record.missing" "Add the field: the schema requires it."
    WrongType "record.wrong-type" "Give the field the JSON type that the schema says; leave an absent field out instead of writing null."
    SchemaVersion "record.schema-version" "Write \"schema\": \"r-pse.v1\", and deliver the record in that form."
    // Texts.
    TextEmpty "record.text-empty" "Write at least one character, or leave an optional field out."
    TextTooLong "record.text-too-long" "Shorten the text to the length that the schema gives."
    TextCharacters "record.text-characters" "Remove control characters, direction marks, and blanks at the ends."
    TooManyItems "record.too-many-items" "Shorten the list to the length that the schema gives."
    DocumentNumber "record.document-number" "Write I and eight digits, or leave the field out where the blank brings the number."
    PreviousDocument "record.previous-document" "Write the capital letters and digits of the number that this permit replaces, which is not its own."
    Pratica "record.pratica" "Write the office's file reference with letters, digits and the characters . / - only."
    MrzName "record.mrz-name" "Write the machine-readable form with the letters A to Z, single blanks or hyphens between them."
    MrzNameAlone "record.mrz-name-alone" "Add the name itself: a machine-readable form stands beside it, never alone."
    Transliteration "record.transliteration" "Give mrz_surname and mrz_given_names: ICAO 9303-3 has no letters for a character of this name."
    Sex "record.sex" "Write F, M or X."
    Nationality "record.nationality" "Write an ICAO 9303-3 code, such as MAR, D, XXA or UNO."
    // Codice fiscale.
    CodiceFiscaleForm "record.codice-fiscale-form" "Write the sixteen capital letters and digits of the tax card."
    CodiceFiscaleCheck "record.codice-fiscale-check" "Copy the code again from the tax card: its check letter does not fit."
    CodiceFiscaleDate "record.codice-fiscale-date" "Copy the code again from the tax card: it names a day that no calendar has."
    CodiceFiscaleMismatch "record.codice-fiscale-mismatch" "Compare the code with birth date and sex: one of the three is wrong."
    // Dates.
    DateForm "record.date-form" "Write a date that exists as YYYY-MM-DD."
    BirthDateForm "record.birth-date-form" "Write a date that exists as YYYY-MM-DD, with 00 for an unknown month or day."
    BirthDateRange "record.birth-date-range" "Correct the year: nobody is born in the future, or more than 130 years ago."
    CaptureDate "record.capture-date" "Correct the day on which portrait and fingerprints were taken: it lies between birth and today."
    ValidityOrder "record.validity-order" "Let valid_to lie after valid_from."
    ValidityLength "record.validity-length" "Shorten the validity to ten years."
    Expired "record.expired" "Correct valid_to: a permit that has expired is not formed."
    // Children.
    ChildAge "record.child-age" "Remove the child: from fourteen on it has a permit of its own."
    // Images.
    ImageSource "record.image-source" "Give exactly one of base64 and path."
    ImageBase64 "record.image-base64" "Encode the image as RFC 4648 base64 with padding and without line breaks."
    ImagePath "record.image-path" "Give a relative path with forward slashes that stays inside the lot's folder."
    ImageMissing "record.image-missing" "Put the image where its path says."
    ImageUnreadable "record.image-unreadable" "Make the image file readable."
    ImageTooLarge "record.image-too-large" "Compress the image: it does not fit the space that the chip gives it."
    PortraitFormat "record.portrait-format" "Deliver the portrait as a baseline JPEG or a JPEG 2000 file that is whole."
    PortraitSize "record.portrait-size" "Deliver the portrait upright, 240 x 320 to 1200 x 1600 pixels."
    PortraitColour "record.portrait-colour" "Deliver the portrait in colour, eight bits a component."
    SignatureFormat "record.signature-format" "Deliver the signature as a baseline JPEG or a JPEG 2000 file of at most 1600 x 800 pixels that is whole."
    // Fingerprints.
    FingerprintFormat "record.fingerprint-format" "Deliver the fingerprint as a WSQ file that is whole."
    FingerprintSize "record.fingerprint-size" "Deliver a plain print of 200 x 200 to 832 x 832 pixels."
    FingerprintResolution "record.fingerprint-resolution" "Capture the fingerprint at 500 dots an inch."
    FingerPosition "record.finger-position" "Write the position as right-thumb to right-little or left-thumb to left-little."
    FingerTwice "record.finger-twice" "Take two different fingers."
    FingerprintsMissing "record.fingerprints-missing" "Add the fingerprints, or say in fingerprints_absent why there are none."
    FingerprintsAndReason "record.fingerprints-and-reason" "Remove fingerprints_absent, since there are fingerprints."
    AbsenceReason "record.absence-reason" "Write under-six, physically-impossible or temporarily-impossible (under-six says nothing of a second finger)."
    UnderSix "record.under-six" "Take fingerprints: the holder was six or older on the capture date."
    SecondFingerMissing "record.second-finger-missing" "Add the second finger, or say in second_finger_absent why it is absent."
    SecondFingerReason "record.second-finger-reason" "Remove second_finger_absent: it explains a single finger only."
    // Lots.
    DuplicateNumber "record.duplicate-number" "Remove one of the two records, or correct its document number: an earlier line has it already."
    DuplicatePratica "record.duplicate-pratica" "Remove one of the two records, or correct its file reference: an earlier line has it already."
}
