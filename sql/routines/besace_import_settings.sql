-- Settings that come with an import.

-- Makes those of P_FOUND, keys and values, that nobody has set here; what refuses one of them leaves
-- the others. P_IMPORT is NULL for a plan, whose transaction is rolled back. Returns the keys that
-- are made.
CREATE OR REPLACE FUNCTION besace_import_settings(p_guild VARCHAR, p_import BIGINT, p_found JSONB)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_before JSONB := besace_settings_lock(p_guild);
	v_wanted JSONB;
	v_outcome JSONB;
BEGIN
	SELECT coalesce(jsonb_object_agg(key, value), '{}') INTO v_wanted
	FROM jsonb_each(p_found) WHERE NOT v_before ? key;
	LOOP
		EXIT WHEN v_wanted = '{}';
		v_outcome := besace_settings_apply(p_guild, NULL, -1, v_wanted, v_before);
		EXIT WHEN (v_outcome ->> 'done')::boolean;
		v_wanted := CASE WHEN v_wanted ? (v_outcome ->> 'key')
			THEN v_wanted - (v_outcome ->> 'key') ELSE '{}' END;
	END LOOP;
	UPDATE besace_imports SET settings = settings || v_wanted
		WHERE guild_id = p_guild AND import_id = p_import;
	DELETE FROM besace_settings WHERE guild_id = p_guild AND version = 0;
	RETURN (SELECT coalesce(jsonb_agg(key), '[]') FROM jsonb_object_keys(v_wanted) AS key);
END
$$;

-- Takes back the settings of a batch that nobody has changed since.
CREATE OR REPLACE FUNCTION besace_import_undo_settings(p_guild VARCHAR, p_import BIGINT)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_before JSONB := besace_settings_lock(p_guild);
	v_gone JSONB;
BEGIN
	SELECT jsonb_object_agg(s.key, NULL) INTO v_gone
	FROM besace_imports i, jsonb_each(i.settings) AS s
	WHERE i.guild_id = p_guild AND i.import_id = p_import AND v_before -> s.key = s.value;
	IF v_gone IS NOT NULL THEN
		PERFORM besace_settings_apply(p_guild, NULL, -1, v_gone, v_before);
	END IF;
	UPDATE besace_imports SET settings = '{}' WHERE guild_id = p_guild AND import_id = p_import;
	DELETE FROM besace_settings WHERE guild_id = p_guild AND version = 0;
END
$$;
