-- Taking an import back, a slice a transaction: first the history, whose ledger rows go back into
-- the openings, then what each member got.

-- Those of P_USERS who no longer have what the batch brought: what is to be taken is spent. Rows are
-- looked up by their keys, member by member: the guild may be new to the planner, which then takes it
-- for one row, and would read all of it for each.
CREATE OR REPLACE FUNCTION besace_import_spent(p_guild VARCHAR, p_import BIGINT,
	p_users VARCHAR[]) RETURNS VARCHAR[]
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN ARRAY(
		SELECT q.user_id FROM unnest(p_users) AS q (user_id)
		CROSS JOIN LATERAL (SELECT * FROM besace_import_changes WHERE guild_id = p_guild
			AND import_id = p_import AND user_id = q.user_id OFFSET 0) c
		CROSS JOIN LATERAL (SELECT balance, xp FROM users
			WHERE guild_id = p_guild AND user_id = q.user_id OFFSET 0) u
		CROSS JOIN LATERAL (SELECT
			coalesce(sum(quantity) FILTER (WHERE item_type = 'jackpot'), 0) AS jackpots,
			coalesce(sum(quantity) FILTER (WHERE item_type = 'multiplier_x2'), 0) AS x2,
			coalesce(sum(quantity) FILTER (WHERE item_type = 'multiplier_x3'), 0) AS x3
			FROM user_inventory WHERE guild_id = p_guild AND user_id = q.user_id) b
		WHERE u.balance::bigint - c.balance NOT BETWEEN 0 AND 2147483647
			OR u.xp::bigint - c.xp NOT BETWEEN 0 AND 2147483647
			OR b.jackpots - c.jackpots NOT BETWEEN 0 AND 2147483647
			OR b.x2 - c.x2 NOT BETWEEN 0 AND 2147483647
			OR b.x3 - c.x3 NOT BETWEEN 0 AND 2147483647);
END
$$;

-- Takes back ledger rows and matches that came with the batch, of members who still have what it
-- brought: P_MAX of each, after the rows P_LEDGER and P_MATCHES. Returns {"ledger", "matches"}, the
-- last rows that were looked at; NULL when none was left.
CREATE OR REPLACE FUNCTION besace_import_undo_history(p_guild VARCHAR, p_import BIGINT,
	p_ledger BIGINT, p_matches BIGINT, p_max INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_ledger BIGINT;
	v_matches BIGINT;
	v_parties VARCHAR[];
	v_players VARCHAR[];
	v_spent VARCHAR[];
	v_users VARCHAR[];
	v_nets BIGINT[];
BEGIN
	SELECT max(id), array_agg(from_user_id) || array_agg(to_user_id) INTO v_ledger, v_parties
	FROM (SELECT id, from_user_id, to_user_id FROM transactions WHERE guild_id = p_guild
		AND import_id = p_import AND id > p_ledger ORDER BY id LIMIT p_max) t;
	SELECT max(id), array_agg(player_id) INTO v_matches, v_players
	FROM (SELECT id, player_id FROM game_history WHERE guild_id = p_guild
		AND import_id = p_import AND id > p_matches ORDER BY id LIMIT p_max) t;
	IF v_ledger IS NULL AND v_matches IS NULL THEN
		RETURN NULL;
	END IF;
	v_spent := besace_import_spent(p_guild, p_import, ARRAY(
		SELECT DISTINCT user_id FROM unnest(v_parties || v_players) AS user_id
		WHERE user_id IS NOT NULL));
	DELETE FROM game_history WHERE guild_id = p_guild AND import_id = p_import
		AND id > p_matches AND id <= v_matches AND player_id <> ALL (v_spent);
	WITH gone AS (
		DELETE FROM transactions WHERE guild_id = p_guild AND import_id = p_import
			AND id > p_ledger AND id <= v_ledger
			AND (from_user_id <> ALL (v_spent)) IS NOT FALSE
			AND (to_user_id <> ALL (v_spent)) IS NOT FALSE
		RETURNING from_user_id, to_user_id, amount
	), parts AS (
		SELECT to_user_id AS user_id, amount::bigint AS net FROM gone
		WHERE to_user_id IS NOT NULL
		UNION ALL
		SELECT from_user_id, -amount::bigint FROM gone WHERE from_user_id IS NOT NULL
	)
	SELECT array_agg(user_id), array_agg(-net) INTO v_users, v_nets
	FROM (SELECT user_id, sum(net)::bigint AS net FROM parts GROUP BY user_id) nets;
	IF v_users IS NOT NULL THEN
		PERFORM besace_import_openings_move(p_guild, p_import, v_users, v_nets);
	END IF;
	RETURN jsonb_build_object('ledger', coalesce(v_ledger, p_ledger),
		'matches', coalesce(v_matches, p_matches));
END
$$;

-- Takes back what the next P_MAX members of the batch after P_AFTER, in the order of their ids, got of
-- it. Members who came with it and were not seen since go; the others keep their rows, and
-- their ledger gets an opening row of the opposite amount. A member who no longer has what is to be taken
-- keeps it and stays in the batch.
--
-- Returns {"last", "members", "refused": [{"user", "username", "what", "missing"}]}; NULL when
-- nobody is left.
CREATE OR REPLACE FUNCTION besace_import_undo_slice(p_guild VARCHAR, p_import BIGINT,
	p_after VARCHAR, p_max INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_users VARCHAR[];
	v_last VARCHAR;
	v_spent VARCHAR[];
	v_refused JSONB := '[]';
BEGIN
	PERFORM set_config('besace.mass', 'on', true);
	PERFORM besace_many_members(true);
	SELECT array_agg(user_id), max(user_id) INTO v_users, v_last FROM (
		SELECT user_id FROM besace_import_changes
		WHERE guild_id = p_guild AND import_id = p_import AND user_id > p_after
		ORDER BY user_id LIMIT p_max) c;
	IF v_users IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM FROM users WHERE guild_id = p_guild AND user_id > p_after AND user_id <= v_last
		AND user_id = ANY (v_users) ORDER BY user_id FOR UPDATE;
	v_spent := besace_import_spent(p_guild, p_import, v_users);
	IF v_spent <> '{}' THEN
		v_refused := besace_import_missing(p_guild, p_import, v_spent);
	END IF;
	PERFORM besace_import_forget(p_guild, p_import, p_after, v_last, v_spent);

	UPDATE users u SET balance = u.balance - c.balance, xp = u.xp - c.xp,
		message_count = greatest(u.message_count::bigint - c.messages, 0),
		voice_time = greatest(u.voice_time::bigint - c.voice_s, 0),
		invites = u.invites - c.invites,
		-- Whoever has crossed levels since was paid for those.
		level_rewarded = CASE WHEN u.level_rewarded = c.level_rewarded_now
			THEN c.level_rewarded ELSE u.level_rewarded END,
		updated_at = now() AT TIME ZONE 'utc'
	FROM (SELECT c.*, r.at FROM besace_import_changes c
		CROSS JOIN LATERAL (SELECT ctid AS at FROM users
			WHERE guild_id = p_guild AND user_id = c.user_id OFFSET 0) r
		WHERE c.guild_id = p_guild AND c.import_id = p_import
			AND c.user_id > p_after AND c.user_id <= v_last
			AND c.user_id <> ALL (v_spent)) c
	WHERE u.guild_id = p_guild AND u.ctid = c.at;
	INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,
		description)
	SELECT p_guild, CASE WHEN balance > 0 THEN user_id END,
		CASE WHEN balance < 0 THEN user_id END, abs(balance), 'opening',
		format('undo of import %s', p_import)
	FROM besace_import_changes WHERE guild_id = p_guild AND import_id = p_import
		AND user_id > p_after AND user_id <= v_last AND user_id <> ALL (v_spent) AND balance <> 0;
	INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
	SELECT p_guild, c.user_id, i.item_type, -i.more FROM besace_import_changes c
		CROSS JOIN LATERAL (VALUES ('jackpot', c.jackpots), ('multiplier_x2', c.x2),
			('multiplier_x3', c.x3)) AS i (item_type, more)
		WHERE c.guild_id = p_guild AND c.import_id = p_import
		AND c.user_id > p_after AND c.user_id <= v_last AND c.user_id <> ALL (v_spent)
		AND i.more < 0
	ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
		quantity = bag.quantity + excluded.quantity, updated_at = now() AT TIME ZONE 'utc';
	UPDATE user_inventory b SET quantity = b.quantity - i.more,
		updated_at = now() AT TIME ZONE 'utc'
	FROM (SELECT i.more, r.at FROM besace_import_changes c
		CROSS JOIN LATERAL (VALUES ('jackpot', c.jackpots), ('multiplier_x2', c.x2),
			('multiplier_x3', c.x3)) AS i (item_type, more)
		CROSS JOIN LATERAL (SELECT ctid AS at FROM user_inventory WHERE guild_id = p_guild
			AND user_id = c.user_id AND item_type = i.item_type OFFSET 0) r
		WHERE c.guild_id = p_guild AND c.import_id = p_import
			AND c.user_id > p_after AND c.user_id <= v_last
			AND c.user_id <> ALL (v_spent) AND i.more > 0) i
	WHERE b.guild_id = p_guild AND b.ctid = i.at;
	DELETE FROM active_multipliers a USING besace_import_changes c
		WHERE c.guild_id = p_guild AND c.import_id = p_import
		AND c.user_id > p_after AND c.user_id <= v_last AND c.user_id <> ALL (v_spent)
		AND a.guild_id = p_guild AND a.id = c.multiplier_id;
	DELETE FROM besace_import_changes WHERE guild_id = p_guild AND import_id = p_import
		AND user_id > p_after AND user_id <= v_last AND user_id <> ALL (v_spent);
	RETURN jsonb_build_object('last', v_last,
		'members', cardinality(v_users) - cardinality(v_spent), 'refused', v_refused);
END
$$;

-- Which of P_USERS no longer have what the batch brought, and of what they have less.
CREATE OR REPLACE FUNCTION besace_import_missing(p_guild VARCHAR, p_import BIGINT,
	p_users VARCHAR[]) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((
		SELECT jsonb_agg(jsonb_build_object('user', c.user_id, 'username', u.username,
			'what', w.what, 'has', w.has, 'more', w.more) ORDER BY c.user_id)
		FROM besace_import_changes c
		JOIN users u ON u.guild_id = c.guild_id AND u.user_id = c.user_id
		CROSS JOIN LATERAL (
			SELECT v.what, v.has, v.more FROM (VALUES ('lc', u.balance, c.balance),
				('xp', u.xp, c.xp),
				('jackpot', besace_admin_holding(p_guild, c.user_id, 'jackpot')::integer, c.jackpots),
				('multiplier_x2', besace_admin_holding(p_guild, c.user_id, 'multiplier_x2')::integer, c.x2),
				('multiplier_x3', besace_admin_holding(p_guild, c.user_id, 'multiplier_x3')::integer, c.x3))
				AS v (what, has, more)
			WHERE v.has::bigint - v.more NOT BETWEEN 0 AND 2147483647 LIMIT 1) w
		WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (p_users)),
		'[]');
END
$$;

-- Removes P_GONE, who are in the order of their ids. Whatever refers to a member keeps them, and nobody
-- else: the others are removed in halves, until who is kept stands alone.
CREATE OR REPLACE FUNCTION besace_import_remove(p_guild VARCHAR, p_import BIGINT,
	p_gone besace_import_changes[]) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_users VARCHAR[] := ARRAY(SELECT user_id FROM unnest(p_gone));
	v_first VARCHAR := v_users[1];
	v_last VARCHAR := v_users[cardinality(v_users)];
	v_half INTEGER := cardinality(v_users) / 2;
BEGIN
	IF v_users = '{}' THEN
		RETURN;
	END IF;
	BEGIN
		-- The bounds keep to a part of the ledger whatever the planner thinks of the guild.
		WITH old AS MATERIALIZED (
			SELECT e.id FROM unnest(p_gone) c CROSS JOIN LATERAL unnest(c.entries) AS e (id)
		)
		DELETE FROM transactions WHERE guild_id = p_guild
			AND id >= (SELECT min(id) FROM old) AND id <= (SELECT max(id) FROM old)
			AND id = ANY (ARRAY(SELECT id FROM old));
		DELETE FROM active_multipliers WHERE guild_id = p_guild AND id = ANY (ARRAY(
			SELECT multiplier_id FROM unnest(p_gone) WHERE multiplier_id IS NOT NULL));
		DELETE FROM user_inventory WHERE guild_id = p_guild
			AND user_id >= v_first AND user_id <= v_last AND user_id = ANY (v_users);
		DELETE FROM users WHERE guild_id = p_guild
			AND user_id >= v_first AND user_id <= v_last AND user_id = ANY (v_users);
		DELETE FROM besace_import_changes WHERE guild_id = p_guild AND import_id = p_import
			AND user_id >= v_first AND user_id <= v_last AND user_id = ANY (v_users);
		RETURN;
	EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
		NULL; -- nobody is removed
	END;
	IF v_half > 0 THEN
		PERFORM besace_import_remove(p_guild, p_import, p_gone[:v_half]);
		PERFORM besace_import_remove(p_guild, p_import, p_gone[v_half + 1:]);
	END IF;
END
$$;

-- Removes those of the members after P_AFTER up to P_LAST, all locked and none of P_SPENT, who came
-- with the batch and have done nothing since.
CREATE OR REPLACE FUNCTION besace_import_forget(p_guild VARCHAR, p_import BIGINT, p_after VARCHAR,
	p_last VARCHAR, p_spent VARCHAR[]) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_gone besace_import_changes[];
	v_users VARCHAR[];
	v_staying VARCHAR[];
	v_entries INTEGER[];
BEGIN
	SELECT array_agg(c ORDER BY c.user_id) INTO v_gone FROM besace_import_changes c
	CROSS JOIN LATERAL (SELECT * FROM users
		WHERE guild_id = p_guild AND user_id = c.user_id OFFSET 0) u
	WHERE c.guild_id = p_guild AND c.import_id = p_import
		AND c.user_id > p_after AND c.user_id <= p_last AND c.user_id <> ALL (p_spent)
		AND c.created AND u.balance = 25 + c.balance AND u.xp = c.xp
		AND u.message_count = c.messages AND u.voice_time = c.voice_s
		AND u.invites = c.invites AND u.joined_at IS NULL AND u.roles = '{}'
		AND NOT EXISTS (SELECT FROM active_multipliers a WHERE a.guild_id = p_guild
			AND a.user_id = c.user_id AND a.games_remaining > 0
			AND a.id IS DISTINCT FROM c.multiplier_id OFFSET 0);
	-- Whose ledger has other rows stays. It is read once for all of them, not member by member.
	v_users := ARRAY(SELECT user_id FROM unnest(v_gone));
	v_entries := ARRAY(SELECT e.id FROM unnest(v_gone) c CROSS JOIN LATERAL unnest(c.entries) AS e (id));
	v_staying := ARRAY(
		SELECT to_user_id FROM transactions WHERE guild_id = p_guild
			AND to_user_id > p_after AND to_user_id <= p_last
			AND to_user_id = ANY (v_users) AND id <> ALL (v_entries)
		UNION SELECT from_user_id FROM transactions WHERE guild_id = p_guild
			AND from_user_id > p_after AND from_user_id <= p_last
			AND from_user_id = ANY (v_users) AND id <> ALL (v_entries));
	PERFORM besace_import_remove(p_guild, p_import, ARRAY(
		SELECT c FROM unnest(v_gone) c WHERE c.user_id <> ALL (v_staying) ORDER BY c.user_id));
END
$$;
