-- Ending matches of a guild, whose rows and those of all their players are locked.

-- The list for besace_matches_settle of the matches P_MATCHES: what their expiry says for each
-- stake in escrow. A stake of which it says nothing goes back.
CREATE OR REPLACE FUNCTION besace_matches_expiry(p_matches besace_matches[]) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_agg(coalesce(x.value,
		jsonb_build_object('user', e.user_id, 'credit', e.stake))
		|| jsonb_build_object('match', m.match_id, 'game_type', m.game_type, 'stake', e.stake,
			'channel', m.channel_id)
		ORDER BY m.match_id, e.seat), '[]')
	FROM unnest(p_matches) AS m
	CROSS JOIN LATERAL (SELECT * FROM besace_escrow
		WHERE guild_id = m.guild_id AND match_id = m.match_id OFFSET 0) e
	LEFT JOIN LATERAL (SELECT l.value FROM jsonb_array_elements(m.expiry) AS l (value)
		WHERE l.value ->> 'user' = e.user_id) x ON true);
END
$$;

-- Ends M, which may differ from its row, as its expiry says, and removes it. P_WHY is told in the
-- outcome, for its message; for P_STAKING see besace_matches_settle. Returns the outcome, which is
-- the match's view with "why", "ends" and "rivalry".
--
-- Each player's rows are changed by statements of their own, which takes half of the time for two
-- players; with many matches, lists are faster.
CREATE OR REPLACE FUNCTION besace_match_end(
	m besace_matches, p_why VARCHAR, p_staking VARCHAR DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_view JSONB := besace_match_view(m);
	v_player RECORD;
	v_end JSONB;
	v_ends JSONB := '[]';
BEGIN
	FOR v_player IN
		SELECT e.user_id, e.stake, u.balance, u.xp, u.level, u.level_rewarded
		FROM besace_escrow e JOIN users u ON u.guild_id = e.guild_id AND u.user_id = e.user_id
		WHERE e.guild_id = m.guild_id AND e.match_id = m.match_id ORDER BY e.seat
	LOOP
		-- A stake of which the expiry says nothing goes back.
		v_end := jsonb_build_object('user', v_player.user_id, 'credit', v_player.stake);
		FOR i IN 0..jsonb_array_length(m.expiry) - 1 LOOP
			IF m.expiry -> i ->> 'user' = v_player.user_id THEN
				v_end := m.expiry -> i;
			END IF;
		END LOOP;
		v_ends := v_ends || (besace_match_pay(m.guild_id, v_player.user_id, m.match_id,
			m.game_type, v_player.stake, v_player.user_id IS DISTINCT FROM p_staking,
			m.channel_id, v_end, v_player.balance, v_player.xp, v_player.level,
			v_player.level_rewarded) - 'balance');
	END LOOP;
	DELETE FROM besace_matches WHERE guild_id = m.guild_id AND match_id = m.match_id;
	RETURN v_view || jsonb_build_object(
		'why', p_why, 'ends', v_ends, 'rivalry', besace_match_rivalry(m, v_ends));
END
$$;

-- The same for P_MATCHES. No member plays two of them.
CREATE OR REPLACE FUNCTION besace_matches_end(p_guild VARCHAR, p_matches besace_matches[],
	p_why VARCHAR, p_staking VARCHAR DEFAULT NULL)
RETURNS TABLE (match_id VARCHAR, outcome JSONB)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_ends JSONB;
	m besace_matches;
BEGIN
	IF cardinality(p_matches) = 1 THEN
		match_id := p_matches[1].match_id;
		outcome := besace_match_end(p_matches[1], p_why, p_staking);
		RETURN NEXT;
		RETURN;
	END IF;
	v_ends := besace_matches_settle(p_guild, besace_matches_expiry(p_matches), p_staking);
	RETURN QUERY
	SELECT m.match_id, besace_match_view(m)
		|| jsonb_build_object('why', p_why, 'ends', coalesce(e.list, '[]'),
			'rivalry', besace_match_rivalry(m, coalesce(e.list, '[]')))
	FROM unnest(p_matches) AS m LEFT JOIN (
		SELECT value ->> 'match' AS match, jsonb_agg(value - 'match') AS list
		FROM jsonb_array_elements(v_ends) GROUP BY 1) e ON e.match = m.match_id;
	-- One by one, by its key; see besace_matches_expire_locked.
	FOREACH m IN ARRAY p_matches LOOP
		DELETE FROM besace_matches d WHERE d.guild_id = p_guild AND d.match_id = m.match_id;
	END LOOP;
END
$$;
