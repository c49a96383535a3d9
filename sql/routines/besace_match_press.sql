-- What a press does to an open match, decided from its version P_VERSION. P_ACT is one of
--
--	{"refusal"}  only recorded
--	{"state", "facts", "expiry"} the match goes on. With "expires_s", its time begins anew; with
--	             "accepted", the challenge is; with {"join": {"max_credit", "stake"}}, the member
--	             takes the next seat, for STAKE or, without one, for the stake of the match
--	{"ends", "why"} it is over; see besace_match_open for the list, besace_matches_end for WHY.
--	             With "state", "facts" and "join" as above, and "roles" of the member,
--	             separated by commas, see besace_roles_see
--
-- and any of
--	why          of a match that goes on it says nothing
--	afresh       true: it is not about this match but about its place, see "again" below
--	message      {"application", "token", "message"}: of a press whose answer updates the message.
--	             Alone, it changes nothing of the match: the press shows it as it is
--	reply        {"news"}: becomes part of the outcome
--	new_seeds    {"server_seed", "client_seed"}: the member's seeds unless they have some
--
-- Outcome: {"done": true, "balance", "match"} or {"done": false, "refusal", "balance"} with the
-- refusals ended (there is no such match in this guild, or it has expired) and those of
-- besace_escrow_refusal. {"again": true}: the match has gone on, or "afresh" and it has ended; look
-- again. The same interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_match_press(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_match VARCHAR, p_version INTEGER, p_act JSONB)
RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_is_current BOOLEAN;
	v_balance INTEGER;
	v_outcome JSONB;
	v_done JSON;
	v_match besace_matches;
	v_is_right BOOLEAN := besace_match_act_keys(p_act);
BEGIN
	IF p_act ? 'ends' THEN
		PERFORM besace_match_players_lock(
			p_guild, p_user, p_username, p_seen_ms, p_match);
	ELSE
		LOOP
			SELECT balance, username = p_username OR name_seen_ms > p_seen_ms
			INTO v_balance, v_is_current
			FROM users WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
			EXIT WHEN v_is_current OR p_username IS NULL;
			PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
		END LOOP;
	END IF;
	PERFORM FROM besace_receipts
		WHERE guild_id = p_guild AND user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN besace_receipt(p_guild, p_user, p_interaction, 'match');
	END IF;

	SELECT * INTO v_match FROM besace_matches
		WHERE guild_id = p_guild AND match_id = p_match FOR UPDATE;
	IF NOT FOUND OR v_match.expires_at <= now() AT TIME ZONE 'utc' THEN
		IF p_act ? 'afresh' THEN
			RETURN jsonb_build_object('again', true);
		END IF;
		-- A message that could not be edited is brought up to date now.
		DELETE FROM besace_match_edits WHERE guild_id = p_guild AND match_id = p_match
				AND try_at = 'infinity'
			RETURNING jsonb_build_object('done', true, 'match', outcome) INTO v_outcome;
		v_outcome := coalesce(
			v_outcome, jsonb_build_object('done', false, 'refusal', 'ended'));
	ELSIF v_match.version <> p_version THEN
		RETURN jsonb_build_object('again', true);
	ELSIF p_act ? 'refusal' THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', p_act -> 'refusal');
	ELSIF p_act ? 'join' THEN
		v_balance := coalesce(v_balance, (SELECT balance FROM users
			WHERE guild_id = p_guild AND user_id = p_user));
		v_outcome := besace_escrow_refusal(p_guild, p_user, v_balance, v_match.game_type,
			coalesce((p_act #>> '{join,stake}')::integer, v_match.stake),
			(p_act #>> '{join,max_credit}')::bigint, NULL);
	END IF;
	IF v_outcome IS NULL THEN
		IF p_act ? 'new_seeds' THEN
			PERFORM besace_seeds_new(p_guild, p_user, p_act -> 'new_seeds');
		END IF;
		IF p_act ? 'roles' THEN
			PERFORM besace_roles_see(p_guild, p_user, p_seen_ms, p_act ->> 'roles');
		END IF;
		v_done := besace_match_advance(v_match, p_user, p_act);
		IF p_act ? 'ends' OR p_act ? 'join' THEN
			SELECT balance INTO v_balance FROM users
				WHERE guild_id = p_guild AND user_id = p_user;
		END IF;
		v_done := concat('{"done":true,"balance":', v_balance,
			',"news":' || (p_act #> '{reply,news}')::text, ',"match":', v_done, '}');
		INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)
			VALUES (p_guild, p_user, p_interaction, 'match', v_done);
		RETURN v_done;
	END IF;
	RETURN besace_match_keep(p_guild, p_user, p_interaction, v_outcome);
END
$$;

-- Raises an exception if P_ACT has other keys than these.
CREATE OR REPLACE FUNCTION besace_match_act_keys(p_act JSONB) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	v_is_right BOOLEAN;
BEGIN
	IF p_act ? 'refusal' THEN
		v_is_right := besace_json_keys('json_match_act_refused', p_act, '{refusal}', '{afresh}');
		RETURN v_is_right;
	ELSIF p_act ? 'ends' THEN
		v_is_right := besace_json_keys('json_match_act_over', p_act, '{ends,why}',
			'{state,facts,accepted,join,roles,afresh,message,reply,new_seeds}');
		v_is_right := besace_match_ends_keys(p_act -> 'ends');
	ELSE
		v_is_right := besace_json_keys('json_match_act', p_act, '{}',
			'{state,facts,expiry,expires_s,why,accepted,join,afresh,message,reply,new_seeds}');
		v_is_right := besace_match_ends_keys(coalesce(p_act -> 'expiry', '[]'));
	END IF;
	IF p_act ? 'join' THEN
		v_is_right := besace_json_keys('json_match_join', p_act -> 'join', '{max_credit}', '{stake}');
	END IF;
	IF p_act ? 'message' THEN
		v_is_right := besace_json_keys(
			'json_match_message', p_act -> 'message', '{}', '{application,token,message}');
	END IF;
	IF p_act ? 'reply' THEN
		v_is_right := besace_json_keys('json_match_reply', p_act -> 'reply', '{}', '{news}');
	END IF;
	IF p_act ? 'new_seeds' THEN
		v_is_right := besace_json_keys('json_match_seeds', p_act -> 'new_seeds',
			'{server_seed,client_seed}', '{}');
	END IF;
	RETURN v_is_right;
END
$$;

-- Locks the member and all players of a match, in the order of ids: a match that ends pays them.
CREATE OR REPLACE FUNCTION besace_match_players_lock(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_match VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_user VARCHAR;
	v_is_current BOOLEAN;
BEGIN
	-- One by one, by their keys: a list would be planned anew each time.
	FOR v_user IN
		SELECT user_id FROM besace_escrow WHERE guild_id = p_guild AND match_id = p_match
		UNION SELECT p_user ORDER BY 1
	LOOP
		SELECT username = p_username OR name_seen_ms > p_seen_ms INTO v_is_current
			FROM users WHERE guild_id = p_guild AND user_id = v_user FOR NO KEY UPDATE;
		-- Players are members; nobody else has to be created, nor was seen under a name.
		IF v_user = p_user AND v_is_current IS NOT TRUE THEN
			PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
		END IF;
	END LOOP;
END
$$;
