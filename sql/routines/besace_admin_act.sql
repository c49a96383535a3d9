-- One act of an administrator on a member: P_ACT is 'add', 'remove' or 'set' (only the difference
-- counts then), P_WHAT is 'lc', 'xp' or the type of an item. Outcome as besace_admin_apply; the
-- same interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_admin_act(p_interaction VARCHAR, p_actor VARCHAR,
	p_actorname VARCHAR, p_seen_ms BIGINT, p_target VARCHAR, p_targetname VARCHAR,
	p_act VARCHAR, p_what VARCHAR, p_amount INTEGER, p_reason VARCHAR, p_channel VARCHAR,
	p_locale VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
BEGIN
	PERFORM besace_members_lock(p_actor, p_actorname, p_target, p_targetname, p_seen_ms);
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_actor AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;
	v_outcome := besace_admin_apply(p_actor, p_target, p_act, p_what,
		CASE p_act WHEN 'add' THEN p_amount WHEN 'remove' THEN -p_amount
			ELSE p_amount - besace_admin_holding(p_target, p_what) END,
		p_reason, p_channel, p_locale);
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_actor, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
