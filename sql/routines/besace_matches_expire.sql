-- Ends up to P_MOST games that are due, as besace_games_lapse does. Returns how many. Waits for
-- nobody: what somebody else is changing is left for the next time.
CREATE OR REPLACE FUNCTION besace_games_expire(p_most INTEGER, p_channel VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_due VARCHAR[];
BEGIN
	SELECT array_agg(d.game_id) INTO v_due FROM (
		SELECT game_id FROM besace_games WHERE due_at <= now() AT TIME ZONE 'utc'
		ORDER BY due_at LIMIT p_most FOR UPDATE SKIP LOCKED) d;
	IF v_due IS NULL THEN
		DELETE FROM besace_game_edits WHERE game_id IN (
			SELECT game_id FROM besace_game_edits
			WHERE ended_at < now() AT TIME ZONE 'utc' - interval '1 day'
			ORDER BY ended_at LIMIT p_most FOR UPDATE SKIP LOCKED);
		RETURN 0;
	END IF;
	RETURN besace_games_lapse(v_due, p_channel);
END
$$;
