-- Erases a part of what is kept of P_GUILD: at most P_ROWS rows of one table, so that no lock is held
-- and no buffer is churned for long. Rows go in an order in which nothing refers to what is gone; the
-- guild's own row is the last. What goes with the row of a member, by a trigger, is not looked for:
-- besace_user_guilds is keyed by the user, and would be read whole for each part. Returns how many rows;
-- 0: nothing is left.
CREATE OR REPLACE FUNCTION besace_guild_erase_rows(p_guild VARCHAR, p_rows INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_table TEXT;
	v_rows INTEGER;
BEGIN
	FOREACH v_table IN ARRAY ARRAY['besace_voice_events', 'besace_voice_occupants',
		'besace_voice_owed',
		'besace_voice_guilds', 'besace_reaction_xp', 'besace_role_jobs',
		'besace_role_runs', 'besace_role_guilds', 'besace_cheers', 'besace_outbox',
		'besace_outbox_channels', 'besace_receipts', 'besace_match_edits', 'besace_escrow',
		'besace_matches', 'besace_seeds', 'besace_revealed_seeds', 'besace_audit', 'besace_settings_audit',
		'besace_loss_limits', 'besace_game_pauses', 'besace_zones', 'besace_rewards',
		'besace_game_settings', 'besace_settings', 'besace_pages', 'besace_channels',
		'besace_panel_import_parts', 'besace_panel_imports',
		'besace_import_changes', 'besace_imports', 'besace_erasures', 'besace_repairs',
		'besace_erasure_keys', 'game_history', 'transactions',
		'active_multipliers', 'user_inventory', 'users', 'besace_ranked_many', 'besace_ranked',
		'besace_ranked_due',
		'besace_leaderboard_changes', 'besace_leaderboard', 'besace_guild_deletions',
		'besace_guild_roles', 'besace_command_ids', 'besace_journals', 'besace_guilds'] LOOP
		EXECUTE format('DELETE FROM %I t USING (SELECT ctid, tableoid FROM %I'
			' WHERE guild_id = $1 %s LIMIT $2) s'
			' WHERE t.ctid = s.ctid AND t.tableoid = s.tableoid', v_table, v_table,
			-- An act or change that was undone refers to the one that undid it, which is later.
			CASE WHEN v_table LIKE '%audit' THEN 'ORDER BY id' ELSE '' END)
			USING p_guild, p_rows;
		GET DIAGNOSTICS v_rows = ROW_COUNT;
		IF v_rows > 0 THEN
			RETURN v_rows;
		END IF;
	END LOOP;
	UPDATE besace_ledger_sweep SET at_guild = '', at_user = '' WHERE at_guild = p_guild;
	RETURN 0;
END
$$;

-- The same of a guild that removed Besace more than P_DAYS days ago.
CREATE OR REPLACE FUNCTION besace_guild_erase(p_days INTEGER, p_rows INTEGER) RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_guild VARCHAR;
BEGIN
	SELECT guild_id INTO v_guild FROM besace_guilds
	WHERE removed_at < now() AT TIME ZONE 'utc' - p_days * interval '1 day'
	ORDER BY removed_at LIMIT 1 FOR UPDATE SKIP LOCKED;
	RETURN CASE WHEN FOUND THEN besace_guild_erase_rows(v_guild, p_rows) ELSE 0 END;
END
$$;
