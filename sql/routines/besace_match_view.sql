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

-- How the two players of M, which has ended with P_ENDS, stand in its game: {"owner", "opponent",
-- "streak"}, the matches that each has won against the other, and those that the winner of M has now
-- won one after the other, against anybody. NULL: it was none between two.
--
-- The history is read by the keys of its indexes alone: a plan made while it is short, and kept by a
-- connection that then ends many matches, would else read all of it for each.
CREATE OR REPLACE FUNCTION besace_match_rivalry(m besace_matches, p_ends JSONB) RETURNS JSONB
LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
DECLARE
	v_winner VARCHAR;
BEGIN
	IF m.opponent_id IS NULL OR NOT m.accepted THEN
		RETURN NULL;
	END IF;
	FOR i IN 0..jsonb_array_length(p_ends) - 1 LOOP
		IF p_ends -> i ->> 'result' = 'win' THEN
			v_winner := p_ends -> i ->> 'user';
		END IF;
	END LOOP;
	RETURN jsonb_build_object(
		'owner', besace_match_wins(m.guild_id, m.owner_id, m.opponent_id, m.game_type),
		'opponent', besace_match_wins(m.guild_id, m.opponent_id, m.owner_id, m.game_type),
		'streak', CASE WHEN v_winner IS NULL THEN 0
			ELSE besace_match_streak(m.guild_id, v_winner, m.game_type) END);
END
$$;

-- Matches of P_GAME_TYPE that P_USER has won against P_OPPONENT.
CREATE OR REPLACE FUNCTION besace_match_wins(p_guild VARCHAR, p_user VARCHAR, p_opponent VARCHAR,
	p_game_type VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT count(*) FROM game_history
		WHERE guild_id = p_guild AND player_id = p_user AND opponent_id = p_opponent
			AND game_type = p_game_type AND result = 'win');
END
$$;

-- Matches of P_GAME_TYPE that P_USER has won since the last one that they did not win.
CREATE OR REPLACE FUNCTION besace_match_streak(p_guild VARCHAR, p_user VARCHAR, p_game_type VARCHAR)
RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_last INTEGER := greatest(0, besace_match_last(p_guild, p_user, p_game_type, 'loss'),
		besace_match_last(p_guild, p_user, p_game_type, 'push'));
BEGIN
	RETURN (SELECT count(*) FROM game_history
		WHERE guild_id = p_guild AND player_id = p_user AND game_type = p_game_type
			AND result = 'win' AND opponent_id IS NOT NULL AND id > v_last);
END
$$;

-- The last match of P_GAME_TYPE against another member that ended with P_RESULT; NULL: none did.
-- Rows of columns are compared, in the order of game_history_streak_idx, where equal columns would say
-- the same: no other index can serve that. The one of ids, which looks cheap, would read all that the
-- guild has ever played for a member who has never lost.
CREATE OR REPLACE FUNCTION besace_match_last(p_guild VARCHAR, p_user VARCHAR, p_game_type VARCHAR,
	p_result VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN (l.player_id, l.game_type, l.result) = (p_user, p_game_type, p_result)
		THEN l.id END
	FROM (SELECT player_id, game_type, result, id FROM game_history
		WHERE guild_id = p_guild AND opponent_id IS NOT NULL AND (player_id, game_type, result, id)
			<= (p_user, p_game_type, p_result, 2147483647)
		ORDER BY player_id DESC, game_type DESC, result DESC, id DESC LIMIT 1) l);
END
$$;
