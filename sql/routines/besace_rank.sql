-- The rank of P_VALUE in a leaderboard of a guild ('lc', 'xp', 'messages', 'voice'): one more than the
-- members who have more. Members with as much share it. See the migration leaderboard.
CREATE OR REPLACE FUNCTION besace_rank(p_guild VARCHAR, p_metric VARCHAR, p_value INTEGER)
RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN 1 + coalesce((SELECT sum(besace_leaderboard_beyond(node, above, p_value)) FROM besace_leaderboard
			WHERE guild_id = p_guild AND metric = p_metric
				AND node = ANY (besace_leaderboard_path(p_value))), 0)
		+ besace_rank_later(p_guild, p_metric, p_value);
END
$$;

-- The six nodes above P_VALUE, the root last.
CREATE OR REPLACE FUNCTION besace_leaderboard_path(p_value INTEGER) RETURNS INTEGER[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT ARRAY[p_value >> 5, (1 << 26) | (p_value >> 10), (2 << 26) | (p_value >> 15),
		(3 << 26) | (p_value >> 20), (4 << 26) | (p_value >> 25), 5 << 26]
$$;

-- How many members are at a later child of a node above P_VALUE than that value; NULL for none.
CREATE OR REPLACE FUNCTION besace_leaderboard_beyond(p_node INTEGER, p_above INTEGER[], p_value INTEGER)
RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT p_above[2 + besace_leaderboard_child(p_value, p_node >> 26)]
$$;

-- How many more members with more than P_VALUE a row of changes of many at once tells of. Not a part of the
-- statement that calls it, which would prepare it each time, though there is such a row only behind a batch.
CREATE OR REPLACE FUNCTION besace_leaderboard_more(p_at INTEGER[], p_deltas INTEGER[], p_value INTEGER)
RETURNS INTEGER
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
	RETURN besace_leaderboard_count(p_guild, 'lc');
END
$$;

-- How many members are ranked.
CREATE OR REPLACE FUNCTION besace_leaderboard_count(p_guild VARCHAR, p_metric VARCHAR)
RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT above[1] FROM besace_leaderboard
			WHERE guild_id = p_guild AND metric = p_metric AND node = 5 << 26), 0)
		+ besace_rank_later(p_guild, p_metric, -1);
END
$$;

-- Rank and number of members at once for XP, as /niveau asks for them: in SQL, so that it becomes a part
-- of the statement that calls it.
CREATE OR REPLACE FUNCTION besace_standing(p_guild VARCHAR, p_xp INTEGER)
RETURNS TABLE (rank BIGINT, members BIGINT)
LANGUAGE sql STABLE AS $$
	SELECT 1 + coalesce(tree.above, 0) + coalesce(later.above, 0),
		coalesce(tree.members, 0) + coalesce(later.members, 0)
	FROM (SELECT sum(besace_leaderboard_beyond(b.node, b.above, p_xp)) AS above,
			max(b.above[1]) FILTER (WHERE b.node = 5 << 26) AS members -- of the root
		FROM besace_leaderboard b
		WHERE b.guild_id = p_guild AND b.metric = 'xp' AND b.node = ANY (besace_leaderboard_path(p_xp))) tree,
		(SELECT sum(CASE WHEN c.metric IS NULL THEN (coalesce(c.xp_is, -1) > p_xp)::integer
				- (coalesce(c.xp_was, -1) > p_xp)::integer
			ELSE besace_leaderboard_more(c.at, c.deltas, p_xp) END) AS above,
			sum(CASE WHEN c.metric IS NULL THEN num_nonnulls(c.xp_is) - num_nonnulls(c.xp_was)
			ELSE besace_leaderboard_more(c.at, c.deltas, -1) END) AS members
		FROM besace_leaderboard_changes c
		WHERE c.guild_id = p_guild AND (c.metric IS NULL OR c.metric = 'xp')) later
$$;
