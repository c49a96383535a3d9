-- Gives P_AMOUNT LC from one member to another: both balances, a line in the ledger, a receipt.
-- P_NONCE is the interaction that asked for a confirmation, NULL when none was needed: a
-- confirmation pays once, however often and wherever it is pressed. P_TONAME is NULL when the
-- receiver was not seen just now.
--
-- Outcome: {"done", "amount", "balance", "receiver"} or {"done": false, "refusal", "balance"} with
-- the refusals self, short, receiver_full, receiver_gone, already_done, cancelled. The same
-- interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_transfer(p_interaction VARCHAR, p_from VARCHAR,
	p_fromname VARCHAR, p_seen_ms BIGINT, p_to VARCHAR, p_toname VARCHAR, p_amount INTEGER,
	p_nonce VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_used JSONB;
	v_balance INTEGER;
	v_other INTEGER;
	v_refusal VARCHAR;
BEGIN
	IF p_toname IS NULL AND NOT EXISTS (SELECT FROM users WHERE user_id = p_to) THEN
		v_balance := besace_member_lock(p_from, p_fromname, p_seen_ms);
	ELSE
		SELECT * INTO v_balance, v_other
			FROM besace_members_lock(p_from, p_fromname, p_to, p_toname, p_seen_ms);
	END IF;
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_from AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;
	SELECT outcome INTO v_used FROM besace_receipts
		WHERE user_id = p_from AND interaction_id = p_nonce;

	v_refusal := CASE
		WHEN v_used IS NOT NULL AND (v_used->>'done')::boolean THEN 'already_done'
		WHEN v_used IS NOT NULL THEN 'cancelled'
		WHEN p_from = p_to THEN 'self'
		WHEN v_other IS NULL THEN 'receiver_gone'
		WHEN v_balance < p_amount THEN 'short'
		WHEN v_other::bigint + p_amount > 2147483647 THEN 'receiver_full' END;
	IF v_refusal IS NOT NULL THEN
		v_outcome := jsonb_build_object(
			'done', false, 'refusal', v_refusal, 'balance', v_balance);
	ELSE
		UPDATE users SET balance = balance
				+ CASE user_id WHEN p_to THEN p_amount ELSE -p_amount END,
			updated_at = now() AT TIME ZONE 'utc' WHERE user_id IN (p_from, p_to);
		INSERT INTO transactions
			(from_user_id, to_user_id, amount, transaction_type, description)
			VALUES (p_from, p_to, p_amount, 'transfer', 'don ' || p_interaction);
		v_outcome := jsonb_build_object('done', true, 'amount', p_amount,
			'balance', v_balance - p_amount,
			'receiver', (SELECT username FROM users WHERE user_id = p_to));
	END IF;

	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_from, p_interaction, v_outcome);
	IF p_nonce IS NOT NULL AND v_refusal IS NULL THEN
		INSERT INTO besace_receipts (user_id, interaction_id, outcome)
			VALUES (p_from, p_nonce, v_outcome);
	END IF;
	RETURN v_outcome;
END
$$;
