-- The daily gift, once in P_SECONDS by the clock of the database, or once a day of the guild's own
-- clock. Outcome: {"done", "amount", "balance", "next"} or {"done": false, "refusal", "next"} with the
-- refusals off, too_early and balance_full; `next` is when another can be had, in seconds since 1970.
CREATE OR REPLACE FUNCTION besace_gift(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_seconds INTEGER) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSON;
	v_is_current BOOLEAN;
	v_balance INTEGER;
	v_last TIMESTAMP;
	v_from TIMESTAMP;
	v_amount INTEGER;
	v_midnight BOOLEAN;
	v_zone VARCHAR;
	v_now TIMESTAMP;
	v_next TIMESTAMP;
	v_pause INTERVAL := p_seconds * interval '1 second';
BEGIN
	LOOP
		SELECT balance, last_gift_time, gift_from, username = p_username OR name_seen_ms > p_seen_ms
		INTO v_balance, v_last, v_from, v_is_current
		FROM users WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN v_is_current;
		PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END LOOP;
	SELECT gift_amount, gift_midnight, time_zone INTO v_amount, v_midnight, v_zone
		FROM besace_settings WHERE guild_id = p_guild;
	v_amount := besace_gift_amount(v_amount);
	v_midnight := besace_gift_midnight(v_midnight);
	v_now := clock_timestamp() AT TIME ZONE 'utc';
	-- Who erased themselves and came back has had no gift here.
	IF v_last IS NULL THEN
		v_next := v_from;
	ELSIF v_midnight THEN
		v_next := besace_midnight_after(v_zone, v_last);
	ELSE
		v_next := v_last + v_pause;
	END IF;
	IF v_amount = 0 OR v_next > v_now OR v_balance > 2147483647 - v_amount THEN
		RETURN besace_end_once(p_guild, p_user, p_interaction, 'gift', jsonb_build_object(
			'done', false, 'refusal', CASE WHEN v_amount = 0 THEN 'off'
				WHEN v_next > v_now THEN 'too_early' ELSE 'balance_full' END,
			'next', ceil(date_part('epoch', v_next))::bigint));
	END IF;
	IF v_midnight THEN
		v_next := besace_midnight_after(v_zone, v_now);
	ELSE
		v_next := v_now + v_pause;
	END IF;
	v_outcome := concat('{"done":true,"amount":', v_amount, ',"balance":', v_balance + v_amount,
		',"next":', ceil(date_part('epoch', v_next))::bigint, '}');
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome, created_at)
		VALUES (p_guild, p_user, p_interaction, 'gift', v_outcome, v_now)
		ON CONFLICT (guild_id, user_id, interaction_id) DO NOTHING;
	IF NOT FOUND THEN
		RETURN besace_receipt(p_guild, p_user, p_interaction, 'gift');
	END IF;
	-- The ledger first: its foreign key finds the row locked already.
	INSERT INTO transactions
		(guild_id, to_user_id, amount, transaction_type, description, created_at)
		VALUES (p_guild, p_user, v_amount, 'daily_gift', 'cadeau ' || p_interaction, v_now);
	UPDATE users SET balance = balance + v_amount, last_gift_time = v_now, updated_at = v_now
		WHERE guild_id = p_guild AND user_id = p_user;
	RETURN v_outcome;
END
$$;

-- The first midnight after P_AT, by the clock of P_ZONE (NULL: the default one).
CREATE OR REPLACE FUNCTION besace_midnight_after(p_zone VARCHAR, p_at TIMESTAMP) RETURNS TIMESTAMP
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_zone VARCHAR := besace_time_zone(p_zone);
BEGIN
	RETURN ((besace_day(v_zone, p_at AT TIME ZONE 'utc') + 1)::timestamp AT TIME ZONE v_zone)
		AT TIME ZONE 'utc';
END
$$;
