-- Forgetting a member of P_GUILD: their rows go, or lose their id, name and seeds. What another
-- member's ledger needs stays with a nameless account, '0', which nobody can be: it is closed, holds
-- nothing and stands in no list.

-- P_JSON without P_USER and, where it is no word of ours, without P_NAME.
CREATE OR REPLACE FUNCTION besace_forget_json(p_guild VARCHAR, p_json JSONB, p_user VARCHAR,
	p_name VARCHAR, p_is_name BOOLEAN) RETURNS JSONB
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE jsonb_typeof(p_json)
		WHEN 'object' THEN (SELECT coalesce(jsonb_object_agg(
				CASE WHEN e.key = p_user THEN '0' ELSE e.key END,
				besace_forget_json(p_guild, e.value, p_user, p_name,
					e.key <> ALL ('{refusal,result,what,act,state,type,game_type,command,choice,mode,item,language,kind,locale,theme}'::text[]))), '{}')
			FROM jsonb_each(p_json) AS e)
		WHEN 'array' THEN (SELECT coalesce(jsonb_agg(besace_forget_json(p_guild, e.value,
				p_user, p_name, p_is_name) ORDER BY e.place), '[]')
			FROM jsonb_array_elements(p_json) WITH ORDINALITY AS e (value, place))
		WHEN 'string' THEN CASE WHEN p_json #>> '{}' = p_user THEN '"0"'
			WHEN p_is_name AND p_json #>> '{}' = p_name THEN '"—"' ELSE p_json END
		ELSE p_json END;
END
$$;

-- The account of those who were erased, made when it is first needed.
CREATE OR REPLACE FUNCTION besace_closed_account(p_guild VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO users (guild_id, user_id, username, balance, left_at, page_hidden)
		VALUES (p_guild, '0', '—', 0, now() AT TIME ZONE 'utc', true) ON CONFLICT DO NOTHING;
	IF FOUND THEN
		INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type)
			VALUES (p_guild, '0', 25, 'opening');
	END IF;
	PERFORM FROM users WHERE guild_id = p_guild AND user_id = '0' FOR UPDATE;
END
$$;

-- The ledger of P_USER: movements with the house go, but those that an act of an administrator
-- explains; the others become the closed account's. What that changes of its balance, a row of its
-- own makes up for.
CREATE OR REPLACE FUNCTION besace_erase_ledger(p_guild VARCHAR, p_user VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_kept INTEGER[] := ARRAY(SELECT transaction_id FROM besace_audit
		WHERE guild_id = p_guild AND target_id = p_user AND transaction_id IS NOT NULL);
	v_net BIGINT;
BEGIN
	WITH gone AS (
		DELETE FROM transactions WHERE guild_id = p_guild AND from_user_id = p_user
			AND (to_user_id IS NULL OR to_user_id = '0') AND id <> ALL (v_kept)
		RETURNING CASE WHEN to_user_id = '0' THEN -amount::bigint ELSE 0 END AS net
	), also_gone AS (
		DELETE FROM transactions WHERE guild_id = p_guild AND to_user_id = p_user
			AND (from_user_id IS NULL OR from_user_id = '0') AND id <> ALL (v_kept)
		RETURNING CASE WHEN from_user_id = '0' THEN amount::bigint ELSE 0 END AS net
	)
	SELECT coalesce(sum(net), 0) INTO v_net
	FROM (SELECT net FROM gone UNION ALL SELECT net FROM also_gone) g;
	IF v_net = 0 AND NOT EXISTS (SELECT FROM transactions
			WHERE guild_id = p_guild AND from_user_id = p_user)
		AND NOT EXISTS (SELECT FROM transactions
			WHERE guild_id = p_guild AND to_user_id = p_user) THEN
		RETURN;
	END IF;
	PERFORM besace_closed_account(p_guild);
	WITH given AS (
		UPDATE transactions SET from_user_id = '0', description = NULL, match_id = NULL
		WHERE guild_id = p_guild AND from_user_id = p_user RETURNING -amount::bigint AS net
	), got AS (
		UPDATE transactions SET to_user_id = '0', description = NULL, match_id = NULL
		WHERE guild_id = p_guild AND to_user_id = p_user RETURNING amount::bigint AS net
	)
	SELECT v_net + coalesce(sum(net), 0) INTO v_net
	FROM (SELECT net FROM given UNION ALL SELECT net FROM got) m;
	INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type)
	SELECT p_guild, CASE WHEN v_net > 0 THEN '0' END, CASE WHEN v_net < 0 THEN '0' END,
		least(abs(v_net) - part * 2147483647, 2147483647)::integer, 'opening'
	FROM generate_series(0, (abs(v_net) - 1) / 2147483647) AS part WHERE v_net <> 0;
END
$$;

-- Games: the member's history goes, others' is told without them.
CREATE OR REPLACE FUNCTION besace_erase_games(p_guild VARCHAR, p_user VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	-- Draws among members are proved by the seeds of all who played: those of a match have each other
	-- as opponents.
	UPDATE game_history SET opponent_id = NULL,
			proof = CASE WHEN proof ? 'members' THEN NULL ELSE proof::jsonb END
		WHERE guild_id = p_guild AND opponent_id = p_user;
	DELETE FROM game_history WHERE guild_id = p_guild AND player_id = p_user;
	DELETE FROM besace_seeds WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_revealed_seeds WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_game_pauses WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_loss_limits WHERE guild_id = p_guild AND user_id = p_user;
END
$$;

-- What was written of P_USER, called P_NAME: acts lose reason and id, others' receipts and messages
-- that wait for an edit lose both.
CREATE OR REPLACE FUNCTION besace_erase_words(p_guild VARCHAR, p_user VARCHAR, p_name VARCHAR)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_word TEXT := format('(^|\W)(%s|%s)($|\W)', p_user,
		regexp_replace(p_name, '([^[:alnum:]_[:space:]])', '\\\1', 'g'));
	v_entries INTEGER[];
	v_column RECORD;
BEGIN
	SELECT array_agg(transaction_id) INTO v_entries FROM besace_audit
	WHERE guild_id = p_guild AND transaction_id IS NOT NULL
		AND (actor_id = p_user OR target_id = p_user OR reason ~* v_word);
	UPDATE transactions SET description = NULL
		WHERE guild_id = p_guild AND id = ANY (v_entries);
	-- What came with an import is in another bot's words, which may name anybody.
	UPDATE transactions SET description = NULL
		WHERE guild_id = p_guild AND import_id IS NOT NULL
			AND (position(p_user IN description) > 0
				OR position(lower(p_name) IN lower(description)) > 0)
			AND description ~* v_word;
	IF EXISTS (SELECT FROM besace_audit WHERE guild_id = p_guild AND target_id = p_user)
		OR EXISTS (SELECT FROM besace_audit WHERE guild_id = p_guild AND actor_id = p_user)
		OR EXISTS (SELECT FROM besace_settings_audit
			WHERE guild_id = p_guild AND actor_id = p_user)
		OR EXISTS (SELECT FROM besace_role_runs WHERE guild_id = p_guild AND actor_id = p_user)
		OR EXISTS (SELECT FROM besace_imports WHERE guild_id = p_guild AND actor_id = p_user)
	THEN
		PERFORM besace_closed_account(p_guild);
	END IF;
	UPDATE besace_audit SET reason = '—'
		WHERE guild_id = p_guild AND (target_id = p_user OR reason ~* v_word);
	UPDATE besace_audit SET target_id = '0' WHERE guild_id = p_guild AND target_id = p_user;
	UPDATE besace_audit SET actor_id = '0' WHERE guild_id = p_guild AND actor_id = p_user;
	UPDATE besace_settings_audit SET actor_id = '0'
		WHERE guild_id = p_guild AND actor_id = p_user;
	UPDATE besace_role_runs SET actor_id = '0' WHERE guild_id = p_guild AND actor_id = p_user;
	UPDATE besace_imports SET actor_id = '0' WHERE guild_id = p_guild AND actor_id = p_user;
	UPDATE besace_rewards SET added_by = NULL WHERE guild_id = p_guild AND added_by = p_user;
	UPDATE besace_guilds SET owner_id = NULL WHERE guild_id = p_guild AND owner_id = p_user;
	DELETE FROM besace_receipts WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_cheers WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_outbox WHERE guild_id = p_guild AND user_id = p_user;
	FOR v_column IN SELECT * FROM (VALUES ('besace_receipts', 'outcome'),
		('besace_match_edits', 'outcome'), ('besace_matches', 'facts'),
		('besace_outbox', 'body')) AS c (relation, name)
	LOOP
		-- Written out once a row, which takes most of the time.
		EXECUTE format('UPDATE %1$I SET %2$I = besace_forget_json($1, %2$I::jsonb, $2, $3, true)'
			' WHERE guild_id = $1 AND (SELECT position($2 IN t) > 0 OR position($4 IN t) > 0'
			' FROM (SELECT %2$I::text AS t OFFSET 0) w)', v_column.relation, v_column.name)
			USING p_guild, p_user, p_name, to_json(p_name)::text;
	END LOOP;
END
$$;

-- What the shim told of P_USER. A reaction that it sends again within the week counts once more.
CREATE OR REPLACE FUNCTION besace_erase_events(p_guild VARCHAR, p_user VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	DELETE FROM besace_voice_occupants WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_voice_owed WHERE guild_id = p_guild AND user_id = p_user;
	UPDATE besace_voice_events e SET states = (
			SELECT coalesce(jsonb_agg(s.value ORDER BY s.place), '[]')
			FROM jsonb_array_elements(e.states) WITH ORDINALITY AS s (value, place)
			WHERE s.value ->> 0 <> p_user)
		WHERE guild_id = p_guild
			AND states @> jsonb_build_array(jsonb_build_array(p_user));
	WITH gone AS (
		DELETE FROM besace_voice_events
		WHERE guild_id = p_guild AND states = '[]' AND NOT whole RETURNING source
	)
	UPDATE besace_voice_guilds g SET pending = g.pending - d.events
	FROM (SELECT source, count(*) AS events FROM gone GROUP BY source) d
	WHERE g.guild_id = p_guild AND g.source = d.source;
	DELETE FROM besace_reaction_xp WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM besace_event_ids WHERE id LIKE 'r:%' AND id LIKE '%:' || p_user || ':%';
	-- What is being folded at this moment is not waited for: the fold waits for the member, whose row is
	-- locked here, and takes those rows with it.
	UPDATE besace_ranked_many SET users = array_remove(users, p_user) WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM besace_ranked_many WHERE guild_id = p_guild AND p_user = ANY (users)
		FOR UPDATE SKIP LOCKED));
	UPDATE besace_leaderboard_changes SET user_id = NULL WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM besace_leaderboard_changes WHERE guild_id = p_guild AND user_id = p_user
		FOR UPDATE SKIP LOCKED));
	DELETE FROM besace_ranked_due WHERE ctid = ANY (ARRAY(
		SELECT ctid FROM besace_ranked_due WHERE guild_id = p_guild AND user_id = p_user
		FOR UPDATE SKIP LOCKED));
END
$$;

-- Whether a game of P_USER is open.
CREATE OR REPLACE FUNCTION besace_member_is_open(p_guild VARCHAR, p_user VARCHAR) RETURNS BOOLEAN
LANGUAGE sql STABLE AS $$
	SELECT EXISTS (SELECT FROM besace_escrow WHERE guild_id = p_guild AND user_id = p_user)
		OR EXISTS (SELECT FROM besace_matches WHERE guild_id = p_guild AND opponent_id = p_user)
$$;

-- Erases P_USER. Outcome: {"done": true, "backups": [{"path", "until"}, …]}, the files in which they
-- still stand, each with when it is to be deleted, in seconds since 1970; or {"done": false, "refusal"}
-- with the refusals unknown (nothing is kept) and open (a game of theirs is).
CREATE OR REPLACE FUNCTION besace_member_erase(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	u users;
	v_key VARCHAR;
BEGIN
	-- As the settling of voice does: its guilds first. What it has read of them is out of date.
	PERFORM FROM besace_voice_guilds WHERE guild_id = p_guild ORDER BY source FOR UPDATE;
	SELECT * INTO u FROM users WHERE guild_id = p_guild AND user_id = p_user FOR UPDATE;
	IF NOT FOUND OR p_user = '0' THEN
		RETURN '{"done": false, "refusal": "unknown"}';
	ELSIF besace_member_is_open(p_guild, p_user) THEN
		RETURN '{"done": false, "refusal": "open"}';
	END IF;
	UPDATE besace_voice_guilds SET version = txid_current() WHERE guild_id = p_guild;
	INSERT INTO besace_erasure_keys (guild_id, hash_key) VALUES (p_guild,
		encode(sha256(convert_to(concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()),
			'UTF8')), 'hex')) ON CONFLICT DO NOTHING;
	SELECT hash_key INTO v_key FROM besace_erasure_keys WHERE guild_id = p_guild;
	INSERT INTO besace_erasures AS e (guild_id, member_hash, level, erased_at)
		VALUES (p_guild, besace_erasure_hash(v_key, p_guild, p_user),
			greatest(u.level_rewarded, u.level), clock_timestamp() AT TIME ZONE 'utc')
		ON CONFLICT (guild_id, member_hash) DO UPDATE SET
			level = greatest(e.level, excluded.level), erased_at = excluded.erased_at;
	PERFORM besace_erase_ledger(p_guild, p_user);
	PERFORM besace_erase_games(p_guild, p_user);
	PERFORM besace_erase_words(p_guild, p_user, u.username);
	PERFORM besace_erase_events(p_guild, p_user);
	PERFORM besace_erase_panel_import(p_guild, p_user, u.username);
	DELETE FROM besace_repairs WHERE guild_id = p_guild AND subject = p_user;
	DELETE FROM besace_role_jobs WHERE guild_id = p_guild AND user_id = p_user;
	UPDATE besace_ledger_sweep SET at_user = '' WHERE at_guild = p_guild AND at_user = p_user;
	-- Batch by batch: the batch comes first in their key.
	DELETE FROM besace_import_changes WHERE guild_id = p_guild AND user_id = p_user
		AND import_id = ANY (ARRAY(SELECT import_id FROM besace_imports WHERE guild_id = p_guild));
	DELETE FROM active_multipliers WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM user_inventory WHERE guild_id = p_guild AND user_id = p_user;
	DELETE FROM users WHERE guild_id = p_guild AND user_id = p_user;
	PERFORM besace_page_hiding(p_guild);
	RETURN jsonb_build_object('done', true, 'backups', coalesce((SELECT jsonb_agg(
			jsonb_build_object('path', path, 'until', ceil(extract(epoch FROM delete_at))::bigint)
			ORDER BY made_at, backup_id) FROM besace_backups
		WHERE delete_at > now() AT TIME ZONE 'utc'), '[]'));
END
$$;

-- Until when backups hold whoever is erased now, in seconds since 1970; 0: none does.
CREATE OR REPLACE FUNCTION besace_backups_until() RETURNS BIGINT
LANGUAGE sql STABLE AS $$
	SELECT coalesce(ceil(extract(epoch FROM max(delete_at)))::bigint, 0) FROM besace_backups
	WHERE delete_at > now() AT TIME ZONE 'utc'
$$;

-- What P_USER would lose by leaving, for the question. NULL: nothing is kept of them.
CREATE OR REPLACE FUNCTION besace_member_leave_view(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('balance', u.balance, 'level', u.level, 'xp', u.xp,
		'items', coalesce((SELECT sum(b.quantity) FROM user_inventory b
			WHERE b.guild_id = p_guild AND b.user_id = p_user), 0),
		'is_open', besace_member_is_open(p_guild, p_user),
		'until_s', besace_backups_until())
	FROM users u WHERE u.guild_id = p_guild AND u.user_id = p_user AND p_user <> '0'
$$;

-- The same by the member's own press. Its receipt is nobody's: the member is none any more, and what
-- it keeps, {"done": true, "until_s"} or a refusal, names none.
CREATE OR REPLACE FUNCTION besace_member_leave(p_guild VARCHAR, p_user VARCHAR,
	p_interaction VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
BEGIN
	-- Of two such presses at once the second finds the receipt.
	PERFORM pg_advisory_xact_lock(hashtextextended('besace_erase ' || p_interaction, 0));
	v_outcome := besace_receipt(p_guild, '0', p_interaction, 'erase');
	IF v_outcome IS NULL THEN
		v_outcome := besace_end(p_guild, '0', p_interaction, 'erase',
			besace_member_erase(p_guild, p_user) - 'backups'
				|| jsonb_build_object('until_s', besace_backups_until()));
	END IF;
	RETURN v_outcome;
END
$$;
