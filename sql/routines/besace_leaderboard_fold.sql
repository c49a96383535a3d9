-- Folds up to P_MOST rows of changes into the tree of standings. Returns how many; 0 when there are
-- none or another replica is at it.
CREATE OR REPLACE FUNCTION besace_standings_fold(p_most INTEGER) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
	v_count BIGINT;
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended('besace_standings_fold', 0)) THEN
		RETURN 0;
	END IF;
	WITH gone AS (
		DELETE FROM besace_standing_changes WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM besace_standing_changes LIMIT p_most))
		RETURNING kind, at, deltas
	), moved AS (
		SELECT kind, value, sum(delta) AS members
		FROM gone, unnest(at, deltas) AS d (value, delta)
		GROUP BY kind, value HAVING sum(delta) <> 0
	), folded AS (
		INSERT INTO besace_standings AS s (kind, height, node, members)
		SELECT kind, height, value >> (8 * height), sum(members)
		FROM moved CROSS JOIN generate_series(0, 3) AS height
		GROUP BY kind, height, value >> (8 * height) HAVING sum(members) <> 0
		ON CONFLICT (kind, height, node) DO UPDATE SET
			members = s.members + excluded.members
	)
	SELECT count(*) INTO v_count FROM gone;
	DELETE FROM besace_standings WHERE members = 0;
	RETURN v_count;
END
$$;
