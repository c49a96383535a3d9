-- The rank of P_VALUE in a leaderboard of a guild ('lc' or 'xp'): one more than the members who have
-- more. Members with as much share it. See the migration leaderboard.
CREATE OR REPLACE FUNCTION besace_rank(p_guild VARCHAR, p_metric VARCHAR, p_value INTEGER)
RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN 1 + coalesce((
		SELECT sum(above.members) FROM generate_series(0, 3) AS height,
		LATERAL (SELECT sum(b.members) AS members FROM besace_leaderboard b
			WHERE b.guild_id = p_guild AND b.metric = p_metric AND b.height = height.height
				AND b.node > p_value >> (8 * height.height)
				AND b.node <= (p_value >> (8 * height.height)) | 255) above), 0)
		+ coalesce((
		SELECT sum(delta) FROM besace_leaderboard_changes c, unnest(c.at, c.deltas) AS d (value, delta)
		WHERE c.guild_id = p_guild AND c.metric = p_metric AND value > p_value), 0);
END
$$;

-- How many members a guild has.
CREATE OR REPLACE FUNCTION besace_members_count(p_guild VARCHAR) RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT sum(members) FROM besace_leaderboard
			WHERE guild_id = p_guild AND metric = 'lc' AND height = 3), 0)
		+ coalesce((SELECT sum(delta)
			FROM besace_leaderboard_changes c, unnest(c.deltas) AS delta
			WHERE c.guild_id = p_guild AND c.metric = 'lc'), 0);
END
$$;

-- Both at once for XP, as /niveau asks for them: in SQL, so that it becomes a part of the statement
-- that calls it. Of the highest nodes all are read, whose sum is the guild.
CREATE OR REPLACE FUNCTION besace_standing(p_guild VARCHAR, p_xp INTEGER)
RETURNS TABLE (rank BIGINT, members BIGINT)
LANGUAGE sql STABLE AS $$
	SELECT 1 + coalesce(tree.above, 0) + coalesce(later.above, 0),
		coalesce(tree.members, 0) + coalesce(later.members, 0)
	FROM (SELECT sum(b.members) FILTER (WHERE h.height < 3 OR b.node > p_xp >> 24) AS above,
			sum(b.members) FILTER (WHERE h.height = 3) AS members
		FROM (VALUES (0, p_xp, p_xp | 255), (1, p_xp >> 8, (p_xp >> 8) | 255),
			(2, p_xp >> 16, (p_xp >> 16) | 255), (3, -1, 255)) AS h (height, low, high)
		JOIN besace_leaderboard b ON b.guild_id = p_guild AND b.metric = 'xp'
			AND b.height = h.height AND b.node > h.low AND b.node <= h.high) tree,
		(SELECT sum(d.delta) FILTER (WHERE d.value > p_xp) AS above, sum(d.delta) AS members
		FROM besace_leaderboard_changes c, unnest(c.at, c.deltas) AS d (value, delta)
		WHERE c.guild_id = p_guild AND c.metric = 'xp') later
$$;
