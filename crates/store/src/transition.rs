use sigillo_issuance::life_cycle::{RecordEvent, RecordState};

use crate::change::Beside;
use crate::error::StoreError;
use crate::records::{RecordNow, Told};
use crate::store::Change;

impl Change<'_> {
    /// Moves a record by its table: one entry of the trace, with what others are told of it, and the record's next state.
    pub(crate) fn record_event(
        &self,
        now: &RecordNow,
        event: RecordEvent,
        details: &[(&str, String)],
    ) -> Result<(), StoreError> {
        let RecordNow { row, told, moved } = now;
        let state = row.state.apply(event)?;
        self.only(event.actors())?;
        let notice = self.notice(now, event, state);
        let beside = Beside {
            record: row.id,
            follows: *moved,
            told: notice.as_ref().map(|notice| (notice.id, notice.body.as_slice())),
        };
        let moved = self.trace_move(event.name(), (row.state.name(), state.name()), details, &beside)?;
        let told = notice.map_or(*told, |notice| Told { events: told.events + 1, last: Some(notice.id) });
        // The indices of records hear only of a record that waits or is annulled from now on, or did until now.
        let indexed = |state| [state == RecordState::Received, state == RecordState::Annulled];
        let [is_waiting, is_annulled] = indexed(state);
        if indexed(row.state) == [is_waiting, is_annulled] {
            return self.sql().write(MOVE, &[&row.id, &state.name(), &told.events, &told.last, &moved]);
        }
        let annulled_at = is_annulled.then_some(self.at.as_str());
        self.sql().write(
            MOVE_IN_INDICES,
            &[&row.id, &state.name(), &told.events, &told.last, &moved, &is_waiting, &is_annulled, &annulled_at],
        )
    }
}

const MOVE: &str = "UPDATE record SET state = ?2, told = ?3, told_last = ?4, moved = ?5 WHERE id = ?1";
const MOVE_IN_INDICES: &str = "UPDATE record SET state = ?2, told = ?3, told_last = ?4, moved = ?5, \
    is_waiting = ?6, is_annulled = ?7, annulled_at = ?8 WHERE id = ?1";
