-- Events from the shims.

-- name: events_apply
SELECT besace_events_apply($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14);

-- Empties what was remembered more than seven days ago. Returns whether there was something to do.
-- name: events_sweep
SELECT besace_event_slots_sweep();
