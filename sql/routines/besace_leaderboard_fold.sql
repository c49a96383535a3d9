-- Folds up to P_MAX rows of changes, of whichever guilds, into the trees of the leaderboards; whoever
-- changed waits for their copy from then on (besace_ranked_fold). Returns how many; 0 when there are none or
-- another replica is at it.
CREATE OR REPLACE FUNCTION besace_leaderboard_fold(p_max INTEGER) RETURNS BIGINT
LANGUAGE plpgsql AS $$
DECLARE
	v_count BIGINT;
	v_guilds VARCHAR[];
	v_metrics VARCHAR[];
	v_values INTEGER[];
	v_members INTEGER[];
BEGIN
	IF NOT pg_try_advisory_xact_lock(hashtextextended('besace_leaderboard_fold', 0)) THEN
		RETURN 0;
	END IF;
	WITH taken AS (
		DELETE FROM besace_leaderboard_changes WHERE ctid = ANY (ARRAY(
			SELECT ctid FROM besace_leaderboard_changes LIMIT p_max))
		RETURNING guild_id, user_id, lc_was, lc_is, xp_was, xp_is, metric, at, deltas
	), waiting AS (
		INSERT INTO besace_ranked_due (guild_id, user_id)
		SELECT DISTINCT guild_id, user_id FROM taken WHERE user_id IS NOT NULL
		ON CONFLICT DO NOTHING
	), moved AS (
		SELECT guild_id, metric, value, sum(delta)::integer AS members FROM (
			SELECT guild_id, 'lc' AS metric, lc_was AS value, -1 AS delta FROM taken
			UNION ALL SELECT guild_id, 'lc', lc_is, 1 FROM taken
			UNION ALL SELECT guild_id, 'xp', xp_was, -1 FROM taken
			UNION ALL SELECT guild_id, 'xp', xp_is, 1 FROM taken
			UNION ALL SELECT guild_id, metric, d.value, d.delta
				FROM taken, unnest(at, deltas) AS d (value, delta)) moves
		WHERE value IS NOT NULL
		GROUP BY guild_id, metric, value HAVING sum(delta) <> 0
	)
	SELECT (SELECT count(*) FROM taken), array_agg(guild_id), array_agg(metric), array_agg(value),
		array_agg(members)
	INTO v_count, v_guilds, v_metrics, v_values, v_members
	FROM moved;
	PERFORM besace_leaderboard_count_in(v_guilds, v_metrics, v_values, v_members);
	RETURN v_count;
END
$$;

-- Counts so many members more (fewer: negative) at these values into the trees. The nodes are looked for
-- one by one, by a plan that may have been made while there were few: there are far more of them than a
-- fold changes.
CREATE OR REPLACE FUNCTION besace_leaderboard_count_in(
	p_guilds VARCHAR[], p_metrics VARCHAR[], p_values INTEGER[], p_members INTEGER[]) RETURNS VOID
LANGUAGE plpgsql
SET enable_seqscan = off SET enable_material = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
	MERGE INTO besace_leaderboard b
	USING besace_leaderboard_nodes(p_guilds, p_metrics, p_values, p_members) n
		ON b.guild_id = n.guild_id AND b.metric = n.metric AND b.node = n.node
	WHEN MATCHED AND b.above[1] + n.members = 0
			AND 0 = ALL (besace_leaderboard_add(b.above, n.children, n.deltas)) THEN DELETE
	WHEN MATCHED THEN UPDATE SET above = besace_leaderboard_add(b.above, n.children, n.deltas)
	WHEN NOT MATCHED THEN INSERT (guild_id, metric, node, above)
		VALUES (n.guild_id, n.metric, n.node, besace_leaderboard_add('{}', n.children, n.deltas));
END
$$;

-- What so many members more at these values (fewer: negative) change, by node: MEMBERS more at the node, and
-- so many at each of these children, the last one first.
CREATE OR REPLACE FUNCTION besace_leaderboard_nodes(
	p_guilds VARCHAR[], p_metrics VARCHAR[], p_values INTEGER[], p_members INTEGER[])
RETURNS TABLE (guild_id VARCHAR, metric VARCHAR, node INTEGER, members INTEGER, children INTEGER[], deltas INTEGER[])
LANGUAGE sql IMMUTABLE AS $$
	SELECT guild_id, metric, node, sum(members)::integer, array_agg(child ORDER BY child DESC),
		array_agg(members ORDER BY child DESC)
	FROM (SELECT m.guild_id, m.metric, besace_leaderboard_node(m.value, height) AS node,
			besace_leaderboard_child(m.value, height) AS child, sum(m.members)::integer AS members
		FROM unnest(p_guilds, p_metrics, p_values, p_members) AS m (guild_id, metric, value, members)
		CROSS JOIN generate_series(0, 5) AS height
		GROUP BY 1, 2, 3, 4 HAVING sum(m.members) <> 0) c
	GROUP BY guild_id, metric, node
$$;

-- P_ABOVE of a node with so many members more at each of P_CHILDREN, which come last one first.
CREATE OR REPLACE FUNCTION besace_leaderboard_add(p_above INTEGER[], p_children INTEGER[], p_deltas INTEGER[])
RETURNS INTEGER[]
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	v_more INTEGER := 0; -- at this child or at a later one
BEGIN
	IF cardinality(p_above) <= p_children[1] THEN
		p_above := p_above || array_fill(0, ARRAY[p_children[1] + 1 - cardinality(p_above)]);
	END IF;
	FOR k IN 1..cardinality(p_children) LOOP
		v_more := v_more + p_deltas[k];
		IF v_more <> 0 THEN
			FOR i IN coalesce(p_children[k + 1], -1) + 2..p_children[k] + 1 LOOP
				p_above[i] := p_above[i] + v_more;
			END LOOP;
		END IF;
	END LOOP;
	RETURN p_above;
END
$$;

-- How many members the trees of P_GUILD (NULL: of all) count at each child of each node: those whose value is
-- NUMBER when it is shifted right by 5·HEIGHT bits.
CREATE OR REPLACE FUNCTION besace_leaderboard_counts(p_guild VARCHAR)
RETURNS TABLE (guild_id VARCHAR, metric VARCHAR, height INTEGER, number INTEGER, members INTEGER)
LANGUAGE sql STABLE AS $$
	SELECT guild_id, metric, node >> 26, ((node & ((1 << 26) - 1)) << 5) + (i - 1), above[i] - coalesce(above[i + 1], 0)
	FROM besace_leaderboard, generate_subscripts(above, 1) AS i
	WHERE p_guild IS NULL OR guild_id = p_guild
$$;
