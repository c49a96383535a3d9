-- Ending matches of a guild, whose rows and those of all their players are locked.

-- The rivalry of those of P_MATCHES, which have ended, that were one between two. P_WINNERS won those
-- called P_IDS; NULL: nobody did.
--
-- The history is read by the keys of its indexes alone: a plan made while it is short, and kept by a
-- connection that then ends many matches, would else read all of it for each.
CREATE OR REPLACE FUNCTION besace_matches_rivalry(p_guild VARCHAR, p_matches besace_matches[],
	p_ids VARCHAR[], p_winners VARCHAR[]) RETURNS TABLE (match_id VARCHAR, rivalry JSONB)
LANGUAGE plpgsql STABLE
SET jit = off SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY
	SELECT m.match_id, to_jsonb(r)
	FROM unnest(p_matches) AS m
	JOIN unnest(p_ids, p_winners) AS w (match_id, winner) ON w.match_id = m.match_id
	CROSS JOIN LATERAL besace_match_rivalry(
		p_guild, m.owner_id, m.opponent_id, m.game_type, w.winner) AS r
	WHERE m.accepted;
END
$$;

-- The same for a single match, whose arguments are those of besace_match_rivalry: a list is planned anew
-- each time.
CREATE OR REPLACE FUNCTION besace_match_standing(p_guild VARCHAR, p_owner VARCHAR,
	p_opponent VARCHAR, p_game_type VARCHAR, p_winner VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE
SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_bitmapscan = off SET enable_sort = off AS $$
BEGIN
	RETURN (SELECT to_jsonb(r) FROM besace_match_rivalry(
		p_guild, p_owner, p_opponent, p_game_type, p_winner) AS r);
END
$$;

-- Ends M, which may differ from its row, as its expiry says, and removes it. P_WHY is told in the
-- outcome, for its message; P_STAKING is the player whose stake has not been taken yet: it is taken
-- here. Returns the outcome, which is the match's view with "why", "ends" and "rivalry".
--
-- Each player's rows are changed by statements of their own, which takes half of the time for two
-- players; with many matches, lists are faster.
CREATE OR REPLACE FUNCTION besace_match_end(
	m besace_matches, p_why VARCHAR, p_staking VARCHAR DEFAULT NULL) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_has_settings BOOLEAN := EXISTS (SELECT FROM besace_settings WHERE guild_id = m.guild_id);
	v_user VARCHAR;
	v_stake INTEGER;
	v_balance INTEGER;
	v_xp INTEGER;
	v_level INTEGER;
	v_rewarded INTEGER;
	v_end JSONB;
	v_winner VARCHAR;
	v_rivalry JSONB;
	v_escrow TEXT;
	v_ends TEXT;
BEGIN
	FOR v_user, v_stake, v_balance, v_xp, v_level, v_rewarded IN
		SELECT e.user_id, e.stake, u.balance, u.xp, u.level, u.level_rewarded
		FROM besace_escrow e JOIN users u ON u.guild_id = e.guild_id AND u.user_id = e.user_id
		WHERE e.guild_id = m.guild_id AND e.match_id = m.match_id ORDER BY e.seat
	LOOP
		-- A stake of which the expiry says nothing goes back.
		v_end := coalesce(jsonb_path_query_first(m.expiry, '$[*] ? (@.user == $user)',
			jsonb_build_object('user', v_user)),
			jsonb_build_object('credit', v_stake));
		IF v_end ->> 'result' = 'win' THEN
			v_winner := v_user;
		END IF;
		v_escrow := concat(v_escrow || ',', '{"user":"', v_user, '","stake":', v_stake, '}');
		v_ends := concat(v_ends || ',', (besace_match_pay(m.guild_id, v_user, m.match_id,
			m.game_type, v_stake, v_user IS DISTINCT FROM p_staking,
			(m.draws_seeds AND v_user IS NOT DISTINCT FROM p_staking)::integer, m.channel_id,
			v_end ->> 'opponent', v_end ->> 'result', (v_end ->> 'credit')::bigint,
			(v_end ->> 'xp')::integer, v_end ->> 'boost', v_end ->> 'item', v_end -> 'proof',
			v_balance, v_xp, v_level, v_rewarded, v_has_settings))[2]);
	END LOOP;
	DELETE FROM besace_matches WHERE guild_id = m.guild_id AND match_id = m.match_id;
	IF m.accepted AND m.opponent_id IS NOT NULL THEN
		v_rivalry := besace_match_standing(
			m.guild_id, m.owner_id, m.opponent_id, m.game_type, v_winner);
	END IF;
	RETURN besace_match_shown(m, concat('[', v_escrow, ']'), concat(',"why":', to_json(p_why),
		',"ends":[', v_ends, '],"rivalry":', coalesce(v_rivalry::text, 'null')));
END
$$;

-- Ends P_MATCHES, of which no member plays two, as besace_match_end does.
CREATE OR REPLACE FUNCTION besace_matches_end(
	p_guild VARCHAR, p_matches besace_matches[], p_why VARCHAR)
RETURNS TABLE (match_id VARCHAR, outcome JSON)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_ids VARCHAR[];
	v_winners VARCHAR[];
	v_escrow TEXT[];
	v_ends TEXT[];
BEGIN
	IF cardinality(p_matches) = 1 THEN
		match_id := p_matches[1].match_id;
		outcome := besace_match_end(p_matches[1], p_why);
		RETURN NEXT;
		RETURN;
	END IF;
	SELECT array_agg(s.match_id), array_agg(s.winner), array_agg(s.escrow), array_agg(s.ends)
	INTO v_ids, v_winners, v_escrow, v_ends FROM besace_matches_settle(p_guild, p_matches) AS s;
	RETURN QUERY
	SELECT m.match_id, besace_match_shown(m, concat('[', s.escrow, ']'), concat(',"why":', to_json(p_why),
		',"ends":[', s.ends, '],"rivalry":', coalesce(r.rivalry::text, 'null')))
	FROM unnest(v_ids, v_escrow, v_ends) AS s (match_id, escrow, ends)
	JOIN unnest(p_matches) AS m ON m.match_id = s.match_id
	LEFT JOIN besace_matches_rivalry(p_guild, p_matches, v_ids, v_winners) AS r
		ON r.match_id = s.match_id;
END
$$;
