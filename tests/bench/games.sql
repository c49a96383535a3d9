-- The members of members.sql, with money and seeds to play in the casino.
\ir members.sql
UPDATE users SET balance = 1000000;
INSERT INTO besace_seeds (user_id, server_seed, member_seed)
	SELECT user_id, md5(user_id) || md5(user_id), 'bench' FROM users;
VACUUM ANALYZE users, besace_seeds;
CHECKPOINT;
