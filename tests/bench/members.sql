-- Fills an empty database with :members members, numbered as in sign_requests.c. Everybody has
-- jackpots enough for the load, half of them a multiplier, a tenth an active one.
INSERT INTO users (guild_id, user_id, username)
	SELECT '1151965647289979180', 300000000000000000 + i, 300000000000000000 + i
	FROM generate_series(0, :members - 1) AS i;
INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)
	SELECT '1151965647289979180', 300000000000000000 + i, 'jackpot', 1000000
	FROM generate_series(0, :members - 1) AS i;
INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)
	SELECT '1151965647289979180', 300000000000000000 + i, 'multiplier_x2', 1 + i % 3
	FROM generate_series(0, :members - 1, 2) AS i;
INSERT INTO active_multipliers (guild_id, user_id, multiplier_type, multiplier_value)
	SELECT '1151965647289979180', 300000000000000000 + i, 'multiplier_x3', 3
	FROM generate_series(0, :members - 1, 10) AS i;
VACUUM ANALYZE users, user_inventory, active_multipliers;
CHECKPOINT;
