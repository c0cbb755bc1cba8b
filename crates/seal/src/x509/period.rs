use der::asn1::{GeneralizedTime, UtcTime};
use der::{Decode, Encode};
use jiff::civil::DateTime;
use sigillo_tlv::Tlv;
use x509_cert::time::Time;

use crate::asn1::UTC_TIME;
use crate::error::{SealError, SealErrorKind};

/// A closed span of time, to the second, in UTC.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Period {
    from: DateTime,
    to: DateTime,
}

impl Period {
    /// From the first second to the last, both inside.
    ///
    /// # Errors
    ///
    /// `seal.period` if it ends before it begins.
    pub fn new(from: DateTime, to: DateTime) -> Result<Self, SealError> {
        if from <= to { Ok(Self { from, to }) } else { Err(SealErrorKind::Period.into()) }
    }

    /// The first second.
    #[must_use]
    pub fn from(&self) -> DateTime {
        self.from
    }

    /// The last second.
    #[must_use]
    pub fn to(&self) -> DateTime {
        self.to
    }

    /// Whether the other period lies inside this one.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        self.from <= other.from && other.to <= self.to
    }
}

/// UTCTime to 2049, GeneralizedTime from 2050.
pub(crate) fn encode(moment: DateTime) -> Result<Vec<u8>, SealError> {
    Time::from(whole_seconds(moment)?).to_der().map_err(|_| SealErrorKind::ProfileField { field: "time" }.into())
}

pub(crate) fn encode_generalized(moment: DateTime) -> Result<Vec<u8>, SealError> {
    let time = GeneralizedTime::from_date_time(whole_seconds(moment)?);
    time.to_der().map_err(|_| SealErrorKind::ProfileField { field: "time" }.into())
}

/// Reads a UTCTime or GeneralizedTime as DER has them.
pub(crate) fn decode(tlv: &Tlv<'_>) -> Result<DateTime, SealError> {
    let malformed = SealErrorKind::DerValue { what: "a time" }.at(tlv.at);
    let moment = if tlv.tag.number() == UTC_TIME {
        UtcTime::from_der(tlv.raw).map_err(|_| malformed)?.to_date_time()
    } else {
        GeneralizedTime::from_der(tlv.raw).map_err(|_| malformed)?.to_date_time()
    };
    from_der(&moment).ok_or(malformed)
}

pub(super) fn whole_seconds(moment: DateTime) -> Result<der::DateTime, SealError> {
    to_der(moment).ok_or(SealErrorKind::ProfileField { field: "time" }.into())
}

/// The same second in the other library's words; years before 1970 or behind 9999 have none.
fn to_der(time: DateTime) -> Option<der::DateTime> {
    let part = |value: i8| u8::try_from(value).ok();
    let year = u16::try_from(time.year()).ok()?;
    der::DateTime::new(
        year,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minute())?,
        part(time.second())?,
    )
    .ok()
}

pub(super) fn from_der(time: &der::DateTime) -> Option<DateTime> {
    let part = |value: u8| i8::try_from(value).ok();
    let year = i16::try_from(time.year()).ok()?;
    DateTime::new(
        year,
        part(time.month())?,
        part(time.day())?,
        part(time.hour())?,
        part(time.minutes())?,
        part(time.seconds())?,
        0,
    )
    .ok()
}
