-- A match as src/store/matches.c reads it, server seeds included: the commands decide what is shown
-- of it. An ended one gets "why", "ends" and "rivalry" added by besace_matches_end.
CREATE OR REPLACE FUNCTION besace_match_view(m besace_matches) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN jsonb_build_object('id', m.match_id, 'game_type', m.game_type, 'owner', m.owner_id,
		'opponent', m.opponent_id, 'channel', m.channel_id, 'accepted', m.accepted, 'stake', m.stake,
		'version', m.version, 'state', m.state, 'facts', m.facts,
		'expires_at', ceil(extract(epoch FROM m.expires_at))::bigint,
		'expired', m.expires_at <= now() AT TIME ZONE 'utc', 'escrow', coalesce((
			SELECT jsonb_agg(jsonb_build_object('user', e.user_id, 'stake', e.stake)
				ORDER BY e.seat)
			FROM besace_escrow e
			WHERE e.guild_id = m.guild_id AND e.match_id = m.match_id), '[]'));
END
$$;

-- How the two players of M, which has ended, stand in its game: {"owner", "opponent", "streak"}, the
-- matches that each has won against the other, and those that the winner of M has now won one after
-- the other, against anybody. NULL: it was none between two. Counted in indexes alone.
CREATE OR REPLACE FUNCTION besace_match_rivalry(m besace_matches) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_winner VARCHAR;
BEGIN
	IF m.opponent_id IS NULL OR NOT m.accepted THEN
		RETURN NULL;
	END IF;
	SELECT player_id INTO v_winner FROM game_history
		WHERE guild_id = m.guild_id AND match_id = m.match_id
			AND player_id IN (m.owner_id, m.opponent_id) AND result = 'win';
	RETURN jsonb_build_object(
		'owner', (SELECT count(*) FROM game_history
			WHERE guild_id = m.guild_id AND player_id = m.owner_id
				AND opponent_id = m.opponent_id AND game_type = m.game_type
				AND result = 'win'),
		'opponent', (SELECT count(*) FROM game_history
			WHERE guild_id = m.guild_id AND player_id = m.opponent_id
				AND opponent_id = m.owner_id AND game_type = m.game_type
				AND result = 'win'),
		'streak', (SELECT count(*) FROM game_history
			WHERE guild_id = m.guild_id AND player_id = v_winner
				AND game_type = m.game_type AND opponent_id IS NOT NULL
				AND result = 'win' AND id > greatest(0,
					besace_match_last(m.guild_id, v_winner, m.game_type, 'loss'),
					besace_match_last(m.guild_id, v_winner, m.game_type, 'push'))));
END
$$;

-- The last match of P_GAME_TYPE against another member that ended with P_RESULT; NULL: none did.
CREATE OR REPLACE FUNCTION besace_match_last(p_guild VARCHAR, p_user VARCHAR, p_game_type VARCHAR,
	p_result VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT id FROM game_history
		WHERE guild_id = p_guild AND player_id = p_user AND game_type = p_game_type
			AND opponent_id IS NOT NULL AND result = p_result ORDER BY id DESC LIMIT 1);
END
$$;
