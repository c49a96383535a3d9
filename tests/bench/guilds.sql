-- :members members, ten in each guild, numbered as in sign_requests.c.
SELECT :members / 10 AS guilds \gset
INSERT INTO users (guild_id, user_id, username)
	SELECT (1151965647289979180 + i % :guilds)::varchar, 300000000000000000 + i, 300000000000000000 + i
	FROM generate_series(0, :members - 1) AS i;
INSERT INTO user_inventory (guild_id, user_id, item_type, quantity)
	SELECT guild_id, user_id, 'jackpot', 1000000 FROM users;
VACUUM ANALYZE users, user_inventory;
CHECKPOINT;
