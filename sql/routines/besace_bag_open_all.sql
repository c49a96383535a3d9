-- Opens the jackpots there are, as many as P_REWARDS has values: each holds the next of them. P_USE is
-- the use that the button stands for (NULL: the next one). Outcome as besace_bag_open, with "opened",
-- how many; "reward" is what they held together.
CREATE OR REPLACE FUNCTION besace_bag_open_all(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_use INTEGER, p_rewards INTEGER[]) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_outcome JSONB;
	v_count INTEGER;
	v_reward INTEGER;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'bag_open_all');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	SELECT least(quantity, cardinality(p_rewards)) INTO v_count FROM user_inventory
		WHERE guild_id = p_guild AND user_id = p_user AND item_type = 'jackpot'
			AND quantity > 0 AND uses = coalesce(p_use, uses);
	SELECT sum(r) INTO v_reward FROM unnest(p_rewards[1:v_count]) AS r;
	IF v_count IS NULL THEN
		v_outcome := besace_bag_refusal(p_guild, p_user, 'jackpot');
	ELSIF v_me.balance::bigint + v_reward > 2147483647 THEN
		v_outcome := '{"done": false, "refusal": "balance_full"}';
	ELSE
		UPDATE user_inventory SET quantity = quantity - v_count, uses = uses + v_count,
			updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user AND item_type = 'jackpot';
		UPDATE users SET balance = balance + v_reward, updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user;
		INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description)
			SELECT p_guild, p_user, r, 'jackpot_reward', 'jackpot ' || p_interaction
			FROM unnest(p_rewards[1:v_count]) AS r;
		v_outcome := jsonb_build_object('done', true, 'reward', v_reward,
			'balance', v_me.balance + v_reward, 'opened', v_count);
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'bag_open_all',
		v_outcome || jsonb_build_object('bag', besace_bag_state(p_guild, p_user)));
END
$$;
