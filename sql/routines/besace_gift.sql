-- The daily gift, once in P_SECONDS by the clock of the database, or once a day of the guild's own
-- clock. Outcome: {"done", "amount", "balance", "next"} or {"done": false, "refusal", "next"} with the
-- refusals off, too_early and balance_full; `next` is when another can be had, in seconds since 1970.
CREATE OR REPLACE FUNCTION besace_gift(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_seconds INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_now TIMESTAMP;
	v_next TIMESTAMP;
	v_refusal VARCHAR;
	s RECORD;
	v_midnight TIMESTAMPTZ;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'gift');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	-- As besace_settings_effective has them: filling in all others takes as long as the change.
	SELECT coalesce(g.gift_amount, 25) AS gift_amount,
		coalesce(g.gift_midnight, false) AS gift_midnight,
		coalesce(g.time_zone, 'Europe/Paris') AS time_zone
	INTO s FROM (VALUES (1)) AS one (row) LEFT JOIN besace_settings g ON g.guild_id = p_guild;
	v_now := clock_timestamp() AT TIME ZONE 'utc';
	v_next := v_me.last_gift_time + make_interval(secs => p_seconds);
	IF s.gift_midnight THEN
		v_midnight := (besace_day(s.time_zone, v_me.last_gift_time AT TIME ZONE 'utc') + 1)::timestamp
			AT TIME ZONE s.time_zone;
		v_next := v_midnight AT TIME ZONE 'utc';
	END IF;
	-- Who erased themselves and came back has had no gift here.
	IF v_me.last_gift_time IS NULL THEN
		SELECT gift_from INTO v_next FROM users WHERE guild_id = p_guild AND user_id = p_user;
	END IF;
	v_refusal := CASE WHEN s.gift_amount = 0 THEN 'off' WHEN v_next > v_now THEN 'too_early'
		WHEN v_me.balance::bigint + s.gift_amount > 2147483647 THEN 'balance_full' END;
	IF v_refusal IS NOT NULL THEN
		RETURN besace_end(p_guild, p_user, p_interaction, 'gift', jsonb_build_object(
			'done', false, 'refusal', v_refusal,
			'next', ceil(extract(epoch FROM v_next))::bigint));
	END IF;
	UPDATE users SET balance = balance + s.gift_amount, last_gift_time = v_now, updated_at = v_now
		WHERE guild_id = p_guild AND user_id = p_user;
	INSERT INTO transactions (guild_id, to_user_id, amount, transaction_type, description)
		VALUES (p_guild, p_user, s.gift_amount, 'daily_gift', 'cadeau ' || p_interaction);
	RETURN besace_end(p_guild, p_user, p_interaction, 'gift', jsonb_build_object(
		'done', true, 'amount', s.gift_amount, 'balance', v_me.balance + s.gift_amount, 'next',
		ceil(extract(epoch FROM CASE WHEN s.gift_midnight
			THEN ((besace_day(s.time_zone, v_now AT TIME ZONE 'utc') + 1)::timestamp
				AT TIME ZONE s.time_zone) AT TIME ZONE 'utc'
			ELSE v_now + make_interval(secs => p_seconds) END))::bigint));
END
$$;
