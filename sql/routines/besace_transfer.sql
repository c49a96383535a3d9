-- Gives P_AMOUNT LC from one member to another. P_NONCE is the interaction that asked for a
-- confirmation, NULL when none was needed: a confirmation pays once, however often and wherever it
-- is pressed. P_TONAME is NULL when the receiver was not seen just now.
--
-- Outcome: {"done", "amount", "balance", "receiver"} or {"done": false, "refusal", "balance"} with
-- the refusals self, short, receiver_full, receiver_gone, already_done, cancelled, off (in this guild)
-- and day_max with "left": what the guild lets the member give today.
CREATE OR REPLACE FUNCTION besace_transfer(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_to VARCHAR, p_toname VARCHAR, p_amount INTEGER,
	p_nonce VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_used JSONB;
	v_refusal VARCHAR;
	v_outcome JSONB;
	s besace_settings;
	v_left BIGINT;
BEGIN
	v_me := besace_begin_two(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'transfer', p_to, p_toname);
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	IF p_nonce IS NOT NULL THEN
		v_used := besace_receipt(p_guild, p_user, p_nonce, 'confirmation');
	END IF;
	s := besace_settings_effective(p_guild);
	IF s.transfer_day_max IS NOT NULL THEN
		v_left := s.transfer_day_max - besace_transferred_today(p_guild, p_user, s.time_zone);
	END IF;
	v_refusal := CASE
		WHEN (v_used->>'paid')::boolean THEN 'already_done'
		WHEN v_used IS NOT NULL THEN 'cancelled'
		WHEN NOT s.transfer THEN 'off'
		WHEN p_user = p_to THEN 'self'
		WHEN v_me.other_balance IS NULL THEN 'receiver_gone'
		WHEN v_me.balance < p_amount THEN 'short'
		WHEN p_amount > v_left THEN 'day_max'
		WHEN v_me.other_balance::bigint + p_amount > 2147483647 THEN 'receiver_full' END;
	IF v_refusal IS NOT NULL THEN
		RETURN besace_end(p_guild, p_user, p_interaction, 'transfer', jsonb_build_object(
			'done', false, 'refusal', v_refusal, 'balance', v_me.balance)
			|| CASE WHEN v_refusal = 'day_max' THEN jsonb_build_object(
				'left', greatest(v_left, 0)) ELSE '{}' END);
	END IF;
	UPDATE users SET balance = balance + CASE user_id WHEN p_to THEN p_amount ELSE -p_amount END,
		updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id IN (p_user, p_to);
	INSERT INTO transactions
		(guild_id, from_user_id, to_user_id, amount, transaction_type, description)
		VALUES (p_guild, p_user, p_to, p_amount, 'transfer', 'don ' || p_interaction);
	v_outcome := jsonb_build_object('done', true, 'amount', p_amount,
		'balance', v_me.balance - p_amount, 'receiver', v_me.other_username);
	IF p_nonce IS NOT NULL THEN
		PERFORM besace_end(p_guild, p_user, p_nonce, 'confirmation', '{"paid": true}');
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'transfer', v_outcome);
END
$$;

-- What P_USER has given since midnight.
CREATE OR REPLACE FUNCTION besace_transferred_today(
	p_guild VARCHAR, p_user VARCHAR, p_time_zone VARCHAR) RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(sum(amount), 0) FROM transactions
		WHERE guild_id = p_guild AND from_user_id = p_user AND transaction_type = 'transfer'
			AND created_at >= (besace_day(p_time_zone, now())::timestamp
				AT TIME ZONE p_time_zone) AT TIME ZONE 'utc');
END
$$;
