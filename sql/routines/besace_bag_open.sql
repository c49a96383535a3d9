-- Opens one jackpot that holds P_REWARD LC: one item less, the LC in, a line in the ledger, a
-- receipt. P_USE is the use that the button stands for (NULL: of a button made before uses were
-- counted). Outcome: {"done", "reward", "balance", "bag"} or {"done": false, "refusal", "bag"} with
-- the refusals none_left, used (that use was made) and purse_full. The same interaction again
-- returns its first outcome.
CREATE OR REPLACE FUNCTION besace_bag_open(p_interaction VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_use INTEGER, p_reward INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_balance INTEGER := besace_member_lock(p_user, p_username, p_seen_ms);
BEGIN
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;

	IF v_balance::bigint + p_reward > 2147483647 THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'purse_full');
	ELSIF besace_bag_use(p_user, 'jackpot', p_use) THEN
		UPDATE users SET balance = balance + p_reward,
			updated_at = now() AT TIME ZONE 'utc'
			WHERE user_id = p_user RETURNING balance INTO v_balance;
		INSERT INTO transactions (to_user_id, amount, transaction_type, description)
			VALUES (p_user, p_reward, 'jackpot_reward', 'jackpot ' || p_interaction);
		v_outcome := jsonb_build_object(
			'done', true, 'reward', p_reward, 'balance', v_balance);
	ELSE
		v_outcome := besace_bag_refusal(p_user, 'jackpot');
	END IF;

	v_outcome := v_outcome || jsonb_build_object('bag', besace_bag_state(p_user));
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
