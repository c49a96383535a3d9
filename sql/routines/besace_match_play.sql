-- A play that is over at once, drawn from the member's seeds: besace_match_open for the machine and
-- the wheel, which are played most. The same is done with each row changed once and without a
-- match's row in between.
--
-- P_CHANNEL is where it is played, for the rest of that see besace_place_see; for P_ROLES see
-- besace_roles_see. P_SEEDS_VERSION is that of the member's seeds; P_SERVER_SEED, unless it is NULL, and
-- P_CLIENT_SEED become theirs first: they had none. The plays are arrays, an element for each, the first
-- one drawn with the nonce P_FIRST_NONCE: see "plays" and the elements of "ends" in besace_match_open.
-- Outcome as that of besace_match_open.
CREATE OR REPLACE FUNCTION besace_match_play(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_game_type VARCHAR, p_stake INTEGER,
	p_max_credit BIGINT, p_channel VARCHAR, p_parent VARCHAR, p_category VARCHAR,
	p_seeds_version INTEGER, p_first_nonce BIGINT, p_server_seed VARCHAR, p_client_seed VARCHAR,
	p_states VARCHAR[], p_facts TEXT[], p_results VARCHAR[], p_credits BIGINT[], p_xps INTEGER[],
	p_boosts VARCHAR[], p_items VARCHAR[], p_proofs TEXT[], p_roles TEXT DEFAULT NULL) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_is_current BOOLEAN;
	v_balance INTEGER;
	v_xp INTEGER;
	v_level INTEGER;
	v_rewarded INTEGER;
	v_has_settings BOOLEAN;
	v_is_held BOOLEAN := false;
	v_bounds INTEGER[];
	v_version INTEGER;
	v_nonce BIGINT;
	v_play INTEGER;
	v_end TEXT[];
	v_refusal JSONB;
	v_outcome JSON;
BEGIN
	-- Games have no settings in a guild that has none. What is not of the member need not be read behind
	-- their lock.
	LOOP
		SELECT balance, xp, level, level_rewarded, seeds_version, nonce,
			username = p_username OR name_seen_ms > p_seen_ms,
			EXISTS (SELECT FROM besace_settings WHERE guild_id = p_guild)
		INTO v_balance, v_xp, v_level, v_rewarded, v_version, v_nonce,
			v_is_current, v_has_settings
		FROM users WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN v_is_current OR p_username IS NULL;
		PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END LOOP;
	PERFORM FROM besace_receipts
		WHERE guild_id = p_guild AND user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN besace_receipt(p_guild, p_user, p_interaction, 'match');
	END IF;

	IF NOT v_has_settings THEN
		PERFORM FROM besace_loss_limits WHERE guild_id = p_guild AND user_id = p_user;
		v_is_held := FOUND;
	END IF;
	-- A game with a state can be open: a natural is over at once while a blackjack may be.
	IF NOT v_is_held AND p_states[1] IS NOT NULL THEN
		PERFORM FROM besace_escrow
			WHERE guild_id = p_guild AND user_id = p_user AND game_type = p_game_type;
		v_is_held := FOUND;
	END IF;
	v_bounds := besace_game_bounds(p_game_type);
	IF v_has_settings THEN
		PERFORM besace_place_see(p_guild, p_channel, p_parent, p_category);
	END IF;
	IF v_has_settings OR v_is_held OR p_stake < v_bounds[1] OR p_stake > v_bounds[2]
			OR v_balance < p_stake OR v_balance - p_stake + p_max_credit > 2147483647 THEN
		v_refusal := besace_escrow_refusal(p_guild, p_user, v_balance, p_game_type, p_stake,
			p_max_credit, p_channel);
		IF v_refusal IS NOT NULL THEN
			RETURN besace_end(p_guild, p_user, p_interaction, 'match',
				v_refusal || jsonb_build_object('balance', v_balance));
		END IF;
	END IF;

	v_play := v_nonce - p_first_nonce + 1;
	IF v_version <> p_seeds_version OR v_play NOT BETWEEN 1 AND cardinality(p_facts) THEN
		RETURN '{"again":true}';
	END IF;
	IF p_server_seed IS NOT NULL THEN
		INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)
			VALUES (p_guild, p_user, p_server_seed, p_client_seed) ON CONFLICT DO NOTHING;
		IF NOT FOUND THEN
			RETURN '{"again":true}';
		END IF;
	END IF;
	IF v_has_settings THEN
		PERFORM besace_pause_begin(p_guild, p_user, p_game_type);
		PERFORM besace_roles_see(p_guild, p_user, p_seen_ms, p_roles);
	END IF;
	v_end := besace_match_pay(p_guild, p_user, p_interaction, p_game_type, p_stake, false, 1,
		p_channel, NULL, p_results[v_play], p_credits[v_play], p_xps[v_play], p_boosts[v_play],
		p_items[v_play], p_proofs[v_play]::jsonb, v_balance, v_xp, v_level, v_rewarded,
		v_has_settings);
	v_outcome := concat('{"done":true,"balance":', v_end[1], ',"match":{"id":"', p_interaction,
		'","game_type":"', p_game_type, '","owner":"', p_user, '","opponent":null,"channel":',
		coalesce('"' || p_channel || '"', 'null'), ',"accepted":true,"stake":', p_stake,
		',"version":1,"state":', coalesce(to_json(p_states[v_play]), '""'), ',"facts":', p_facts[v_play],
		',"expires_at":0,"expired":true,"escrow":[{"user":"', p_user, '","stake":', p_stake,
		'}],"why":"played","ends":[', v_end[2], ']}}');
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)
		VALUES (p_guild, p_user, p_interaction, 'match', v_outcome);
	RETURN v_outcome;
END
$$;
