-- Reverses the act P_AUDIT, for P_ACTOR (NULL: the operator), by one of the opposite amount, which is written down like any other: the
-- ledger keeps both. Rewards of levels stay. Outcome: {"done": true, "audit", "target", "username",
-- "what", "amount", "now"}, or {"done": false, "refusal", …} with the refusals unknown, undone,
-- is_undo, and those of besace_admin_apply.
CREATE OR REPLACE FUNCTION besace_admin_undo(
	p_guild VARCHAR, p_audit BIGINT, p_actor VARCHAR DEFAULT NULL) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_target VARCHAR;
	v_member users;
	v_act besace_audit;
	v_outcome JSONB;
BEGIN
	-- The member first, as everywhere; rows of the audit name the same target for ever.
	SELECT target_id INTO v_target FROM besace_audit WHERE guild_id = p_guild AND id = p_audit;
	v_member := besace_member_lock(p_guild, v_target, NULL, 0);
	SELECT * INTO v_act FROM besace_audit
		WHERE guild_id = p_guild AND id = p_audit FOR NO KEY UPDATE;
	IF NOT FOUND OR v_target = '0' OR v_act.act = 'undo' OR v_act.undone_by IS NOT NULL THEN
		RETURN jsonb_build_object('done', false, 'undone_by', v_act.undone_by,
			'refusal', CASE WHEN v_act.id IS NULL OR v_target = '0' THEN 'unknown'
				WHEN v_act.act = 'undo' THEN 'is_undo' ELSE 'undone' END);
	END IF;
	v_outcome := besace_admin_apply(p_guild, p_actor, v_target, 'undo', v_act.what,
		-v_act.amount::bigint, format('undo of %s', p_audit));
	UPDATE besace_audit SET undone_by = (v_outcome->>'audit')::bigint
		WHERE guild_id = p_guild AND id = p_audit AND (v_outcome->>'done')::boolean;
	RETURN v_outcome || jsonb_build_object('target', v_target, 'what', v_act.what,
		'amount', -v_act.amount::bigint, 'username', v_member.username);
END
$$;
