-- Rewards the levels that members have just crossed. P_WAS are their levels before; their rows
-- are locked and hold the XP they have now. Whatever gives XP ends here, in its own transaction.
--
-- Each level is rewarded once in a lifetime. A balance or an item that is full takes what it can
-- hold. P_CHANNEL gets one announcement a member, however many levels were crossed (NULL: none is
-- made), in the language of P_LOCALE (NULL: the default).
CREATE OR REPLACE FUNCTION besace_level_up(
	p_users VARCHAR[], p_was INTEGER[], p_channel VARCHAR, p_locale VARCHAR DEFAULT NULL)
RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	WITH crossed AS (
		SELECT u.user_id, l.level, u.level AS reached, besace_level_lc(l.level) AS lc,
			2147483647 - u.balance AS room,
			sum(besace_level_lc(l.level)::bigint)
				OVER (PARTITION BY u.user_id ORDER BY l.level) AS lc_so_far
		FROM unnest(p_users, p_was) AS c (user_id, was)
		JOIN users u ON u.user_id = c.user_id
		CROSS JOIN LATERAL generate_series(
			greatest(c.was, u.level_rewarded) + 1, u.level) AS l (level)
	), paid AS (
		SELECT user_id, level, reached,
			(least(lc_so_far, room) - least(lc_so_far - lc, room))::integer AS amount
		FROM crossed
	), money AS (
		INSERT INTO transactions (to_user_id, amount, transaction_type, description)
		SELECT user_id, amount, 'level_up', 'niveau ' || level FROM paid
		WHERE amount > 0 ORDER BY user_id, level
	), items AS (
		SELECT user_id, item, count(*) AS quantity
		FROM crossed CROSS JOIN LATERAL unnest(besace_level_items(level)) AS item
		GROUP BY user_id, item
	), bags AS (
		INSERT INTO user_inventory AS bag (user_id, item_type, quantity)
		SELECT user_id, item, quantity FROM items ORDER BY user_id, item
		ON CONFLICT (user_id, item_type) DO UPDATE SET
			quantity = least(bag.quantity::bigint + excluded.quantity, 2147483647),
			updated_at = now() AT TIME ZONE 'utc'
	), totals AS (
		SELECT user_id, min(level) AS first, max(reached) AS reached, sum(amount) AS lc
		FROM paid GROUP BY user_id
	), balances AS (
		UPDATE users u SET balance = u.balance + t.lc, level_rewarded = t.reached,
			updated_at = now() AT TIME ZONE 'utc'
		FROM totals t WHERE u.user_id = t.user_id
	), channels AS (
		INSERT INTO besace_outbox_channels (channel_id)
		SELECT p_channel WHERE p_channel IS NOT NULL
			AND EXISTS (SELECT FROM totals)
			AND NOT EXISTS (SELECT FROM besace_outbox_channels c
				WHERE c.channel_id = p_channel)
		ON CONFLICT DO NOTHING
	)
	INSERT INTO besace_outbox (channel_id, user_id, body)
	SELECT p_channel, t.user_id, jsonb_build_object('kind', 'level_up', 'locale', p_locale,
		'level', t.reached, 'lc', t.lc, 'items', coalesce((
			SELECT jsonb_object_agg(i.item, i.quantity) FROM items i
			WHERE i.user_id = t.user_id), '{}'))
	FROM totals t WHERE p_channel IS NOT NULL ORDER BY t.user_id;
END
$$;
