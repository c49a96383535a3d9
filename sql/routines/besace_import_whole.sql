-- What our own export brings beside figures, bags and history, into a guild where nobody was when the
-- batch began.

-- The rest of the members after P_AFTER up to P_LAST who came with the batch. A member's server seed
-- does not travel: they get a new one beside their own number.
CREATE OR REPLACE FUNCTION besace_import_extras(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_last VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_imports
		WHERE guild_id = p_guild AND import_id = p_import AND is_whole;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM besace_many_members(true);
	UPDATE users u SET level_rewarded = s.level_rewarded, name_seen_ms = s.name_seen_ms,
		announce_ping = s.announce_ping, announce_none = s.announce_none, left_at = s.left_at,
		place_id = s.place_id, xp_day = s.xp_day, xp_today = s.xp_today, xp_eve = s.xp_eve,
		message_xp = s.message_xp, message_why = s.message_why,
		gift_from = coalesce(s.gift_from, u.gift_from)
	FROM besace_staged_extras s JOIN besace_import_changes c ON c.guild_id = p_guild
		AND c.import_id = p_import AND c.user_id = s.user_id AND c.created
	WHERE s.user_id > p_after AND s.user_id <= p_last
		AND u.guild_id = p_guild AND u.user_id = s.user_id;
	UPDATE besace_import_changes c SET level_rewarded_now = s.level_rewarded
	FROM besace_staged_extras s
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = s.user_id AND c.created
		AND s.user_id > p_after AND s.user_id <= p_last;
	INSERT INTO besace_loss_limits (guild_id, user_id, day_max, next_max, next_at)
	SELECT p_guild, user_id, loss_day_max, loss_next_max, loss_next_at
	FROM besace_staged_extras WHERE user_id > p_after AND user_id <= p_last
		AND (loss_day_max IS NOT NULL OR loss_next_at IS NOT NULL)
	ON CONFLICT DO NOTHING;
	INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)
	SELECT p_guild, user_id, encode(sha256(convert_to(
		concat(gen_random_uuid(), gen_random_uuid(), gen_random_uuid()), 'UTF8')), 'hex'),
		client_seed
	FROM besace_staged_extras WHERE user_id > p_after AND user_id <= p_last
		AND client_seed IS NOT NULL
	ON CONFLICT DO NOTHING;
	-- Who left gets no role before they are back.
	DELETE FROM besace_role_jobs j USING besace_staged_extras s
	WHERE j.guild_id = p_guild AND j.user_id = s.user_id AND s.left_at IS NOT NULL
		AND s.user_id > p_after AND s.user_id <= p_last;
END
$$;

-- Acts of administrators. Their movements are those that say the same: the file knows them by their
-- place in it, and of those that say all the same each is as good as the other.
CREATE OR REPLACE FUNCTION besace_import_acts(p_guild VARCHAR, p_import BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_count INTEGER;
	v_last BIGINT;
BEGIN
	CREATE TEMPORARY TABLE besace_import_act_rows ON COMMIT DROP AS
	WITH staged AS (
		SELECT line, what, row_number() OVER (PARTITION BY what ORDER BY line) AS twin
		FROM (SELECT line, ROW(from_user_id, to_user_id, amount, description, created_at)::text
				AS what
			FROM besace_staged_ledger WHERE transaction_type = 'admin_adjust') s
	), made AS (
		SELECT id, what, row_number() OVER (PARTITION BY what ORDER BY id) AS twin
		FROM (SELECT id, ROW(from_user_id, to_user_id, amount, description, created_at)::text
				AS what
			FROM transactions WHERE guild_id = p_guild AND import_id = p_import
				AND transaction_type = 'admin_adjust') t
	)
	SELECT s.*, m.id AS entry, row_number() OVER (ORDER BY s.n) AS rank
	FROM besace_staged_acts s
	LEFT JOIN staged l ON l.line = s.ledger_n
	LEFT JOIN made m ON m.what = l.what AND m.twin = l.twin
	WHERE EXISTS (SELECT FROM users u WHERE u.guild_id = p_guild AND u.user_id = s.target_id)
		AND (s.actor_id IS NULL OR EXISTS (SELECT FROM users u
			WHERE u.guild_id = p_guild AND u.user_id = s.actor_id))
		AND (m.id IS NOT NULL) = (s.ledger_n IS NOT NULL) -- NULL: it was summarised
		AND (m.id IS NULL OR (s.what = 'lc' AND s.amount <> 0));
	SELECT count(*) INTO v_count FROM besace_import_act_rows;
	v_last := (besace_journal_next(p_guild, v_count, 0)).act;
	INSERT INTO besace_audit (guild_id, id, actor_id, target_id, act, what, amount, reason,
		transaction_id, created_at, import_id, undone_by)
	SELECT p_guild, v_last - v_count + r.rank, r.actor_id, r.target_id, r.act, r.what, r.amount,
		r.reason, r.entry, r.created_at, p_import, v_last - v_count + u.rank
	FROM besace_import_act_rows r LEFT JOIN (SELECT n, min(rank) AS rank
		FROM besace_import_act_rows GROUP BY n) u ON u.n = r.undone_n;
	DROP TABLE besace_import_act_rows;
END
$$;

-- Who changed which setting when, in the place of the rows that importing the settings has written.
CREATE OR REPLACE FUNCTION besace_import_changes_of_settings(p_guild VARCHAR, p_import BIGINT)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_count INTEGER;
	v_last BIGINT;
BEGIN
	PERFORM besace_settings_lock(p_guild);
	DELETE FROM besace_settings_audit a USING besace_imports i
	WHERE i.guild_id = p_guild AND i.import_id = p_import AND a.guild_id = p_guild
		AND a.actor_id IS NULL AND a.undone_by IS NULL AND a.old = 'null'
		AND i.settings -> a.setting = a.new;
	SELECT count(*) INTO v_count FROM besace_staged_changes;
	v_last := (besace_journal_next(p_guild, 0, v_count)).change;
	WITH ranked AS (
		SELECT s.*, v_last - v_count + row_number() OVER (ORDER BY n) AS id
		FROM besace_staged_changes s
	), known AS (
		SELECT n, min(id) AS id FROM ranked GROUP BY n
	)
	INSERT INTO besace_settings_audit
		(guild_id, id, change_id, actor_id, setting, old, new, undone_by, created_at, import_id)
	SELECT p_guild, r.id, coalesce(c.id, r.id),
		CASE WHEN EXISTS (SELECT FROM users u WHERE u.guild_id = p_guild
			AND u.user_id = r.actor_id) THEN r.actor_id END,
		r.setting, r.old, r.new, u.id, r.created_at, p_import
	FROM ranked r LEFT JOIN known c ON c.n = r.change_n LEFT JOIN known u ON u.n = r.undone_n;
	UPDATE besace_settings SET version = v_last WHERE guild_id = p_guild;
END
$$;

-- Ends a batch that brings everything. Making it again changes nothing.
CREATE OR REPLACE FUNCTION besace_import_whole(p_guild VARCHAR, p_import BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_imports WHERE guild_id = p_guild AND import_id = p_import AND is_whole
		AND NOT EXISTS (SELECT FROM besace_audit
			WHERE guild_id = p_guild AND import_id = p_import)
		AND NOT EXISTS (SELECT FROM besace_settings_audit
			WHERE guild_id = p_guild AND import_id = p_import)
		FOR NO KEY UPDATE;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	PERFORM besace_import_forget(p_guild, '');
	INSERT INTO besace_guilds (guild_id, name, owner_id, locale, community, language)
	SELECT p_guild, name, owner_id, locale, community, language FROM besace_staged_server
	ORDER BY line LIMIT 1 ON CONFLICT DO NOTHING;
	PERFORM besace_import_acts(p_guild, p_import);
	IF EXISTS (SELECT FROM besace_staged_changes) THEN
		PERFORM besace_import_changes_of_settings(p_guild, p_import);
	END IF;
	PERFORM besace_import_forgot(p_guild);
END
$$;

-- Takes back what stands beside the figures, before the members.
CREATE OR REPLACE FUNCTION besace_import_undo_whole(p_guild VARCHAR, p_import BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM FROM besace_imports WHERE guild_id = p_guild AND import_id = p_import AND is_whole;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	DELETE FROM besace_audit WHERE guild_id = p_guild AND import_id = p_import;
	DELETE FROM besace_settings_audit WHERE guild_id = p_guild AND import_id = p_import;
	DELETE FROM besace_seeds s USING besace_import_changes c, users u
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.created
		AND s.guild_id = p_guild AND s.user_id = c.user_id
		AND u.guild_id = p_guild AND u.user_id = c.user_id AND u.nonce = 0;
	DELETE FROM besace_loss_limits l USING besace_import_changes c
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.created
		AND l.guild_id = p_guild AND l.user_id = c.user_id;
END
$$;
