-- Rewards the levels above P_WAS up to P_LEVEL that member P_USER has just crossed, without touching
-- their row in users: the caller has locked it, and adds the LC to the balance and raises
-- level_rewarded in its own UPDATE. Whatever gives XP ends here, in its own transaction.
--
-- The guild's settings say which part of the LC is paid, and whether items are. Each level is
-- rewarded once in a lifetime: those up to P_REWARDED were. A balance, of which
-- P_ROOM is left, or an item that is full takes what it can hold. One announcement is queued,
-- however many levels were crossed.
--
-- P_PLACE is where it happened, for a guild that announces there; NULL: where the row says that the
-- member earned last.
--
-- Returns {user, old, level, lc, items: {type: quantity}}; NULL when no level was crossed.
CREATE OR REPLACE FUNCTION besace_level_reward(p_guild VARCHAR, p_user VARCHAR, p_was INTEGER,
	p_rewarded INTEGER, p_level INTEGER, p_room INTEGER, p_place VARCHAR DEFAULT NULL)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_lc INTEGER;
	v_items JSONB;
	v_fact JSONB;
	v_percent INTEGER;
	v_with_items BOOLEAN;
BEGIN
	IF p_level <= p_was THEN
		RETURN NULL;
	END IF;
	SELECT level_reward_percent, level_reward_items INTO v_percent, v_with_items
	FROM besace_settings WHERE guild_id = p_guild;
	WITH levels AS (
		SELECT l.level, besace_level_lc(l.level)::bigint * coalesce(v_percent, 100) / 100 AS lc
		FROM generate_series(greatest(p_was, p_rewarded) + 1, p_level) AS l (level)
	), crossed AS (
		SELECT level, lc, sum(lc) OVER (ORDER BY level) AS lc_so_far FROM levels
	), paid AS (
		SELECT level, (least(lc_so_far, p_room) - least(lc_so_far - lc, p_room))::integer AS lc
		FROM crossed
	), money AS (
		INSERT INTO transactions
			(guild_id, to_user_id, amount, transaction_type, description)
		SELECT p_guild, p_user, lc, 'level_up', 'niveau ' || level FROM paid
		WHERE lc > 0 ORDER BY level
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
	SELECT coalesce((SELECT sum(lc) FROM paid), 0)::integer,
		coalesce((SELECT jsonb_object_agg(item, quantity) FROM items), '{}')
	INTO v_lc, v_items;
	v_fact := jsonb_build_object('user', p_user, 'old', p_was, 'level', p_level,
		'lc', v_lc, 'items', v_items);
	-- A level that was rewarded before is regained in silence.
	IF p_level > p_rewarded THEN
		PERFORM besace_level_announce(p_guild, p_user, v_fact, p_place);
	END IF;
	RETURN v_fact;
END
$$;
