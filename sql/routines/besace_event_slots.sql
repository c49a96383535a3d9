-- The four slots in which events and the XP of reactions are remembered, half a week each.

-- The half week of a time.
CREATE OR REPLACE FUNCTION besace_half_week(p_at TIMESTAMPTZ) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT floor(extract(epoch FROM p_at) / 302400)::integer
$$;

-- Empties the slot of the next half week, if that was not done yet: what it holds is older than
-- seven days. Gives up after a second of waiting for events under way. Returns whether it did.
CREATE OR REPLACE FUNCTION besace_event_slots_sweep() RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_next INTEGER := besace_half_week(now()) + 1;
	v_slot SMALLINT := v_next % 4;
BEGIN
	PERFORM FROM besace_event_slots WHERE slot = v_slot AND cleared_for < v_next
		FOR UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN false;
	END IF;
	PERFORM set_config('lock_timeout', '1s', true);
	EXECUTE format('TRUNCATE %I, %I', 'besace_event_ids_' || v_slot,
		'besace_reaction_xp_' || v_slot);
	UPDATE besace_event_slots SET cleared_for = v_next WHERE slot = v_slot;
	RETURN true;
END
$$;
