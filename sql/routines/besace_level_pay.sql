-- Pays member P_USER, whose row the caller has locked, the rewards of the levels P_FIRST to P_LAST:
-- rows in the ledger and items in the bag. The LC are for the caller to add to the balance, of which
-- P_ROOM is left; a balance or an item that is full takes what it can hold. The guild's settings say
-- which part of the LC is paid, and whether items are.
--
-- Returns {"lc", "items": {type: quantity}, "entries": [ids of the rows in the ledger]}.
--
-- To plan this anew for each member, as PostgreSQL would, takes longer than to do it.
CREATE OR REPLACE FUNCTION besace_level_pay(p_guild VARCHAR, p_user VARCHAR, p_first INTEGER,
	p_last INTEGER, p_room INTEGER) RETURNS JSONB
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan AS $$
DECLARE
	v_paid JSONB;
	v_percent INTEGER;
	v_with_items BOOLEAN;
BEGIN
	SELECT level_reward_percent, level_reward_items INTO v_percent, v_with_items
	FROM besace_settings WHERE guild_id = p_guild;
	WITH levels AS (
		SELECT l.level, besace_level_lc(l.level)::bigint * coalesce(v_percent, 100) / 100 AS lc
		FROM generate_series(p_first, p_last) AS l (level)
	), crossed AS (
		SELECT level, lc, sum(lc) OVER (ORDER BY level) AS lc_so_far FROM levels
	), paid AS (
		SELECT level, (least(lc_so_far, p_room) - least(lc_so_far - lc, p_room))::integer AS lc
		FROM crossed
	), money AS (
		INSERT INTO transactions
			(guild_id, to_user_id, amount, transaction_type, description)
		SELECT p_guild, p_user, lc, 'level_up', 'niveau ' || level FROM paid
		WHERE lc > 0 ORDER BY level RETURNING id
	), items AS (
		SELECT item, count(*) AS quantity
		FROM crossed CROSS JOIN LATERAL unnest(besace_level_items(level)) AS item
		WHERE v_with_items IS NOT FALSE
		GROUP BY item
	), bags AS (
		INSERT INTO user_inventory AS bag (guild_id, user_id, item_type, quantity)
		SELECT p_guild, p_user, item, quantity FROM items ORDER BY item
		ON CONFLICT (guild_id, user_id, item_type) DO UPDATE SET
			quantity = least(bag.quantity::bigint + excluded.quantity, 2147483647),
			updated_at = now() AT TIME ZONE 'utc'
	)
	SELECT jsonb_build_object('lc', coalesce((SELECT sum(lc) FROM paid), 0)::integer,
		'items', coalesce((SELECT jsonb_object_agg(item, quantity) FROM items), '{}'),
		'entries', coalesce((SELECT jsonb_agg(id) FROM money), '[]')) INTO v_paid;
	RETURN v_paid;
END
$$;
