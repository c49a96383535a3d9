-- Takes the next P_ACTS numbers of the guild's acts and the next P_CHANGES of its changes of settings:
-- returns the last of each. Nothing that others lock is locked behind it in the same transaction.
CREATE OR REPLACE FUNCTION besace_journal_next(p_guild VARCHAR, p_acts INTEGER, p_changes INTEGER,
	OUT act BIGINT, OUT change BIGINT)
LANGUAGE sql AS $$
	INSERT INTO besace_journals AS j (guild_id, acts, changes) VALUES (p_guild, p_acts, p_changes)
	ON CONFLICT (guild_id) DO UPDATE SET acts = j.acts + excluded.acts,
		changes = j.changes + excluded.changes
	RETURNING acts, changes
$$;
