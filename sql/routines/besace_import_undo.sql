-- Taking an import back, a slice a transaction: first the history, whose ledger rows go back into
-- the openings, then what each member got.

-- Whether P_USER still has what the batch brought: what is to be taken is not spent.
CREATE OR REPLACE FUNCTION besace_import_is_held(p_guild VARCHAR, p_import BIGINT, p_user VARCHAR)
RETURNS BOOLEAN
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((
		SELECT u.balance::bigint - c.balance BETWEEN 0 AND 2147483647
			AND u.xp::bigint - c.xp BETWEEN 0 AND 2147483647
			AND b.jackpots - c.jackpots BETWEEN 0 AND 2147483647
			AND b.x2 - c.x2 BETWEEN 0 AND 2147483647
			AND b.x3 - c.x3 BETWEEN 0 AND 2147483647
		FROM besace_import_changes c
		JOIN users u ON u.guild_id = c.guild_id AND u.user_id = c.user_id
		CROSS JOIN LATERAL (SELECT
			coalesce(sum(quantity) FILTER (WHERE item_type = 'jackpot'), 0) AS jackpots,
			coalesce(sum(quantity) FILTER (WHERE item_type = 'multiplier_x2'), 0) AS x2,
			coalesce(sum(quantity) FILTER (WHERE item_type = 'multiplier_x3'), 0) AS x3
			FROM user_inventory i
			WHERE i.guild_id = c.guild_id AND i.user_id = c.user_id) b
		WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = p_user), true);
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
	v_users VARCHAR[];
	v_nets BIGINT[];
BEGIN
	SELECT max(id) INTO v_ledger FROM (SELECT id FROM transactions WHERE guild_id = p_guild
		AND import_id = p_import AND id > p_ledger ORDER BY id LIMIT p_max) t;
	SELECT max(id) INTO v_matches FROM (SELECT id FROM game_history WHERE guild_id = p_guild
		AND import_id = p_import AND id > p_matches ORDER BY id LIMIT p_max) t;
	IF v_ledger IS NULL AND v_matches IS NULL THEN
		RETURN NULL;
	END IF;
	DELETE FROM game_history WHERE guild_id = p_guild AND import_id = p_import
		AND id > p_matches AND id <= v_matches
		AND besace_import_is_held(p_guild, p_import, player_id);
	WITH gone AS (
		DELETE FROM transactions WHERE guild_id = p_guild AND import_id = p_import
			AND id > p_ledger AND id <= v_ledger
			AND besace_import_is_held(p_guild, p_import, from_user_id)
			AND besace_import_is_held(p_guild, p_import, to_user_id)
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
	v_held VARCHAR[];
	v_refused JSONB;
	v_members INTEGER;
BEGIN
	PERFORM set_config('besace.mass', 'on', true);
	PERFORM besace_many_members(true);
	SELECT array_agg(user_id ORDER BY user_id) INTO v_users FROM (
		SELECT user_id FROM besace_import_changes
		WHERE guild_id = p_guild AND import_id = p_import AND user_id > p_after
		ORDER BY user_id LIMIT p_max) c;
	IF v_users IS NULL THEN
		RETURN NULL;
	END IF;
	PERFORM FROM users WHERE guild_id = p_guild AND user_id = ANY (v_users)
		ORDER BY user_id FOR UPDATE;
	SELECT array_agg(user_id) INTO v_held FROM unnest(v_users) AS user_id
		WHERE besace_import_is_held(p_guild, p_import, user_id);
	v_members := coalesce(cardinality(v_held), 0);
	v_refused := CASE WHEN v_members = cardinality(v_users) THEN '[]'
		ELSE besace_import_missing(p_guild, p_import, ARRAY(
			SELECT unnest(v_users) EXCEPT SELECT unnest(v_held))) END;
	v_held := besace_import_forget(p_guild, p_import, v_held);

	UPDATE users u SET balance = u.balance - c.balance, xp = u.xp - c.xp,
		message_count = greatest(u.message_count::bigint - c.messages, 0),
		voice_time = greatest(u.voice_time::bigint - c.voice_s, 0),
		invites = u.invites - c.invites,
		-- Whoever has crossed levels since was paid for those.
		level_rewarded = CASE WHEN u.level_rewarded = c.level_rewarded_now
			THEN c.level_rewarded ELSE u.level_rewarded END,
		updated_at = now() AT TIME ZONE 'utc'
	FROM besace_import_changes c
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (v_held)
		AND u.guild_id = p_guild AND u.user_id = c.user_id;
	INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type,
		description)
	SELECT p_guild, CASE WHEN balance > 0 THEN user_id END,
		CASE WHEN balance < 0 THEN user_id END, abs(balance), 'opening',
		format('undo of import %s', p_import)
	FROM besace_import_changes WHERE guild_id = p_guild AND import_id = p_import
		AND user_id = ANY (v_held) AND balance <> 0;
	INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
	SELECT p_guild, c.user_id, i.item_type, -i.more FROM besace_import_changes c
		CROSS JOIN LATERAL (VALUES ('jackpot', c.jackpots), ('multiplier_x2', c.x2),
			('multiplier_x3', c.x3)) AS i (item_type, more)
		WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (v_held)
			AND i.more < 0
	ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
		quantity = bag.quantity + excluded.quantity, updated_at = now() AT TIME ZONE 'utc';
	UPDATE user_inventory b SET quantity = b.quantity - i.more,
		updated_at = now() AT TIME ZONE 'utc'
	FROM besace_import_changes c CROSS JOIN LATERAL (VALUES ('jackpot', c.jackpots),
		('multiplier_x2', c.x2), ('multiplier_x3', c.x3)) AS i (item_type, more)
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (v_held)
		AND b.guild_id = p_guild AND b.user_id = c.user_id AND b.item_type = i.item_type
		AND i.more > 0;
	DELETE FROM active_multipliers a USING besace_import_changes c
		WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (v_held)
		AND a.guild_id = p_guild AND a.id = c.multiplier_id;
	DELETE FROM besace_import_changes WHERE guild_id = p_guild AND import_id = p_import
		AND user_id = ANY (v_held);
	RETURN jsonb_build_object('last', v_users[cardinality(v_users)], 'members', v_members,
		'refused', v_refused);
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

-- Removes those of P_USERS, all locked, who came with the batch and have done nothing since, and
-- returns the others: whatever refers to a member keeps them.
CREATE OR REPLACE FUNCTION besace_import_forget(p_guild VARCHAR, p_import BIGINT,
	p_users VARCHAR[]) RETURNS VARCHAR[]
LANGUAGE plpgsql AS $$
DECLARE
	v_gone VARCHAR[];
BEGIN
	SELECT array_agg(c.user_id) INTO v_gone FROM besace_import_changes c
	JOIN users u ON u.guild_id = c.guild_id AND u.user_id = c.user_id
	WHERE c.guild_id = p_guild AND c.import_id = p_import AND c.user_id = ANY (p_users)
		AND c.created AND u.balance = 25 + c.balance AND u.xp = c.xp
		AND u.message_count = c.messages AND u.voice_time = c.voice_s
		AND u.invites = c.invites AND u.joined_at IS NULL AND u.roles = '{}'
		AND NOT EXISTS (SELECT FROM transactions t WHERE t.guild_id = p_guild
			AND t.to_user_id = c.user_id AND t.id <> ALL (coalesce(c.entries, '{}')))
		AND NOT EXISTS (SELECT FROM transactions t WHERE t.guild_id = p_guild
			AND t.from_user_id = c.user_id AND t.id <> ALL (coalesce(c.entries, '{}')))
		AND NOT EXISTS (SELECT FROM active_multipliers a WHERE a.guild_id = p_guild
			AND a.user_id = c.user_id AND a.id IS DISTINCT FROM c.multiplier_id);
	IF v_gone IS NULL THEN
		RETURN p_users;
	END IF;
	DELETE FROM transactions t USING (SELECT unnest(entries) AS id FROM besace_import_changes
		WHERE guild_id = p_guild AND import_id = p_import AND user_id = ANY (v_gone)) e
		WHERE t.guild_id = p_guild AND t.id = e.id;
	DELETE FROM user_inventory WHERE guild_id = p_guild AND user_id = ANY (v_gone);
	DELETE FROM active_multipliers WHERE guild_id = p_guild AND user_id = ANY (v_gone);
	DELETE FROM users WHERE guild_id = p_guild AND user_id = ANY (v_gone);
	DELETE FROM besace_import_changes WHERE guild_id = p_guild AND import_id = p_import
		AND user_id = ANY (v_gone);
	RETURN ARRAY(SELECT unnest(p_users) EXCEPT SELECT unnest(v_gone));
EXCEPTION WHEN foreign_key_violation THEN
	RETURN p_users;
END
$$;
