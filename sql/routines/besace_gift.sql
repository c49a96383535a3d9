-- The daily gift: P_AMOUNT LC, once in P_SECONDS by the clock of the database. Outcome: {"done",
-- "amount", "balance", "next"} or {"done": false, "refusal", "next"} with the refusals too_early
-- and balance_full; `next` is when another can be had, in seconds since 1970.
CREATE OR REPLACE FUNCTION besace_gift(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_amount INTEGER, p_seconds INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_now TIMESTAMP;
	v_next TIMESTAMP;
	v_refusal VARCHAR;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'gift');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	v_now := clock_timestamp() AT TIME ZONE 'utc';
	v_next := v_me.last_gift_time + make_interval(secs => p_seconds);
	v_refusal := CASE WHEN v_next > v_now THEN 'too_early'
		WHEN v_me.balance::bigint + p_amount > 2147483647 THEN 'balance_full' END;
	IF v_refusal IS NOT NULL THEN
		RETURN besace_end(p_guild, p_user, p_interaction, 'gift', jsonb_build_object(
			'done', false, 'refusal', v_refusal,
			'next', ceil(extract(epoch FROM v_next))::bigint));
	END IF;
	UPDATE users SET balance = balance + p_amount, last_gift_time = v_now, updated_at = v_now
		WHERE guild_id = p_guild AND user_id = p_user;
	INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description)
		VALUES (p_guild, p_user, p_amount, 'daily_gift', 'cadeau ' || p_interaction);
	RETURN besace_end(p_guild, p_user, p_interaction, 'gift', jsonb_build_object(
		'done', true, 'amount', p_amount, 'balance', v_me.balance + p_amount, 'next',
		ceil(extract(epoch FROM v_now + make_interval(secs => p_seconds)))::bigint));
END
$$;
