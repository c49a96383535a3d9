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
		+ besace_rank_later(p_guild, p_metric, p_value);
END
$$;

-- How many more members with more than P_VALUE a row of changes of many at once tells of. Not a part of the
-- statement that calls it, which would prepare it each time, though there is such a row only behind a batch.
CREATE OR REPLACE FUNCTION besace_leaderboard_more(p_at INTEGER[], p_deltas INTEGER[], p_value INTEGER)
RETURNS BIGINT
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN (SELECT coalesce(sum(d.delta), 0) FROM unnest(p_at, p_deltas) AS d (value, delta)
		WHERE d.value > p_value);
END
$$;

-- How many members more have more than P_VALUE than the tree counts.
CREATE OR REPLACE FUNCTION besace_rank_later(p_guild VARCHAR, p_metric VARCHAR, p_value INTEGER)
RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(sum(CASE
		WHEN c.metric = p_metric THEN besace_leaderboard_more(c.at, c.deltas, p_value)
		WHEN p_metric = 'lc' THEN (coalesce(c.lc_is, -1) > p_value)::integer
			- (coalesce(c.lc_was, -1) > p_value)::integer
		WHEN p_metric = 'xp' THEN (coalesce(c.xp_is, -1) > p_value)::integer
			- (coalesce(c.xp_was, -1) > p_value)::integer END), 0)
	FROM besace_leaderboard_changes c
	WHERE c.guild_id = p_guild AND (c.metric IS NULL OR c.metric = p_metric));
END
$$;

-- How many members a guild has.
CREATE OR REPLACE FUNCTION besace_members_count(p_guild VARCHAR) RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT sum(members) FROM besace_leaderboard
			WHERE guild_id = p_guild AND metric = 'lc' AND height = 3), 0)
		+ besace_rank_later(p_guild, 'lc', -1);
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
		(SELECT sum(CASE WHEN c.metric IS NULL THEN (coalesce(c.xp_is, -1) > p_xp)::integer
				- (coalesce(c.xp_was, -1) > p_xp)::integer
			ELSE besace_leaderboard_more(c.at, c.deltas, p_xp) END) AS above,
			sum(CASE WHEN c.metric IS NULL THEN num_nonnulls(c.xp_is) - num_nonnulls(c.xp_was)
			ELSE besace_leaderboard_more(c.at, c.deltas, -1) END) AS members
		FROM besace_leaderboard_changes c
		WHERE c.guild_id = p_guild AND (c.metric IS NULL OR c.metric = 'xp')) later
$$;
