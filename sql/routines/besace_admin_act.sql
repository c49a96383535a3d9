-- One act of an administrator on a member: P_ACT is 'add', 'remove' or 'set' (only the difference
-- counts then), P_WHAT is 'lc', 'xp' or the type of an item. P_TARGETNAME is NULL when the target
-- was not seen just now. Outcome as besace_admin_apply, and the refusal unknown (no such member).
CREATE OR REPLACE FUNCTION besace_admin_act(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_target VARCHAR, p_targetname VARCHAR,
	p_act VARCHAR, p_what VARCHAR, p_amount INTEGER, p_reason VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_outcome JSONB;
BEGIN
	v_me := besace_begin_two(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'admin_act',
		p_target, p_targetname);
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	IF v_me.other_balance IS NULL THEN
		v_outcome := '{"done": false, "refusal": "unknown", "before": 0}';
	ELSE
		v_outcome := besace_admin_apply(p_guild, p_user, p_target, p_act, p_what,
			CASE p_act WHEN 'add' THEN p_amount WHEN 'remove' THEN -p_amount
				ELSE p_amount - besace_admin_holding(p_guild, p_target, p_what) END,
			p_reason);
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'admin_act', v_outcome);
END
$$;
