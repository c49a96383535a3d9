-- Opens one jackpot that holds P_REWARD LC. P_USE is the use that the button stands for (NULL: the
-- next one). Outcome: {"done", "reward", "balance", "bag"} or {"done": false, "refusal", "bag"} with
-- the refusals none_left, used (that use was made) and balance_full.
CREATE OR REPLACE FUNCTION besace_bag_open(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_use INTEGER, p_reward INTEGER) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_is_current BOOLEAN;
	v_balance INTEGER;
	v_refusal JSONB;
	v_outcome JSON;
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
BEGIN
	LOOP
		SELECT balance, username = p_username OR name_seen_ms > p_seen_ms
		INTO v_balance, v_is_current
		FROM users WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN v_is_current;
		PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END LOOP;
	PERFORM FROM besace_receipts
		WHERE guild_id = p_guild AND user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN besace_receipt(p_guild, p_user, p_interaction, 'bag_open');
	END IF;

	IF v_balance > 2147483647 - p_reward THEN
		v_refusal := '{"done": false, "refusal": "balance_full"}';
	ELSE
		-- As besace_bag_use.
		UPDATE user_inventory SET quantity = quantity - 1, uses = uses + 1, updated_at = v_now
			WHERE guild_id = p_guild AND user_id = p_user AND item_type = 'jackpot'
				AND quantity > 0 AND uses = coalesce(p_use, uses);
		IF FOUND THEN
			INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description)
				VALUES (p_guild, p_user, p_reward, 'jackpot_reward',
					'jackpot ' || p_interaction);
			UPDATE users SET balance = balance + p_reward, updated_at = v_now
				WHERE guild_id = p_guild AND user_id = p_user;
			v_outcome := '{"done":true,"reward":' || p_reward || ',"balance":' || v_balance + p_reward
				|| ',"bag":' || besace_bag_text(p_guild, p_user) || '}';
		ELSE
			v_refusal := besace_bag_refusal(p_guild, p_user, 'jackpot');
		END IF;
	END IF;
	IF v_refusal IS NOT NULL THEN
		v_outcome := v_refusal || jsonb_build_object('bag', besace_bag_state(p_guild, p_user));
	END IF;
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome, created_at)
		VALUES (p_guild, p_user, p_interaction, 'bag_open', v_outcome, v_now);
	RETURN v_outcome;
END
$$;
