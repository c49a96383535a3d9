-- Changes what a member, whose row the caller has locked, has of P_WHAT ('lc', 'xp' or the type of
-- an item) by P_AMOUNT, and writes it down. XP brings its levels and their rewards; XP taken away
-- takes no reward back.
--
-- Outcome: {"done": true, "audit", "before", "now", "levels"} with levels as besace_xp_add returns
-- them, or {"done": false, "refusal", "before"} with the refusals short (the member has less than
-- is to be taken) and full (an INTEGER ends there).
CREATE OR REPLACE FUNCTION besace_admin_apply(p_guild VARCHAR, p_actor VARCHAR,
	p_target VARCHAR, p_act VARCHAR, p_what VARCHAR, p_amount BIGINT, p_reason VARCHAR)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_before BIGINT := besace_admin_holding(p_guild, p_target, p_what);
	v_after BIGINT := v_before + p_amount;
	v_levels JSONB := '[]';
	v_entry INTEGER;
	v_audit BIGINT;
BEGIN
	IF v_after < 0 OR v_after > 2147483647 THEN
		RETURN jsonb_build_object('done', false, 'before', v_before,
			'refusal', CASE WHEN v_after < 0 THEN 'short' ELSE 'full' END);
	END IF;

	IF p_what = 'lc' THEN
		UPDATE users SET balance = v_after, updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_target AND p_amount <> 0;
		INSERT INTO transactions
			(guild_id, from_user_id, to_user_id, amount, transaction_type, description)
			SELECT p_guild, CASE WHEN p_amount < 0 THEN p_target END,
				CASE WHEN p_amount > 0 THEN p_target END, abs(p_amount), 'admin_adjust',
				format('admin %s: %s', coalesce(p_actor, 'besacectl'), p_reason)
			WHERE p_amount <> 0 RETURNING id INTO v_entry;
	ELSIF p_what = 'xp' AND p_amount > 0 THEN
		v_levels := besace_xp_add(ARRAY[p_guild], ARRAY[p_target], ARRAY[p_amount]);
	ELSIF p_what = 'xp' THEN
		UPDATE users SET xp = v_after, updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_target AND p_amount < 0;
	ELSE
		INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
			VALUES (p_guild, p_target, p_what, v_after)
			ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET quantity = v_after,
				updated_at = now() AT TIME ZONE 'utc';
		-- The member's row counts as changed, for direct messages.
		UPDATE users SET updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_target;
	END IF;

	INSERT INTO besace_audit
		(guild_id, id, actor_id, target_id, act, what, amount, reason, transaction_id)
		SELECT p_guild, j.act, p_actor, p_target, p_act, p_what, p_amount, p_reason, v_entry
		FROM besace_journal_next(p_guild, 1, 0) j
		RETURNING id INTO v_audit;
	RETURN jsonb_build_object('done', true, 'audit', v_audit, 'before', v_before,
		'now', v_after, 'levels', v_levels);
END
$$;

-- How much of P_WHAT a member has.
CREATE OR REPLACE FUNCTION besace_admin_holding(p_guild VARCHAR, p_user VARCHAR, p_what VARCHAR)
RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN CASE p_what
		WHEN 'lc' THEN (SELECT balance FROM users
			WHERE guild_id = p_guild AND user_id = p_user)
		WHEN 'xp' THEN (SELECT xp FROM users WHERE guild_id = p_guild AND user_id = p_user)
		ELSE coalesce((SELECT quantity FROM user_inventory
			WHERE guild_id = p_guild AND user_id = p_user AND item_type = p_what), 0) END;
END
$$;
