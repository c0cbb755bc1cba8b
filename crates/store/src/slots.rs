use sigillo_issuance::trace::{Subject, Token};

use crate::error::StoreError;
use crate::ids::Serial;
use crate::store::{By, Change, Store, point};

/// How much of a signer's limit is gone.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct SlotCounts {
    /// Reserved, and not known to be used.
    pub reserved: u64,
    /// Used for a seal.
    pub used: u64,
    /// Reserved and given up; a signature may exist, so the slot does not come back.
    pub void: u64,
}

impl Store {
    /// Reserves the next slot of a signer durably, before anything is signed for a card.
    ///
    /// # Errors
    ///
    /// `store.slots-exhausted` when as many slots as the limit were ever reserved, `store.unknown-card`, `trace.token`.
    pub fn reserve_slot(&mut self, by: By<'_>, signer: &str, limit: u64, serial: Serial) -> Result<u64, StoreError> {
        self.change(point!("reserve-slot"), by, |change| {
            change.card(serial)?;
            let signer = Token::parse(signer)?;
            let last: u64 = change
                .transaction
                .prepare_cached("SELECT ifnull(max(number), 0) FROM slot WHERE signer = ?1")?
                .query_row([signer.as_str()], |row| row.get(0))?;
            let number = last + 1;
            if number > limit {
                return Err(StoreError::SlotsExhausted);
            }
            change
                .transaction
                .prepare_cached("INSERT INTO slot (signer, number, state, serial) VALUES (?1, ?2, 'reserved', ?3)")?
                .execute((signer.as_str(), number, serial))?;
            change.trace(Subject::Slot { signer, number }, "reserve", None, &[("card", serial.to_string())])?;
            Ok(number)
        })
    }

    /// Gives a reserved slot up.
    ///
    /// # Errors
    ///
    /// `store.slot-not-reserved`, `store.database`.
    pub fn void_slot(&mut self, by: By<'_>, signer: &str, number: u64) -> Result<(), StoreError> {
        self.change(point!("void-slot"), by, |change| change.end_slot(signer, number, "void"))
    }

    /// The slots of a signer that are reserved, and for which card.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn reserved_slots(&self, signer: &str) -> Result<Vec<(u64, Serial)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, serial FROM slot WHERE signer = ?1 AND state = 'reserved' ORDER BY number",
        )?;
        let rows = statement.query_map([signer], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How much of a signer's limit is gone.
    ///
    /// # Errors
    ///
    /// `store.database`.
    pub fn slot_counts(&self, signer: &str) -> Result<SlotCounts, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT state, count(*) FROM slot WHERE signer = ?1 GROUP BY state")?;
        let mut counts = SlotCounts::default();
        let mut rows = statement.query([signer])?;
        while let Some(row) = rows.next()? {
            match row.get::<_, String>(0)?.as_str() {
                "reserved" => counts.reserved = row.get(1)?,
                "used" => counts.used = row.get(1)?,
                "void" => counts.void = row.get(1)?,
                _ => return Err(StoreError::Damaged { table: "slot" }),
            }
        }
        Ok(counts)
    }
}

impl Change<'_> {
    /// Ends a reserved slot as used or void.
    pub(crate) fn end_slot(&self, signer: &str, number: u64, end: &str) -> Result<(), StoreError> {
        let changed = self
            .transaction
            .prepare_cached("UPDATE slot SET state = ?3 WHERE signer = ?1 AND number = ?2 AND state = 'reserved'")?
            .execute((signer, number, end))?;
        if changed == 0 {
            return Err(StoreError::SlotNotReserved);
        }
        self.trace(Subject::Slot { signer: Token::parse(signer)?, number }, end, Some(("reserved", end)), &[])
    }

    /// Gives up what was reserved for a card.
    pub(crate) fn void_slots_of(&self, serial: Serial) -> Result<(), StoreError> {
        let mut statement = self
            .transaction
            .prepare_cached("SELECT signer, number FROM slot WHERE serial = ?1 AND state = 'reserved'")?;
        let open = statement
            .query_map([serial], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<Vec<(String, u64)>, _>>()?;
        open.iter().try_for_each(|(signer, number)| self.end_slot(signer, *number, "void"))
    }
}
