use jiff::civil::Date;
use serde_json::Value;
use sigillo_lds::date::PartialDate;
use sigillo_lds::dg3::FingerPosition;

use super::fault::FaultKind;
use super::holder::{FingerAbsence, Fingerprint, Fingerprints};
use super::images::{self, ImageSource};
use super::members::Members;
use super::rules::LotRules;
use crate::date;

/// The fingerprints of a record, and the six rules of D4 about them.
pub(super) fn fingerprints(
    members: &mut Members<'_>,
    images: &dyn ImageSource,
    rules: &LotRules,
    birth: Option<PartialDate>,
    capture: Option<Date>,
) -> Option<Fingerprints> {
    let items = members.items("fingerprints", 2);
    let count = items.len();
    let fingers = fingers(members, items, images, rules);
    let absent_given = members.optional("fingerprints_absent");
    let second_given = members.optional("second_finger_absent");
    let absent = absent_given.as_ref().and_then(|value| reason(members, "fingerprints_absent", value));
    let second = second_given.as_ref().and_then(|value| reason(members, "second_finger_absent", value));

    if count == 0 && absent_given.is_none() {
        members.fault("fingerprints", FaultKind::FingerprintsMissing);
    }
    if count > 0 && absent_given.is_some() {
        members.fault("fingerprints_absent", FaultKind::FingerprintsAndReason);
    }
    if count == 1 && second_given.is_none() {
        members.fault("second_finger_absent", FaultKind::SecondFingerMissing);
    }
    if count != 1 && second_given.is_some() {
        members.fault("second_finger_absent", FaultKind::SecondFingerReason);
    }
    if second == Some(FingerAbsence::UnderSix) {
        members.fault("second_finger_absent", FaultKind::AbsenceReason);
    }
    // Refused only where it is certain: an unknown day of birth counts for the child.
    let certainly_six = birth
        .zip(capture)
        .is_some_and(|(birth, capture)| date::age_at(date::latest(birth), capture) >= FINGERPRINT_AGE);
    if absent == Some(FingerAbsence::UnderSix) && certainly_six {
        members.fault("fingerprints_absent", FaultKind::UnderSix);
    }

    let mut fingers = fingers?.into_iter();
    match (fingers.next(), fingers.next()) {
        (None, _) => absent.map(Fingerprints::None),
        (Some(one), None) => second.map(|why| Fingerprints::One(one, why)),
        (Some(first), Some(second)) => Some(Fingerprints::Two([first, second])),
    }
}

fn fingers(
    members: &mut Members<'_>,
    items: Vec<Value>,
    images: &dyn ImageSource,
    rules: &LotRules,
) -> Option<Vec<Fingerprint>> {
    let mut seen = None;
    let mut read = Vec::new();
    for (index, item) in items.into_iter().enumerate() {
        let Some(mut finger) = members.object(&format!("fingerprints[{index}]"), item) else {
            read.push(None);
            continue;
        };
        let position = position(&mut finger);
        if position.is_some() && position == seen {
            finger.fault("position", FaultKind::FingerTwice);
        }
        seen = position;
        let image = images::fingerprint(&mut finger, images, rules);
        finger.finish();
        read.push(position.zip(image).map(|(position, image)| Fingerprint { position, image }));
    }
    read.into_iter().collect()
}

fn position(finger: &mut Members<'_>) -> Option<FingerPosition> {
    let name = finger.text("position", LONGEST_NAME)?;
    let position = FingerPosition::parse(&name);
    if position.is_none() {
        finger.fault("position", FaultKind::FingerPosition);
    }
    position
}

fn reason(members: &mut Members<'_>, field: &str, value: &Value) -> Option<FingerAbsence> {
    let reason = value.as_str().and_then(FingerAbsence::parse);
    if reason.is_none() {
        members.fault(field, FaultKind::AbsenceReason);
    }
    reason
}

const FINGERPRINT_AGE: i16 = 6;
const LONGEST_NAME: usize = 24;
