-- The ids of the commands that P_GUILD sees, by their names: its own before those of everywhere.
CREATE OR REPLACE FUNCTION besace_command_ids(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT coalesce(jsonb_object_agg(name, command_id), '{}') FROM (
		SELECT DISTINCT ON (name) name, command_id FROM besace_command_ids
		WHERE guild_id IN ('0', p_guild) ORDER BY name, guild_id = '0') ids);
END
$$;

-- P_IDS are those of all commands of P_GUILD ("0": of those of everywhere), by their names.
CREATE OR REPLACE FUNCTION besace_command_ids_keep(p_guild VARCHAR, p_ids JSONB) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM besace_command_ids WHERE guild_id = p_guild AND NOT p_ids ? name;
	INSERT INTO besace_command_ids (guild_id, name, command_id)
	SELECT p_guild, key, value FROM jsonb_each_text(p_ids) ORDER BY key
	ON CONFLICT (guild_id, name) DO UPDATE SET command_id = excluded.command_id;
END
$$;
