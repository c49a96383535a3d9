-- The daily gift: P_AMOUNT LC, once in P_SECONDS by the clock of the database. Outcome: {"done",
-- "amount", "balance", "next"} or {"done": false, "refusal", "next"} with the refusals too_early
-- and purse_full; `next` is when another can be had, in seconds since 1970. The same interaction
-- again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_gift(p_interaction VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_amount INTEGER, p_seconds INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_balance INTEGER := besace_member_lock(p_user, p_username, p_seen_ms);
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_wait INTERVAL := make_interval(secs => p_seconds);
	v_next TIMESTAMP := (SELECT last_gift_time + v_wait FROM users WHERE user_id = p_user);
BEGIN
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;

	IF v_next > v_now THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'too_early');
	ELSIF v_balance::bigint + p_amount > 2147483647 THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'purse_full');
	ELSE
		v_next := v_now + v_wait;
		UPDATE users SET balance = balance + p_amount, last_gift_time = v_now,
			updated_at = v_now WHERE user_id = p_user RETURNING balance INTO v_balance;
		INSERT INTO transactions (to_user_id, amount, transaction_type, description)
			VALUES (p_user, p_amount, 'daily_gift', 'cadeau ' || p_interaction);
		v_outcome := jsonb_build_object(
			'done', true, 'amount', p_amount, 'balance', v_balance);
	END IF;

	v_outcome := v_outcome
		|| jsonb_build_object('next', ceil(extract(epoch FROM v_next))::bigint);
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
