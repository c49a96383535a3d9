-- Imports that the panel asks for. States: fetching (the file, from Discord), planning (a dry run),
-- planned (somebody has to say yes or no), importing, and three ends.

-- How long a plan waits for an answer.
CREATE OR REPLACE FUNCTION besace_panel_import_wait() RETURNS INTERVAL
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '1 hour' $$;

-- The latest one of P_GUILD; NULL: there was none.
CREATE OR REPLACE FUNCTION besace_panel_import_view(p_guild VARCHAR) RETURNS JSONB
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('state', p.state, 'upload', p.upload_id, 'source', p.source,
		'filename', p.filename, 'actor', p.actor_id, 'plan', '{"erased": 0}' || p.plan, 'done', p.done,
		'total', p.total, 'number', coalesce(p.import_id, 0), 'why', coalesce(p.why, ''),
		'changed_s', extract(epoch FROM p.changed_at)::bigint)
	FROM besace_panel_imports p WHERE p.guild_id = p_guild
$$;

-- Takes in the file at P_URL, in the place of the one before. Outcome: {"done": true} or {"done":
-- false, "refusal": "running"} while one is worked at.
CREATE OR REPLACE FUNCTION besace_panel_import_start(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_source VARCHAR,
	p_filename VARCHAR, p_url VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_state VARCHAR;
	v_outcome JSONB := '{"done": true}';
BEGIN
	v_me := besace_begin(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'panel_import_start');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	PERFORM pg_advisory_xact_lock(hashtextextended('besace_panel_import_start ' || p_guild, 0));
	SELECT state INTO v_state FROM besace_panel_imports WHERE guild_id = p_guild FOR UPDATE;
	IF v_state IN ('fetching', 'planning', 'importing') THEN
		v_outcome := '{"done": false, "refusal": "running"}';
	ELSE
		DELETE FROM besace_panel_imports WHERE guild_id = p_guild;
		INSERT INTO besace_panel_imports
			(guild_id, upload_id, state, source, filename, url, actor_id)
		VALUES (p_guild, p_interaction, 'fetching', p_source, left(p_filename, 100), p_url,
			p_user);
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'panel_import_start', v_outcome);
END
$$;

-- The answer to the plan of P_UPLOAD. Refusal: gone (it is not the one that waits).
CREATE OR REPLACE FUNCTION besace_panel_import_answer(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_upload VARCHAR,
	p_yes BOOLEAN) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
BEGIN
	v_me := besace_begin(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'panel_import_answer');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	UPDATE besace_panel_imports SET state = CASE WHEN p_yes THEN 'importing' ELSE 'cancelled' END,
		confirmed_by = p_user, changed_at = now() AT TIME ZONE 'utc', done = 0
		WHERE guild_id = p_guild AND upload_id = p_upload AND state = 'planned';
	IF NOT FOUND THEN
		RETURN besace_end(p_guild, p_user, p_interaction, 'panel_import_answer',
			'{"done": false, "refusal": "gone"}');
	ELSIF NOT p_yes THEN
		DELETE FROM besace_panel_import_parts WHERE guild_id = p_guild;
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'panel_import_answer', '{"done": true}');
END
$$;

-- ---- The work

-- Takes the oldest one that is due and that no session works at, for the session: its lock goes
-- with the session. Plans that wait too long end first.
CREATE OR REPLACE FUNCTION besace_panel_import_take(OUT guild VARCHAR, OUT state VARCHAR,
	OUT upload VARCHAR, OUT source VARCHAR, OUT filename VARCHAR, OUT url VARCHAR,
	OUT actor VARCHAR, OUT begun_at TIMESTAMP)
LANGUAGE plpgsql AS $$
DECLARE
	v_guild VARCHAR;
BEGIN
	WITH late AS (
		UPDATE besace_panel_imports p SET state = 'cancelled', changed_at = now() AT TIME ZONE 'utc'
		WHERE p.state = 'planned'
			AND p.changed_at < now() AT TIME ZONE 'utc' - besace_panel_import_wait()
		RETURNING p.guild_id
	)
	DELETE FROM besace_panel_import_parts t USING late WHERE t.guild_id = late.guild_id;
	FOR v_guild IN SELECT p.guild_id FROM besace_panel_imports p
		WHERE p.state IN ('fetching', 'planning', 'importing')
			AND NOT EXISTS (SELECT FROM besace_guilds g
				WHERE g.guild_id = p.guild_id AND g.removed_at IS NOT NULL)
		ORDER BY p.created_at LIMIT 100
	LOOP
		CONTINUE WHEN NOT pg_try_advisory_lock(
			hashtextextended('besace_panel_import ' || v_guild, 0));
		SELECT p.guild_id, p.state, p.upload_id, p.source, p.filename, p.url,
				coalesce(p.confirmed_by, p.actor_id), p.created_at
			INTO guild, state, upload, source, filename, url, actor, begun_at
			FROM besace_panel_imports p WHERE p.guild_id = v_guild
				AND p.state IN ('fetching', 'planning', 'importing');
		IF FOUND THEN
			RETURN;
		END IF;
		PERFORM pg_advisory_unlock(hashtextextended('besace_panel_import ' || v_guild, 0));
	END LOOP;
END
$$;

-- What became of P_UPLOAD: it is P_STATE from now on, and P_TOLD is kept. After an end the file
-- goes. A plan that was made while somebody was erased is made again: it may name them.
CREATE OR REPLACE FUNCTION besace_panel_import_set(p_guild VARCHAR, p_upload VARCHAR,
	p_state VARCHAR, p_told JSONB) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_panel_imports
		WHERE guild_id = p_guild AND upload_id = p_upload FOR NO KEY UPDATE;
	IF p_state = 'planned' THEN
		UPDATE besace_panel_imports p SET changed_at = clock_timestamp() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND upload_id = p_upload AND EXISTS (
				SELECT FROM besace_erasures e
				WHERE e.guild_id = p_guild AND e.erased_at >= p.changed_at);
		IF FOUND THEN
			RETURN;
		END IF;
	END IF;
	UPDATE besace_panel_imports SET state = p_state, url = NULL,
		plan = coalesce(p_told -> 'plan', plan || (p_told -> 'more'), plan),
		import_id = coalesce((p_told ->> 'number')::bigint, import_id),
		why = coalesce(left(p_told ->> 'why', 500), why),
		changed_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND upload_id = p_upload;
	IF FOUND AND p_state IN ('imported', 'failed') THEN
		DELETE FROM besace_panel_import_parts WHERE guild_id = p_guild;
	END IF;
END
$$;

-- P_USER is forgotten: the names of who acted go, and a file that waits and names them.
CREATE OR REPLACE FUNCTION besace_erase_panel_import(p_guild VARCHAR, p_user VARCHAR, p_name VARCHAR)
RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE besace_panel_imports SET actor_id = CASE actor_id WHEN p_user THEN '0' ELSE actor_id END,
		confirmed_by = CASE confirmed_by WHEN p_user THEN '0' ELSE confirmed_by END,
		plan = CASE WHEN position(p_user IN plan::text) > 0
			OR position(to_json(p_name)::text IN plan::text) > 0
			THEN jsonb_set(plan, '{refused}', '[]') ELSE plan END,
		filename = CASE WHEN position(p_user IN filename) > 0
			OR position(p_name IN filename) > 0 THEN '—' ELSE filename END,
		why = CASE WHEN position(p_user IN why) > 0 OR position(p_name IN why) > 0
			THEN '—' ELSE why END
		WHERE guild_id = p_guild;
	IF position(convert_to(p_user, 'UTF8') IN coalesce((SELECT string_agg(bytes, '' ORDER BY place)
			FROM besace_panel_import_parts WHERE guild_id = p_guild), '')) > 0 THEN
		UPDATE besace_panel_imports SET state = 'cancelled', changed_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND state = 'planned';
		IF FOUND THEN
			DELETE FROM besace_panel_import_parts WHERE guild_id = p_guild;
		END IF;
	END IF;
END
$$;
