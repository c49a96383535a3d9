-- What becomes of a figure that a member has here, P_OLD, and the imported one; NULL: the source does
-- not have it.
CREATE OR REPLACE FUNCTION besace_import_merged(p_merge VARCHAR, p_old INTEGER, p_new INTEGER)
RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_new IS NULL THEN p_old
		WHEN p_merge = 'replace' THEN p_new
		WHEN p_merge = 'add' THEN least(p_old::bigint + p_new, 2147483647)::integer
		ELSE greatest(p_old, p_new) END
$$;

-- The rows of those of besace_staged_members after P_AFTER up to P_LAST, as users takes them,
-- in the order of their ids.
CREATE OR REPLACE FUNCTION besace_import_rows(p_guild VARCHAR, p_after VARCHAR, p_last VARCHAR,
	p_start INTEGER, p_rewards BOOLEAN)
RETURNS TABLE (guild_id VARCHAR, user_id VARCHAR, username VARCHAR, balance INTEGER, xp INTEGER,
	level INTEGER, invites INTEGER, message_count INTEGER, voice_time INTEGER,
	last_message_xp_time TIMESTAMP, last_gift_time TIMESTAMP, created_at TIMESTAMP,
	level_rewarded INTEGER, page_hidden BOOLEAN)
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN QUERY SELECT p_guild, s.user_id, coalesce(s.username, s.user_id), coalesce(s.balance, p_start),
		coalesce(s.xp, 0), l.level, coalesce(s.invites, 0), coalesce(s.messages, 0),
		coalesce(s.voice_s, 0), s.last_message_at, s.last_gift_at,
		coalesce(s.created_at, now() AT TIME ZONE 'utc'),
		CASE WHEN p_rewards THEN 1 ELSE l.level END, s.hidden
	FROM besace_staged_members s
	CROSS JOIN LATERAL (SELECT besace_level(coalesce(s.xp, 0)) AS level OFFSET 0) l
	WHERE s.user_id > p_after AND s.user_id <= p_last
	ORDER BY s.user_id;
END
$$;

-- Adds those of the staged members after P_AFTER up to P_LAST who are not here, and returns them.
--
-- Mostly none is here, and then rows are inserted as they are: to look for a row of the same key
-- costs half as much again. Whoever comes in between makes that fail, and it is done as for members
-- who are here: they are locked in the order of their keys, new ones by being inserted, where a
-- conflict locks the row that is there and changes nothing of it.
CREATE OR REPLACE FUNCTION besace_import_create(p_guild VARCHAR, p_after VARCHAR, p_last VARCHAR,
	p_start INTEGER, p_rewards BOOLEAN) RETURNS users[]
LANGUAGE plpgsql AS $$
DECLARE
	v_created users[];
BEGIN
	PERFORM FROM users u WHERE u.guild_id = p_guild AND u.user_id > p_after AND u.user_id <= p_last
		AND EXISTS (SELECT FROM besace_staged_members s WHERE s.user_id = u.user_id) LIMIT 1;
	IF NOT FOUND THEN
		BEGIN
			PERFORM set_config('besace.nobody_known', 'on', true);
			WITH created AS (
				INSERT INTO users AS u (guild_id, user_id, username, balance, xp, level,
					invites, message_count, voice_time, last_message_xp_time,
					last_gift_time, created_at, level_rewarded, page_hidden)
				SELECT * FROM besace_import_rows(p_guild, p_after, p_last, p_start, p_rewards)
				RETURNING u AS member
			)
			SELECT array_agg(member) INTO v_created FROM created;
			PERFORM set_config('besace.nobody_known', 'off', true);
			RETURN v_created;
		EXCEPTION WHEN unique_violation THEN
			NULL; -- with the block its setting goes
		END;
	END IF;
	WITH created AS (
		INSERT INTO users AS u (guild_id, user_id, username, balance, xp, level,
			invites, message_count, voice_time, last_message_xp_time,
			last_gift_time, created_at, level_rewarded, page_hidden)
		SELECT * FROM besace_import_rows(p_guild, p_after, p_last, p_start, p_rewards)
		ON CONFLICT (guild_id, user_id) DO UPDATE SET user_id = u.user_id WHERE false
		RETURNING u AS member
	)
	SELECT array_agg(member) INTO v_created FROM created;
	RETURN v_created;
END
$$;

-- Imports the next P_MAX members of besace_staged_members, a temporary table of the session (see
-- import_stage in sql/queries/imports.sql), after the member P_AFTER, in the order of their ids. One
-- transaction: no member is imported in part. The caller is alone with the batch.
--
-- Returns {"members", "last", "erased"}: 0 members, nobody is left; of each who was erased meanwhile, a
-- line.
CREATE OR REPLACE FUNCTION besace_import_slice(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_max INTEGER, p_merge VARCHAR, p_rewards BOOLEAN) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_last VARCHAR;
	v_members INTEGER;
	v_created INTEGER;
	v_new users[];
	v_label TEXT;
	v_erased JSONB;
	v_start INTEGER := coalesce(
		(SELECT start_balance FROM besace_settings WHERE guild_id = p_guild), 25);
BEGIN
	-- The roles that follow are mass work: level-ups go before.
	PERFORM set_config('besace.mass', 'on', true);
	PERFORM besace_many_members(true);
	SELECT format('import %s (%s)', import_id, source) INTO v_label FROM besace_imports
		WHERE guild_id = p_guild AND import_id = p_import AND state = 'applying' FOR SHARE;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'import % is not under way', p_import;
	END IF;
	SELECT coalesce(jsonb_agg(line), '[]') INTO v_erased
	FROM besace_import_forget(p_guild, p_after) AS line;
	SELECT max(user_id), count(*) INTO v_last, v_members FROM (
		SELECT user_id FROM besace_staged_members WHERE user_id > p_after
		ORDER BY user_id LIMIT p_max) s;
	IF v_members = 0 THEN
		RETURN jsonb_build_object('members', 0, 'last', p_after, 'erased', v_erased);
	END IF;

	-- The roles of who is new are wished for below, once for the slice.
	PERFORM set_config('besace.roles_later', 'on', true);
	v_new := besace_import_create(p_guild, p_after, v_last, v_start, p_rewards);
	WITH created AS (
		SELECT user_id, balance - 25 AS balance, xp, message_count AS messages,
			voice_time AS voice_s, invites, level_rewarded
		FROM unnest(v_new)
	), opening AS (
		INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount,
			transaction_type, description)
		SELECT p_guild, CASE WHEN balance < 0 THEN user_id END,
			CASE WHEN balance > 0 THEN user_id END, abs(balance), 'opening', v_label
		FROM created WHERE balance <> 0
		RETURNING id, coalesce(from_user_id, to_user_id) AS user_id
	)
	INSERT INTO besace_import_changes (guild_id, import_id, user_id, created, balance, xp,
		messages, voice_s, invites, level_rewarded, level_rewarded_now, entries)
	SELECT p_guild, p_import, c.user_id, true, c.balance, c.xp, c.messages, c.voice_s, c.invites,
		1, c.level_rewarded, CASE WHEN o.id IS NOT NULL THEN ARRAY[o.id] END
	FROM created c LEFT JOIN opening o ON o.user_id = c.user_id ORDER BY c.user_id;
	GET DIAGNOSTICS v_created = ROW_COUNT;
	PERFORM set_config('besace.roles_later', 'off', true);
	PERFORM besace_import_created(p_guild, p_import, p_after, v_last);
	IF v_created < v_members THEN
		PERFORM besace_import_known(p_guild, p_import, p_after, v_last, p_merge, p_rewards,
			v_label);
	END IF;

	PERFORM besace_import_bags(p_guild, p_import, p_after, v_last, p_merge);
	IF p_rewards THEN
		PERFORM besace_import_rewards(p_guild, p_import, p_after, v_last);
	END IF;
	PERFORM besace_import_extras(p_guild, p_import, p_after, v_last);
	PERFORM besace_import_forgot(p_guild);
	RETURN jsonb_build_object('members', v_members, 'last', v_last, 'erased', v_erased);
END
$$;

-- What follows for those of the members after P_AFTER up to P_LAST who came with the batch: the roles
-- of their levels, and for who had been erased the levels that were rewarded before.
CREATE OR REPLACE FUNCTION besace_import_created(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_last VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_created VARCHAR[];
BEGIN
	PERFORM FROM besace_rewards WHERE guild_id = p_guild
	UNION ALL SELECT FROM besace_erasures WHERE guild_id = p_guild LIMIT 1;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT array_agg(user_id) INTO v_created FROM besace_import_changes
	WHERE guild_id = p_guild AND import_id = p_import
		AND user_id > p_after AND user_id <= p_last AND created;
	PERFORM besace_roles_want(u, u.level, NULL) FROM users u
	WHERE guild_id = p_guild AND user_id > p_after AND user_id <= p_last
		AND user_id = ANY (v_created) AND level > 1;
	UPDATE besace_import_changes c SET level_rewarded_now = u.level_rewarded FROM users u
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (v_created)
		AND u.guild_id = p_guild AND u.user_id = c.user_id
		AND u.user_id > p_after AND u.user_id <= p_last
		AND c.level_rewarded_now <> u.level_rewarded;
END
$$;

-- The figures of those of the members after P_AFTER up to P_LAST who were here before, whose rows are
-- locked. The guild may be new to the planner, which then takes it for one row and any index that
-- begins with the guild for as good as the key: who is here is read once, not member by member.
CREATE OR REPLACE FUNCTION besace_import_known(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_last VARCHAR, p_merge VARCHAR, p_rewards BOOLEAN, p_label TEXT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_known users[];
	v_created VARCHAR[] := ARRAY(SELECT user_id FROM besace_import_changes
		WHERE guild_id = p_guild AND import_id = p_import
			AND user_id > p_after AND user_id <= p_last);
BEGIN
	SELECT array_agg(u) INTO v_known FROM users u
	WHERE u.guild_id = p_guild AND u.user_id > p_after AND u.user_id <= p_last
		AND EXISTS (SELECT FROM besace_staged_members s WHERE s.user_id = u.user_id)
		AND u.user_id <> ALL (v_created);
	WITH slice AS MATERIALIZED (
		SELECT s.user_id, u.level_rewarded, s.last_message_at, s.last_gift_at, s.created_at,
			s.hidden, u.balance AS has_balance, u.xp AS has_xp,
			u.message_count AS has_messages, u.voice_time AS has_voice_s,
			u.invites AS has_invites,
			besace_import_merged(p_merge, u.balance, s.balance) AS balance,
			besace_import_merged(p_merge, u.xp, s.xp) AS xp,
			besace_import_merged(p_merge, u.message_count, s.messages) AS messages,
			besace_import_merged(p_merge, u.voice_time, s.voice_s) AS voice_s,
			besace_import_merged(p_merge, u.invites, s.invites) AS invites
		FROM unnest(v_known) u JOIN besace_staged_members s ON s.user_id = u.user_id
	), change AS MATERIALIZED (
		SELECT user_id, balance - has_balance AS balance, xp - has_xp AS xp,
			messages - has_messages AS messages, voice_s - has_voice_s AS voice_s,
			invites - has_invites AS invites, level_rewarded,
			CASE WHEN p_rewards THEN level_rewarded
				ELSE greatest(level_rewarded, besace_level(xp)) END AS level_rewarded_now
		FROM slice
	), changed AS (
		UPDATE users u SET balance = s.balance, xp = s.xp, message_count = s.messages,
			voice_time = s.voice_s, invites = s.invites,
			last_message_xp_time = greatest(u.last_message_xp_time, s.last_message_at),
			last_gift_time = greatest(u.last_gift_time, s.last_gift_at),
			created_at = least(u.created_at, s.created_at),
			page_hidden = u.page_hidden OR s.hidden,
			level_rewarded = c.level_rewarded_now, updated_at = now() AT TIME ZONE 'utc'
		FROM slice s JOIN change c ON c.user_id = s.user_id
		WHERE u.guild_id = p_guild AND u.user_id > p_after AND u.user_id <= p_last
			AND u.user_id = s.user_id
	), opening AS (
		INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount,
			transaction_type, description)
		SELECT p_guild, CASE WHEN balance < 0 THEN user_id END,
			CASE WHEN balance > 0 THEN user_id END, abs(balance), 'opening', p_label
		FROM change WHERE balance <> 0
		RETURNING id, coalesce(from_user_id, to_user_id) AS user_id
	)
	INSERT INTO besace_import_changes (guild_id, import_id, user_id, created, balance, xp,
		messages, voice_s, invites, level_rewarded, level_rewarded_now, entries)
	SELECT p_guild, p_import, c.user_id, false, c.balance, c.xp, c.messages, c.voice_s,
		c.invites, c.level_rewarded, c.level_rewarded_now,
		CASE WHEN o.id IS NOT NULL THEN ARRAY[o.id] END
	FROM change c LEFT JOIN opening o ON o.user_id = c.user_id ORDER BY c.user_id;
END
$$;

-- The multipliers and items of the members after P_AFTER up to P_LAST. A multiplier that meets an
-- active one goes into the bag.
CREATE OR REPLACE FUNCTION besace_import_bags(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_last VARCHAR, p_merge VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_bags JSONB;
BEGIN
	PERFORM FROM besace_staged_members s WHERE s.user_id > p_after AND s.user_id <= p_last
		AND (s.jackpots > 0 OR s.x2 > 0 OR s.x3 > 0 OR s.multiplier > 0
			OR p_merge = 'replace' AND coalesce(s.jackpots, s.x2, s.x3) IS NOT NULL);
	IF NOT FOUND THEN
		RETURN;
	END IF;
	WITH active AS (
		INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value,
			games_remaining, activated_at)
		SELECT p_guild, user_id, 'multiplier_x' || multiplier, multiplier, games,
			coalesce(activated_at, now() AT TIME ZONE 'utc')
		FROM besace_staged_members
		WHERE user_id > p_after AND user_id <= p_last AND multiplier > 0
		ON CONFLICT DO NOTHING RETURNING id, user_id
	), got AS MATERIALIZED (
		SELECT active.id, r.at FROM active CROSS JOIN LATERAL (
			SELECT ctid AS at FROM besace_import_changes WHERE guild_id = p_guild
				AND import_id = p_import AND user_id = active.user_id OFFSET 0) r
	)
	UPDATE besace_import_changes c SET multiplier_id = a.id
	FROM got a
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id > p_after
		AND c.user_id <= p_last AND c.ctid = a.at;

	-- Bags are read once for the slice: by whichever index, not member by member.
	SELECT coalesce(jsonb_object_agg(user_id || ' ' || item_type, quantity), '{}') INTO v_bags
	FROM user_inventory
	WHERE guild_id = p_guild AND user_id > p_after AND user_id <= p_last;
	WITH wanted AS (
		SELECT s.user_id, i.item_type, b.quantity AS old,
			least(besace_import_merged(p_merge, b.quantity, i.quantity)::bigint
				+ coalesce(i.multiplier = s.multiplier AND c.multiplier_id IS NULL, false)::integer,
				2147483647)::integer AS quantity
		FROM besace_staged_members s
		CROSS JOIN LATERAL (SELECT multiplier_id FROM besace_import_changes
			WHERE guild_id = p_guild AND import_id = p_import AND user_id = s.user_id
			OFFSET 0) c
		CROSS JOIN LATERAL (VALUES ('jackpot', s.jackpots, 0), ('multiplier_x2', s.x2, 2),
			('multiplier_x3', s.x3, 3)) AS i (item_type, quantity, multiplier)
		CROSS JOIN LATERAL (SELECT coalesce(
			(v_bags ->> (s.user_id || ' ' || i.item_type))::integer, 0) AS quantity) b
		WHERE s.user_id > p_after AND s.user_id <= p_last
	), differing AS (
		SELECT user_id, item_type, quantity, quantity - old AS more FROM wanted
		WHERE quantity <> old
	), held AS (
		INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)
		SELECT p_guild, user_id, item_type, quantity FROM differing
		ORDER BY user_id, item_type
		ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
			quantity = excluded.quantity, updated_at = now() AT TIME ZONE 'utc'
	), got AS MATERIALIZED ( -- looked up once, not for each row that is changed
		SELECT r.at, m.jackpots, m.x2, m.x3 FROM (SELECT user_id,
				coalesce(sum(more) FILTER (WHERE item_type = 'jackpot'), 0) AS jackpots,
				coalesce(sum(more) FILTER (WHERE item_type = 'multiplier_x2'), 0) AS x2,
				coalesce(sum(more) FILTER (WHERE item_type = 'multiplier_x3'), 0) AS x3
			FROM differing GROUP BY user_id) m
		CROSS JOIN LATERAL (SELECT ctid AS at FROM besace_import_changes
			WHERE guild_id = p_guild AND import_id = p_import AND user_id = m.user_id
			OFFSET 0) r
	)
	UPDATE besace_import_changes c SET jackpots = d.jackpots, x2 = d.x2, x3 = d.x3
	FROM got d
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id > p_after
		AND c.user_id <= p_last AND c.ctid = d.at;
END
$$;

-- Pays the levels that the members after P_AFTER up to P_LAST have crossed by the import, and
-- announces none.
CREATE OR REPLACE FUNCTION besace_import_rewards(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_last VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_member RECORD;
	v_paid JSONB;
BEGIN
	PERFORM besace_many_members(false);
	FOR v_member IN
		SELECT u.user_id, u.level, u.level_rewarded, u.balance FROM besace_import_changes c
		CROSS JOIN LATERAL (SELECT * FROM users
			WHERE guild_id = p_guild AND user_id = c.user_id OFFSET 0) u
		WHERE c.guild_id = p_guild AND c.import_id = p_import
			AND c.user_id > p_after AND c.user_id <= p_last
			AND u.level > u.level_rewarded
		ORDER BY u.user_id
	LOOP
		v_paid := besace_level_pay(p_guild, v_member.user_id, v_member.level_rewarded + 1,
			v_member.level, 2147483647 - v_member.balance);
		UPDATE users SET balance = balance + (v_paid ->> 'lc')::integer,
			level_rewarded = level, updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = v_member.user_id;
		UPDATE besace_import_changes SET balance = balance + (v_paid ->> 'lc')::integer,
			jackpots = jackpots + coalesce((v_paid -> 'items' ->> 'jackpot')::integer, 0),
			x2 = x2 + coalesce((v_paid -> 'items' ->> 'multiplier_x2')::integer, 0),
			x3 = x3 + coalesce((v_paid -> 'items' ->> 'multiplier_x3')::integer, 0),
			level_rewarded_now = v_member.level,
			entries = entries || ARRAY(SELECT jsonb_array_elements_text(v_paid -> 'entries')::integer)
			WHERE guild_id = p_guild AND import_id = p_import AND user_id = v_member.user_id;
	END LOOP;
	PERFORM besace_many_members(true);
END
$$;
