-- Opens one jackpot that holds P_REWARD LC. P_USE is the use that the button stands for (NULL: the
-- next one). Outcome: {"done", "reward", "balance", "bag"} or {"done": false, "refusal", "bag"} with
-- the refusals none_left, used (that use was made) and balance_full.
CREATE OR REPLACE FUNCTION besace_bag_open(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_use INTEGER, p_reward INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_is_current BOOLEAN;
	v_balance INTEGER;
	v_outcome JSONB;
BEGIN
	LOOP
		SELECT balance, username = p_username OR name_seen_ms > p_seen_ms
		INTO v_balance, v_is_current
		FROM users WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN v_is_current;
		PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END LOOP;
	v_outcome := besace_receipt(p_guild, p_user, p_interaction, 'bag_open');
	IF v_outcome IS NOT NULL THEN
		RETURN v_outcome;
	END IF;

	IF v_balance::bigint + p_reward > 2147483647 THEN
		v_outcome := '{"done": false, "refusal": "balance_full"}';
	ELSIF besace_bag_use(p_guild, p_user, 'jackpot', p_use) THEN
		INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description)
			VALUES (p_guild, p_user, p_reward, 'jackpot_reward', 'jackpot ' || p_interaction);
		UPDATE users SET balance = balance + p_reward, updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user;
		v_outcome := jsonb_build_object(
			'done', true, 'reward', p_reward, 'balance', v_balance + p_reward);
	ELSE
		v_outcome := besace_bag_refusal(p_guild, p_user, 'jackpot');
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'bag_open',
		v_outcome || jsonb_build_object('bag', besace_bag_state(p_guild, p_user)));
END
$$;
