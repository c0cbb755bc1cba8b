use crate::engine::Engine;
use crate::error::StoreError;

/// The tables of the register, each behind those that its rows name rows of.
pub(super) fn in_order(sql: &dyn Engine) -> Result<Vec<String>, StoreError> {
    let mut waiting = sql.tables()?;
    let mut references = sql.references()?;
    references.retain(|(from, to)| from != to);
    let mut ordered = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let is_free = |table: &String| !references.iter().any(|(from, to)| from == table && waiting.contains(to));
        let (free, held): (Vec<_>, Vec<_>) = waiting.iter().cloned().partition(is_free);
        if free.is_empty() {
            // Tables that name each other in a circle: no migration of ours makes such.
            return Err(StoreError::NotARegister);
        }
        ordered.extend(free);
        waiting = held;
    }
    Ok(ordered)
}
