-- Uses a confirmation up without paying: what was cancelled in one window cannot be confirmed in
-- another. Outcome: {"done"} or {"done": false, "refusal": "already_done"}.
CREATE OR REPLACE FUNCTION besace_transfer_cancel(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_nonce VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_used JSONB;
BEGIN
	v_me := besace_begin(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'transfer_cancel');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	v_used := besace_receipt(p_guild, p_user, p_nonce, 'confirmation');
	IF v_used IS NULL THEN
		PERFORM besace_end(p_guild, p_user, p_nonce, 'confirmation', '{"paid": false}');
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'transfer_cancel',
		CASE WHEN (v_used->>'paid')::boolean
			THEN '{"done": false, "refusal": "already_done"}'::jsonb
			ELSE '{"done": true}' END);
END
$$;
