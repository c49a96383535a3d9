-- The imports of P_GUILD and what was taken back of them, for the lists of acts and of changes of
-- settings, in which they have places (ACT_ID, CHANGE_ID) like any other row. IMPORT is {"number",
-- "source", "members", "state", "is_undo"}.
CREATE OR REPLACE FUNCTION besace_imports_told(p_guild VARCHAR)
RETURNS TABLE (act_id BIGINT, change_id BIGINT, import JSONB, actor VARCHAR, actor_name VARCHAR,
	at_s BIGINT)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT t.act_id, t.change_id, jsonb_build_object('number', i.import_id,
			'source', i.source, 'members', i.members, 'state', i.state, 'is_undo', t.is_undo),
		t.actor_id, u.username, floor(extract(epoch FROM t.at))::bigint
	FROM besace_imports i CROSS JOIN LATERAL (VALUES
		(i.act_id, i.change_id, false, i.actor_id, i.created_at),
		-- The operator's alone.
		(i.undo_act_id, i.undo_change_id, true, NULL, i.undo_at))
		AS t (act_id, change_id, is_undo, actor_id, at)
	LEFT JOIN users u ON u.guild_id = p_guild AND u.user_id = t.actor_id
	WHERE i.guild_id = p_guild AND t.act_id IS NOT NULL;
END
$$;
