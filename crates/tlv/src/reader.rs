use crate::error::{TlvError, TlvErrorKind};
use crate::tag::Tag;

/// One TLV inside a borrowed input.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Tlv<'a> {
    /// The tag.
    pub tag: Tag,
    /// The value octets.
    pub value: &'a [u8],
    /// Tag, length and value as they stand in the input: this is what hashes cover.
    pub raw: &'a [u8],
    /// Offset of `raw` in the outermost input.
    pub at: usize,
}

/// Walks the TLVs of one level, in order.
#[derive(Clone)]
pub struct Reader<'a> {
    rest: &'a [u8],
    at: usize,
}

/// Reads exactly one TLV of the given tag, with nothing behind it.
///
/// # Errors
///
/// Any [`TlvError`] of the outer level.
pub fn single(bytes: &[u8], tag: u32) -> Result<Tlv<'_>, TlvError> {
    let mut reader = Reader::new(bytes);
    let tlv = reader.expect(tag)?;
    reader.finish()?;
    Ok(tlv)
}

/// The length of the first TLV, header included, judged by its first octets alone; `None` while they do not suffice.
///
/// A terminal reads the first octets of a file and learns from them how much to read.
///
/// # Errors
///
/// `tlv.tag-form`, `tlv.length-form` or `tlv.indefinite`.
pub fn total_length(prefix: &[u8]) -> Result<Option<usize>, TlvError> {
    match header(prefix, 0) {
        Ok(header) => Ok(Some(header.length.saturating_add(header.size))),
        Err(error) if error.kind() == TlvErrorKind::Truncated => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a TLV holds is not printed: it may be personal.
impl std::fmt::Debug for Tlv<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Tlv({:?}, {} octets at {})", self.tag, self.value.len(), self.at)
    }
}

/// What is left to read is not printed: it may be personal.
impl std::fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({} octets left at {})", self.rest.len(), self.at)
    }
}

impl<'a> Tlv<'a> {
    /// Descends into a constructed value; offsets go on counting from the outermost input.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        Reader { rest: self.value, at: self.value_at() }
    }

    /// Offset of the value in the outermost input.
    #[must_use]
    pub fn value_at(&self) -> usize {
        self.at + (self.raw.len() - self.value.len())
    }
}

impl<'a> Reader<'a> {
    /// Starts at the first octet.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, at: 0 }
    }

    /// The next TLV, or `None` at the end.
    ///
    /// # Errors
    ///
    /// `tlv.tag-form`, `tlv.length-form`, `tlv.indefinite` or `tlv.truncated`.
    #[allow(clippy::should_implement_trait, reason = "fallible: an Iterator would hide where the input broke off")]
    pub fn next(&mut self) -> Result<Option<Tlv<'a>>, TlvError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let header = header(self.rest, self.at)?;
        let total = header.size.checked_add(header.length).filter(|total| *total <= self.rest.len());
        let Some((raw, rest)) = total.and_then(|total| self.rest.split_at_checked(total)) else {
            return Err(TlvError::new(TlvErrorKind::Truncated, self.at));
        };
        let value = raw.get(header.size..).unwrap_or_default();
        let tlv = Tlv { tag: header.tag, value, raw, at: self.at };
        self.at += raw.len();
        self.rest = rest;
        Ok(Some(tlv))
    }

    /// The next TLV, which must have this tag.
    ///
    /// # Errors
    ///
    /// `tlv.tag-unexpected`, or those of [`Reader::next`].
    pub fn expect(&mut self, tag: u32) -> Result<Tlv<'a>, TlvError> {
        let at = self.at;
        match self.next()? {
            Some(tlv) if tlv.tag.number() == tag => Ok(tlv),
            found => {
                let found = found.map(|tlv| tlv.tag.number());
                Err(TlvError::new(TlvErrorKind::TagUnexpected { expected: tag, found }, at))
            }
        }
    }

    /// The next TLV if it has this tag; otherwise nothing is consumed.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::next`].
    pub fn optional(&mut self, tag: u32) -> Result<Option<Tlv<'a>>, TlvError> {
        match self.peek_tag()? {
            Some(found) if found.number() == tag => self.next(),
            _ => Ok(None),
        }
    }

    /// The tag of the next TLV, or `None` at the end; nothing is consumed.
    ///
    /// # Errors
    ///
    /// Those of [`Reader::next`].
    pub fn peek_tag(&self) -> Result<Option<Tag>, TlvError> {
        if self.rest.is_empty() { Ok(None) } else { Ok(Some(header(self.rest, self.at)?.tag)) }
    }

    /// What is not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Offset of the next TLV in the outermost input.
    #[must_use]
    pub fn at(&self) -> usize {
        self.at
    }

    /// Ends the level.
    ///
    /// # Errors
    ///
    /// `tlv.trailing-bytes` if anything is left.
    pub fn finish(self) -> Result<(), TlvError> {
        match self.rest.len() {
            0 => Ok(()),
            count => Err(TlvError::new(TlvErrorKind::TrailingBytes { count }, self.at)),
        }
    }
}

struct Header {
    tag: Tag,
    size: usize,
    length: usize,
}

fn header(bytes: &[u8], at: usize) -> Result<Header, TlvError> {
    let truncated = TlvError::new(TlvErrorKind::Truncated, at);
    let form = TlvError::new(TlvErrorKind::TagForm, at);
    let mut octets = bytes.iter().copied();
    let mut size = 0;
    let mut take = || {
        size += 1;
        octets.next().ok_or(truncated)
    };

    let first = take()?;
    let tag = match first {
        // Padding octets between TLVs are legal in some ISO 7816 files, never in what we read.
        0x00 | 0xFF => return Err(form),
        _ if first & 0x1F != 0x1F => u32::from(first),
        _ => {
            let second = take()?;
            match second {
                // BER would put numbers below 31 into one octet, but ICAO's 5F01 does not; a leading 80 is a padded number.
                0x00 | 0x80 => return Err(form),
                0x01..=0x7F => u32::from(first) << 8 | u32::from(second),
                _ => {
                    let third = take()?;
                    if third & 0x80 != 0 {
                        return Err(form);
                    }
                    u32::from(first) << 16 | u32::from(second) << 8 | u32::from(third)
                }
            }
        }
    };
    let length = match take()? {
        short @ 0x00..=0x7F => usize::from(short),
        0x80 => return Err(TlvError::new(TlvErrorKind::Indefinite, at)),
        long @ 0x81..=0x84 => {
            let mut length = 0usize;
            for _ in 0..(long & 0x7F) {
                length = length << 8 | usize::from(take()?);
            }
            length
        }
        _ => return Err(TlvError::new(TlvErrorKind::LengthForm, at)),
    };
    Ok(Header { tag: Tag::new(tag), size, length })
}
