//! Notifications: what happened to a permit, told to whoever keeps a register of his own (the permits database, the issuing
//! circuit).
//!
//! Of the holder there is the document number and nothing else, since the receiver finds his permit by it; a reason, the office
//! and the operator stay in the register, where they can say something about a person.

use serde_json::{Value, json};

use crate::canonical::{canonical, digest};
use crate::life_cycle::RecordEvent;

/// What the first notification of a document follows.
pub const FIRST: [u8; 32] = [0; 32];

/// What happened to a permit.
///
/// | member     | value                                                                            |
/// |------------|----------------------------------------------------------------------------------|
/// | `v`        | 1                                                                                |
/// | `at`       | when, RFC 3339                                                                   |
/// | `document` | the document number; null for a record that has none                             |
/// | `event`    | `formed`, `activated`, `delivered`, `suspended`, `reinstated`, `revoked`, `annulled` |
/// | `n`        | its place among the notifications of this document, from 1                        |
/// | `previous` | the identity of the one before it; 32 zeros for the first                         |
/// | `record`   | the record's number in the register                                              |
/// | `state`    | the state after it                                                               |
///
/// Its identity is SHA-256 over `sigillo/v1/notification`, the previous identity and the RFC 8785 form: the same however
/// often it is told.
#[derive(Clone, Copy, Debug)]
#[allow(clippy::exhaustive_structs, reason = "whoever tells gives all of it")]
pub struct Notification<'a> {
    /// When.
    pub at: &'a str,
    /// The document number.
    pub document: Option<&'a str>,
    /// The event's name, of [`name`].
    pub event: &'a str,
    /// Its place among those of the document, from 1.
    pub ordinal: u64,
    /// The record's number.
    pub record: u64,
    /// The state after it.
    pub state: &'a str,
}

/// What a record's event is called outside; `None` for what stays inside the line.
#[must_use]
pub const fn name(event: RecordEvent) -> Option<&'static str> {
    match event {
        RecordEvent::Bind | RecordEvent::CardScrapped => None,
        RecordEvent::Release => Some("formed"),
        RecordEvent::Activate => Some("activated"),
        RecordEvent::Deliver => Some("delivered"),
        RecordEvent::Suspend => Some("suspended"),
        RecordEvent::Reinstate => Some("reinstated"),
        RecordEvent::Revoke => Some("revoked"),
        RecordEvent::Annul => Some("annulled"),
    }
}

impl Notification<'_> {
    /// The canonical bytes behind the notification before it, and its identity.
    #[must_use]
    pub fn link(&self, previous: &[u8; 32]) -> (Vec<u8>, [u8; 32]) {
        let value: Value = json!({
            "v": 1, "at": self.at, "document": self.document, "event": self.event, "n": self.ordinal,
            "previous": hex::encode(previous), "record": self.record, "state": self.state,
        });
        // Texts and whole numbers far below 2^53 have a canonical form.
        let bytes = canonical(&value).unwrap_or_default();
        (bytes, digest(DOMAIN, previous, &value).unwrap_or_default())
    }
}

const DOMAIN: &str = "sigillo/v1/notification";

#[cfg(test)]
mod tests {
    use sigillo_crypto::sha256;

    use super::*;

    #[test]
    fn the_bytes_of_a_notification_are_fixed() {
        let notification = Notification {
            at: "2026-11-02T09:00:00Z",
            document: Some("I12345678"),
            event: "activated",
            ordinal: 2,
            record: 17,
            state: "valid",
        };
        let (bytes, id) = notification.link(&[0xAB; 32]);
        let expected = format!(
            r#"{{"at":"2026-11-02T09:00:00Z","document":"I12345678","event":"activated","n":2,"previous":"{}","record":17,"state":"valid","v":1}}"#,
            "ab".repeat(32)
        );
        assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        assert_eq!(id, sha256(&[DOMAIN.as_bytes(), &[0xAB; 32], expected.as_bytes()].concat()));
    }
}
