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
	JOIN besace_escrow e ON e.guild_id = m.guild_id AND e.match_id = m.match_id
	LEFT JOIN LATERAL (SELECT l.value FROM jsonb_array_elements(m.expiry) AS l (value)
		WHERE l.value ->> 'user' = e.user_id) x ON true);
END
$$;

-- Ends P_MATCHES, which may differ from their rows, as their expiry says, and removes them. No
-- member plays two of them. P_WHY is told in the outcomes, for their messages; for P_STAKING see
-- besace_matches_settle. Returns the outcome of each, which is its view with "why", "ends" and
-- "rivalry".
CREATE OR REPLACE FUNCTION besace_matches_end(p_guild VARCHAR, p_matches besace_matches[],
	p_why VARCHAR, p_staking VARCHAR DEFAULT NULL)
RETURNS TABLE (match_id VARCHAR, outcome JSONB)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_list JSONB := besace_matches_expiry(p_matches);
	v_ends JSONB := CASE WHEN cardinality(p_matches) = 1
		THEN besace_match_settle(p_guild, v_list, p_staking)
		ELSE besace_matches_settle(p_guild, v_list, p_staking) END;
BEGIN
	RETURN QUERY
	SELECT m.match_id, besace_match_view(m)
		|| jsonb_build_object('why', p_why, 'ends', coalesce(e.list, '[]'),
			'rivalry', besace_match_rivalry(m, coalesce(e.list, '[]')))
	FROM unnest(p_matches) AS m LEFT JOIN (
		SELECT value ->> 'match' AS match, jsonb_agg(value - 'match') AS list
		FROM jsonb_array_elements(v_ends) GROUP BY 1) e ON e.match = m.match_id;
	DELETE FROM besace_matches d USING unnest(p_matches) AS m
		WHERE d.guild_id = p_guild AND d.match_id = m.match_id;
END
$$;
