-- The place of P_VALUE in a standing ('lc' or 'xp'): one more than the members who have more. Those
-- with as much share it. See migrations/0006_standings.sql.
CREATE OR REPLACE FUNCTION besace_place(p_kind VARCHAR, p_value INTEGER) RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN 1 + coalesce((
		SELECT sum(above.members) FROM generate_series(0, 3) AS height,
		LATERAL (SELECT sum(s.members) AS members FROM besace_standings s
			WHERE s.kind = p_kind AND s.height = height.height
				AND s.node > p_value >> (8 * height.height)
				AND s.node <= (p_value >> (8 * height.height)) | 255) above), 0)
		+ coalesce((
		SELECT sum(delta) FROM besace_standing_changes c, unnest(c.at, c.deltas) AS d (value, delta)
		WHERE c.kind = p_kind AND value > p_value), 0);
END
$$;

-- How many members there are.
CREATE OR REPLACE FUNCTION besace_members_count() RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT sum(members) FROM besace_standings
			WHERE kind = 'lc' AND height = 3), 0)
		+ coalesce((SELECT sum(delta) FROM besace_standing_changes c, unnest(c.deltas) AS delta
			WHERE c.kind = 'lc'), 0);
END
$$;
