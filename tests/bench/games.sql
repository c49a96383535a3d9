-- The members of spend.sql, with money and seeds to play in the casino.
\ir spend.sql
UPDATE users SET balance = 1000000;
INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)
	SELECT guild_id, user_id, md5(user_id) || md5(user_id), 'bench' FROM users;
VACUUM ANALYZE users, besace_seeds;
CHECKPOINT;
