-- Deriving anew what follows from something else, in P_GUILD (NULL: in all). Never money. Each returns
-- what it has changed and writes it down.

CREATE OR REPLACE FUNCTION besace_repair_levels(p_guild VARCHAR)
RETURNS TABLE (guild_id VARCHAR, subject VARCHAR, detail VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	PERFORM besace_many_members(true);
	RETURN QUERY
	WITH wrong AS (
		SELECT u.guild_id, u.user_id, u.level FROM users u
		WHERE (p_guild IS NULL OR u.guild_id = p_guild) AND u.xp >= 0
			AND u.level IS DISTINCT FROM besace_level(u.xp)
		ORDER BY u.guild_id, u.user_id FOR UPDATE
	), mended AS (
		UPDATE users u SET level = besace_level(u.xp) FROM wrong w
		WHERE u.guild_id = w.guild_id AND u.user_id = w.user_id
		RETURNING u.guild_id, u.user_id, u.level, w.level AS old
	)
	INSERT INTO besace_repairs AS r (guild_id, what, subject, detail)
	SELECT m.guild_id, 'level', m.user_id,
		format('level %s becomes %s', coalesce(m.old::text, 'of nothing'), m.level)
	FROM mended m ORDER BY m.guild_id, m.user_id
	RETURNING r.guild_id, r.subject, r.detail;
END
$$;

-- Members who are ranked by what is not theirs: no row in the copy, another value, or a row of somebody who
-- is not there.
CREATE OR REPLACE FUNCTION besace_ranked_faults(p_guild VARCHAR)
RETURNS TABLE (guild_id VARCHAR, user_id VARCHAR, metric VARCHAR, ranked INTEGER, has INTEGER)
LANGUAGE sql STABLE AS $$
	SELECT coalesce(m.guild_id, r.guild_id), coalesce(m.user_id, r.user_id), coalesce(m.metric, r.metric),
		r.value, m.value
	FROM (SELECT u.guild_id, u.user_id, v.metric::varchar, v.value FROM users u
		CROSS JOIN LATERAL (VALUES ('lc', u.balance), ('xp', u.xp), ('messages', u.message_count),
			('voice', u.voice_time)) AS v (metric, value)
		WHERE u.left_at IS NULL AND (p_guild IS NULL OR u.guild_id = p_guild)) m
	FULL JOIN (SELECT * FROM besace_ranked WHERE p_guild IS NULL OR guild_id = p_guild) r
		ON r.guild_id = m.guild_id AND r.user_id = m.user_id AND r.metric = m.metric
	WHERE r.value IS DISTINCT FROM m.value
$$;

-- The tree of a metric that counts others than are there is made anew from the members, and who is
-- ranked by what is not theirs waits to be ranked. Writers wait meanwhile: what they have
-- changed and not yet told comes on top.
CREATE OR REPLACE FUNCTION besace_repair_leaderboard(p_guild VARCHAR)
RETURNS TABLE (guild_id VARCHAR, subject VARCHAR, detail VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	LOCK TABLE besace_leaderboard, besace_leaderboard_changes, besace_ranked, besace_ranked_due,
		besace_ranked_many IN EXCLUSIVE MODE;
	CREATE TEMPORARY TABLE besace_repair_values ON COMMIT DROP AS
	SELECT v.guild_id, v.metric, v.value, count(*)::integer AS members
	FROM (
		SELECT guild_id, 'lc' AS metric, balance AS value FROM users WHERE left_at IS NULL
		UNION ALL SELECT guild_id, 'xp', xp FROM users WHERE left_at IS NULL
		UNION ALL SELECT guild_id, metric, value FROM besace_ranked
			WHERE metric IN ('messages', 'voice')) v
	WHERE v.value IS NOT NULL AND (p_guild IS NULL OR v.guild_id = p_guild)
	GROUP BY 1, 2, 3;
	CREATE TEMPORARY TABLE besace_repair_trees ON COMMIT DROP AS
	SELECT DISTINCT n.guild_id, n.metric FROM (
		SELECT v.guild_id, v.metric, h.height, v.value >> (5 * h.height) AS number, v.members
		FROM besace_repair_values v, generate_series(0, 5) AS h (height)
		UNION ALL
		SELECT guild_id, metric, height, number, -members FROM besace_leaderboard_counts(p_guild)
		UNION ALL
		SELECT c.guild_id, d.metric, h.height, d.value >> (5 * h.height), -d.delta
		FROM besace_leaderboard_changes c,
			LATERAL (SELECT c.metric, * FROM unnest(c.at, c.deltas)
				UNION ALL VALUES ('lc', c.lc_was, -1), ('lc', c.lc_is, 1),
				('xp', c.xp_was, -1), ('xp', c.xp_is, 1)) AS d (metric, value, delta),
			generate_series(0, 5) AS h (height)
		WHERE (p_guild IS NULL OR c.guild_id = p_guild) AND d.value IS NOT NULL) n
	GROUP BY n.guild_id, n.metric, n.height, n.number HAVING sum(n.members) <> 0;
	DELETE FROM besace_leaderboard b USING besace_repair_trees t
		WHERE b.guild_id = t.guild_id AND b.metric = t.metric;
	DELETE FROM besace_leaderboard_changes c USING besace_repair_trees t
		WHERE c.guild_id = t.guild_id AND c.metric = t.metric;
	-- Whose row is both of LC and of XP goes on waiting.
	UPDATE besace_leaderboard_changes c SET
		lc_was = CASE WHEN t.lc THEN NULL ELSE c.lc_was END,
		lc_is = CASE WHEN t.lc THEN NULL ELSE c.lc_is END,
		xp_was = CASE WHEN t.xp THEN NULL ELSE c.xp_was END,
		xp_is = CASE WHEN t.xp THEN NULL ELSE c.xp_is END
	FROM (SELECT guild_id, bool_or(metric = 'lc') AS lc, bool_or(metric = 'xp') AS xp
		FROM besace_repair_trees GROUP BY guild_id) t
	WHERE c.guild_id = t.guild_id AND c.metric IS NULL;
	INSERT INTO besace_leaderboard (guild_id, metric, node, above)
	SELECT n.guild_id, n.metric, n.node, besace_leaderboard_add('{}', n.children, n.deltas)
	FROM (SELECT array_agg(v.guild_id) AS guilds, array_agg(v.metric) AS metrics, array_agg(v.value) AS values,
			array_agg(v.members) AS members
		FROM besace_repair_values v
		JOIN besace_repair_trees t ON t.guild_id = v.guild_id AND t.metric = v.metric) a,
		besace_leaderboard_nodes(a.guilds, a.metrics, a.values, a.members) n;
	INSERT INTO besace_ranked_due (guild_id, user_id)
	SELECT f.guild_id, f.user_id FROM besace_ranked_faults(p_guild) f
	ON CONFLICT DO NOTHING;
	RETURN QUERY
	INSERT INTO besace_repairs AS r (guild_id, what, subject, detail)
	SELECT t.guild_id, 'leaderboard', 'leaderboard ' || t.metric, 'is counted anew'
	FROM besace_repair_trees t ORDER BY t.guild_id, t.metric
	RETURNING r.guild_id, r.subject, r.detail;
	DROP TABLE besace_repair_values, besace_repair_trees;
END
$$;

-- A stake in escrow of a game that is gone keeps its member from another. It goes when the ledger owes
-- nothing for it: it was paid, or never taken.
CREATE OR REPLACE FUNCTION besace_repair_escrow(p_guild VARCHAR)
RETURNS TABLE (guild_id VARCHAR, subject VARCHAR, detail VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	WITH gone AS (
		DELETE FROM besace_escrow e
		WHERE (p_guild IS NULL OR e.guild_id = p_guild)
			AND NOT EXISTS (SELECT FROM besace_matches m
				WHERE m.guild_id = e.guild_id AND m.match_id = e.match_id)
			AND (NOT EXISTS (SELECT FROM transactions b WHERE b.guild_id = e.guild_id
					AND b.from_user_id = e.user_id AND b.match_id = e.match_id)
				OR EXISTS (SELECT FROM transactions i WHERE i.guild_id = e.guild_id
					AND i.to_user_id = e.user_id AND i.match_id = e.match_id)
				OR EXISTS (SELECT FROM game_history h WHERE h.guild_id = e.guild_id
					AND h.player_id = e.user_id AND h.match_id = e.match_id))
		RETURNING e.guild_id, e.user_id, e.game_type, e.match_id
	)
	INSERT INTO besace_repairs AS r (guild_id, what, subject, detail)
	SELECT g.guild_id, 'escrow', g.user_id,
		format('is not held by match %s (%s) any more', g.match_id, g.game_type)
	FROM gone g ORDER BY g.guild_id, g.user_id
	RETURNING r.guild_id, r.subject, r.detail;
END
$$;
