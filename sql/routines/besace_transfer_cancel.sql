-- Uses a confirmation up without paying: what was cancelled in one window cannot be confirmed in
-- another. Outcome: {"done"} or {"done": false, "refusal": "already_done"}. The same interaction
-- again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_transfer_cancel(p_interaction VARCHAR, p_from VARCHAR,
	p_fromname VARCHAR, p_seen_ms BIGINT, p_nonce VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_paid BOOLEAN;
BEGIN
	PERFORM besace_member_lock(p_from, p_fromname, p_seen_ms);
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_from AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;
	SELECT (outcome->>'done')::boolean INTO v_paid FROM besace_receipts
		WHERE user_id = p_from AND interaction_id = p_nonce;

	v_outcome := CASE WHEN v_paid
		THEN jsonb_build_object('done', false, 'refusal', 'already_done')
		ELSE jsonb_build_object('done', true) END;
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_from, p_interaction, v_outcome);
	IF v_paid IS NULL THEN
		INSERT INTO besace_receipts (user_id, interaction_id, outcome)
			VALUES (p_from, p_nonce,
				jsonb_build_object('done', false, 'refusal', 'cancelled'));
	END IF;
	RETURN v_outcome;
END
$$;
