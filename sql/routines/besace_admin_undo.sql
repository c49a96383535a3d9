-- Reverses the act P_AUDIT by one of the opposite amount, which is written down like any other: the
-- ledger keeps both. Rewards of levels stay. Outcome: {"done": true, "audit", "target", "username",
-- "what", "amount", "now"}, or {"done": false, "refusal", …} with the refusals unknown, undone,
-- is_undo, and those of besace_admin_apply.
CREATE OR REPLACE FUNCTION besace_admin_undo(p_audit BIGINT) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_act besace_audit;
	v_outcome JSONB;
BEGIN
	SELECT * INTO v_act FROM besace_audit WHERE id = p_audit FOR NO KEY UPDATE;
	IF NOT FOUND OR v_act.act = 'undo' OR v_act.undone_by IS NOT NULL THEN
		RETURN jsonb_build_object('done', false, 'undone_by', v_act.undone_by,
			'refusal', CASE WHEN NOT FOUND THEN 'unknown'
				WHEN v_act.act = 'undo' THEN 'is_undo' ELSE 'undone' END);
	END IF;
	PERFORM FROM users WHERE user_id = v_act.target_id FOR NO KEY UPDATE;
	v_outcome := besace_admin_apply(NULL, v_act.target_id, 'undo', v_act.what,
		-v_act.amount::bigint, format('undo of %s', p_audit), NULL, NULL);
	UPDATE besace_audit SET undone_by = (v_outcome->>'audit')::bigint
		WHERE id = p_audit AND (v_outcome->>'done')::boolean;
	RETURN v_outcome || jsonb_build_object('target', v_act.target_id, 'what', v_act.what,
		'amount', -v_act.amount::bigint,
		'username', (SELECT username FROM users WHERE user_id = v_act.target_id));
END
$$;
