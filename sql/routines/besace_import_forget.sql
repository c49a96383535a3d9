-- Whoever was erased since an import began does not come back by it. besace_staged_call, a temporary
-- table of the session, says when that was, besace_staged_forgotten which erasures were looked at.

-- Whether there are erasures of P_GUILD that were not looked at.
CREATE OR REPLACE FUNCTION besace_import_forgets(p_guild VARCHAR) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_erasures e WHERE e.guild_id = p_guild
		AND e.erased_at >= (SELECT begun_at FROM besace_staged_call)
		AND NOT EXISTS (SELECT FROM besace_staged_forgotten f
			WHERE f.member_hash = e.member_hash) LIMIT 1;
	RETURN FOUND;
END
$$;

-- Takes whoever was erased out of everything that is staged. Returns a line of each who stood after
-- P_AFTER.
CREATE OR REPLACE FUNCTION besace_import_forget(p_guild VARCHAR, p_after VARCHAR) RETURNS SETOF BIGINT
LANGUAGE plpgsql AS $$
DECLARE
	v_key VARCHAR;
	v_hashes VARCHAR[];
	v_users VARCHAR[];
	v_words TEXT;
BEGIN
	IF NOT besace_import_forgets(p_guild) THEN
		RETURN;
	END IF;
	SELECT hash_key INTO v_key FROM besace_erasure_keys WHERE guild_id = p_guild;
	WITH seen AS (
		INSERT INTO besace_staged_forgotten SELECT member_hash FROM besace_erasures
		WHERE guild_id = p_guild AND erased_at >= (SELECT begun_at FROM besace_staged_call)
		ON CONFLICT DO NOTHING RETURNING member_hash
	)
	SELECT array_agg(member_hash) INTO v_hashes FROM seen;
	SELECT array_agg(DISTINCT s.user_id), format('(^|\W)(%s)($|\W)', string_agg(DISTINCT
			concat_ws('|', s.user_id, regexp_replace(nullif(s.username, ''),
				'([^[:alnum:]_[:space:]])', '\\\1', 'g')), '|'))
		INTO v_users, v_words
	FROM besace_staged_members s JOIN unnest(v_hashes) AS h (member_hash)
		ON h.member_hash = besace_erasure_hash(v_key, p_guild, s.user_id);
	IF v_users IS NULL THEN
		RETURN;
	END IF;
	DELETE FROM besace_staged_items WHERE user_id = ANY (v_users);
	DELETE FROM besace_staged_multipliers WHERE user_id = ANY (v_users);
	DELETE FROM besace_staged_extras WHERE user_id = ANY (v_users);
	DELETE FROM besace_staged_ledger
		WHERE from_user_id = ANY (v_users) OR to_user_id = ANY (v_users);
	DELETE FROM besace_staged_matches WHERE player_id = ANY (v_users);
	DELETE FROM besace_staged_acts WHERE target_id = ANY (v_users);
	UPDATE besace_staged_matches SET opponent_id = NULL WHERE opponent_id = ANY (v_users);
	UPDATE besace_staged_acts SET actor_id = NULL WHERE actor_id = ANY (v_users);
	UPDATE besace_staged_changes SET actor_id = NULL WHERE actor_id = ANY (v_users);
	UPDATE besace_staged_server SET owner_id = NULL WHERE owner_id = ANY (v_users);
	UPDATE besace_staged_ledger SET description = NULL WHERE description ~* v_words;
	UPDATE besace_staged_acts SET reason = '—' WHERE reason ~* v_words;
	RETURN QUERY WITH gone AS (
		DELETE FROM besace_staged_members WHERE user_id = ANY (v_users)
		RETURNING line, user_id
	)
	SELECT min(line) FROM gone WHERE user_id > p_after GROUP BY user_id ORDER BY 1;
END
$$;

-- At the end of a slice, when it holds its members' rows: whoever was erased before that may be
-- among them, and the slice is made anew.
CREATE OR REPLACE FUNCTION besace_import_forgot(p_guild VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	IF besace_import_forgets(p_guild) THEN
		RAISE EXCEPTION 'somebody was erased while a slice was imported'
			USING ERRCODE = 'serialization_failure';
	END IF;
END
$$;
