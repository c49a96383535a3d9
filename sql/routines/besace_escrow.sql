-- Taking a member's stake into escrow. The member's row is locked.

-- Why P_USER, who has P_BALANCE, may not stake P_STAKE in a match of P_GAME_TYPE that can credit up
-- to P_MAX_CREDIT, as an outcome without its balance; NULL when nothing is against it: the refusals
-- balance, balance_full, those of besace_stake_refusal, and playing with the open match, so that its
-- board can be shown again.
CREATE OR REPLACE FUNCTION besace_escrow_refusal(p_guild VARCHAR, p_user VARCHAR,
	p_balance INTEGER, p_game_type VARCHAR, p_stake INTEGER, p_max_credit BIGINT,
	p_channel VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_match besace_matches;
BEGIN
	SELECT m.* INTO v_match FROM besace_escrow e
		JOIN besace_matches m ON m.guild_id = e.guild_id AND m.match_id = e.match_id
		WHERE e.guild_id = p_guild AND e.user_id = p_user AND e.game_type = p_game_type;
	IF FOUND THEN
		RETURN jsonb_build_object('done', false, 'refusal', 'playing',
			'match', besace_match_view(v_match));
	END IF;
	RETURN coalesce(
		besace_stake_refusal(p_guild, p_user, p_game_type, p_stake, p_channel),
		CASE WHEN p_balance < p_stake
			THEN besace_balance_refusal(p_guild, p_game_type, p_stake)
		WHEN p_balance - p_stake + p_max_credit > 2147483647
			THEN jsonb_build_object('done', false, 'refusal', 'balance_full') END);
END
$$;

-- Gives the member a seat, behind those that are taken, and takes the stake with its row in the
-- ledger. The caller has looked for refusals. P_DRAWS: so many draws from the member's seeds it takes.
CREATE OR REPLACE FUNCTION besace_escrow_take(p_guild VARCHAR, p_user VARCHAR, p_game_type VARCHAR,
	p_match VARCHAR, p_stake INTEGER, p_draws INTEGER DEFAULT 0) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM besace_escrow_seat(p_guild, p_user, p_game_type, p_match, p_stake);
	UPDATE users SET balance = balance - p_stake, nonce = nonce + p_draws,
		updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id = p_user AND balance >= p_stake;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the balance of % does not hold the stake', p_user;
	END IF;
	INSERT INTO transactions
		(guild_id, from_user_id, amount, transaction_type, description, match_id)
		VALUES (p_guild, p_user, p_stake, 'bet', p_game_type || ' ' || p_match, p_match);
END
$$;

-- The seat alone, for a match that ends in the same moment: besace_match_pay takes the stake
-- in its change of the member's row.
CREATE OR REPLACE FUNCTION besace_escrow_seat(p_guild VARCHAR, p_user VARCHAR,
	p_game_type VARCHAR, p_match VARCHAR, p_stake INTEGER) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)
	SELECT p_guild, p_user, p_game_type, p_match, count(*), p_stake
	FROM besace_escrow WHERE guild_id = p_guild AND match_id = p_match;
	PERFORM besace_pause_begin(p_guild, p_user, p_game_type);
END
$$;
