-- A match as src/store/matches.c reads it, server seeds included: the commands decide what is shown
-- of it. An ended one has "why", "ends" and "rivalry" as well; see besace_matches_end.
CREATE OR REPLACE FUNCTION besace_match_view(m besace_matches) RETURNS JSON
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_escrow TEXT;
BEGIN
	SELECT string_agg(concat('{"user":"', e.user_id, '","stake":', e.stake, '}'), ',') INTO v_escrow
	FROM (SELECT user_id, stake FROM besace_escrow
		WHERE guild_id = m.guild_id AND match_id = m.match_id ORDER BY seat) e;
	RETURN besace_match_shown(m, concat('[', v_escrow, ']'), '');
END
$$;

-- The same, P_ESCROW being the JSON of its stakes and P_MORE that of further keys, each behind a comma.
-- Becomes part of the statement that calls it.
CREATE OR REPLACE FUNCTION besace_match_shown(m besace_matches, p_escrow TEXT, p_more TEXT) RETURNS JSON
LANGUAGE sql STABLE AS $$
	SELECT concat('{"id":"', m.match_id, '","game_type":"', m.game_type, '","owner":"', m.owner_id,
		'","opponent":', coalesce('"' || m.opponent_id || '"', 'null'),
		',"channel":', coalesce('"' || m.channel_id || '"', 'null'),
		',"accepted":', m.accepted::text, ',"stake":', m.stake, ',"version":', m.version,
		',"state":', to_json(m.state), ',"facts":', m.facts,
		',"expires_at":', ceil(date_part('epoch', m.expires_at))::bigint,
		',"expired":', (m.expires_at <= now() AT TIME ZONE 'utc')::text,
		',"escrow":', p_escrow, p_more, '}')::json
$$;

-- How the two players of a match which has ended stand in its game: the matches that each has won
-- against the other, and those that its winner (NULL: nobody won) has now won one after the other,
-- against anybody. No row: it was none between two.
--
-- Becomes part of the statement that calls it. The history is read by the keys of its indexes alone. For
-- the last match that was not won, rows of columns are compared, in the order of
-- game_history_streak_idx, where equal columns would say the same: no other index can serve that.
CREATE OR REPLACE FUNCTION besace_match_rivalry(p_guild VARCHAR, p_owner VARCHAR,
	p_opponent VARCHAR, p_game_type VARCHAR, p_winner VARCHAR)
RETURNS TABLE (owner INTEGER, opponent INTEGER, streak INTEGER)
LANGUAGE sql STABLE AS $$
	SELECT (SELECT count(*) FROM game_history h
			WHERE h.guild_id = p_guild AND h.player_id = p_owner
				AND h.opponent_id = p_opponent AND h.game_type = p_game_type
				AND h.result = 'win')::integer,
		(SELECT count(*) FROM game_history h
			WHERE h.guild_id = p_guild AND h.player_id = p_opponent
				AND h.opponent_id = p_owner AND h.game_type = p_game_type
				AND h.result = 'win')::integer,
		(SELECT count(*) FROM game_history h
			WHERE h.guild_id = p_guild AND h.player_id = p_winner
				AND h.game_type = p_game_type AND h.result = 'win'
				AND h.opponent_id IS NOT NULL AND (h.created_at, h.id) > (
				SELECT l.created_at, l.id FROM (VALUES ('loss'), ('push')) AS r (result)
				CROSS JOIN LATERAL (SELECT player_id, game_type, result, created_at, id
					FROM game_history
					WHERE guild_id = p_guild AND opponent_id IS NOT NULL
						AND (player_id, game_type, result, created_at)
							<= (p_winner, p_game_type, r.result, timestamp 'infinity')
					ORDER BY player_id DESC, game_type DESC, result DESC,
						created_at DESC, id DESC LIMIT 1) l
				WHERE (l.player_id, l.game_type, l.result)
					= (p_winner, p_game_type, r.result)
				UNION ALL SELECT timestamp '-infinity', 0
				ORDER BY 1 DESC, 2 DESC LIMIT 1))::integer
	WHERE p_opponent IS NOT NULL
$$;
