-- The P_COUNT acts before P_BEFORE (0: the latest), newest first. UNDOES: the act that this one
-- reverses; 0: none. Imports and their undos are among them: of those IMPORT is not NULL.
CREATE OR REPLACE FUNCTION besace_admin_journal(p_guild VARCHAR, p_before BIGINT, p_count INTEGER)
RETURNS TABLE (audit BIGINT, actor VARCHAR, actor_name VARCHAR, target VARCHAR,
	target_name VARCHAR, what VARCHAR, amount INTEGER, reason VARCHAR, at_s BIGINT,
	undone BOOLEAN, undoes BIGINT, import JSONB)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	-- '0' is who was erased.
	RETURN QUERY (SELECT a.id, nullif(a.actor_id, '0')::varchar, m.username,
		nullif(a.target_id, '0')::varchar, t.username, a.what, a.amount,
		a.reason, floor(extract(epoch FROM a.created_at))::bigint,
		a.undone_by IS NOT NULL, coalesce((SELECT u.id FROM besace_audit u
			WHERE u.guild_id = a.guild_id AND u.undone_by = a.id), 0), NULL::jsonb
	FROM besace_audit a
	JOIN users t ON t.guild_id = a.guild_id AND t.user_id = a.target_id
	LEFT JOIN users m ON m.guild_id = a.guild_id AND m.user_id = a.actor_id
	WHERE a.guild_id = p_guild AND (p_before = 0 OR a.id < p_before)
	ORDER BY a.id DESC LIMIT p_count)
	UNION ALL
	SELECT i.act_id, nullif(i.actor, '0')::varchar, i.actor_name, NULL, NULL, '', 0, '', i.at_s,
		false, 0, i.import
	FROM besace_imports_told(p_guild) i WHERE p_before = 0 OR i.act_id < p_before
	ORDER BY 1 DESC LIMIT p_count;
END
$$;

-- Reverses the act P_AUDIT for the member P_USER; see besace_admin_undo. Both members are locked
-- first, in the order of their ids.
CREATE OR REPLACE FUNCTION besace_admin_take_back(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_audit BIGINT) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_outcome JSONB;
BEGIN
	v_me := besace_begin_two(p_guild, p_user, p_username, p_seen_ms, p_interaction,
		'admin_undo', coalesce((SELECT target_id FROM besace_audit
			WHERE guild_id = p_guild AND id = p_audit), p_user), NULL);
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	v_outcome := besace_admin_undo(p_guild, p_audit, p_user);
	RETURN besace_end(p_guild, p_user, p_interaction, 'admin_undo',
		CASE WHEN (v_outcome ->> 'done')::boolean
			THEN jsonb_build_object('done', true, 'audit', v_outcome -> 'audit',
				'username', v_outcome -> 'username', 'what', v_outcome -> 'what',
				'amount', v_outcome -> 'amount', 'now', v_outcome -> 'now')
			ELSE jsonb_build_object('done', false, 'refusal', v_outcome -> 'refusal') END);
END
$$;
