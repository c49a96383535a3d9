-- Opens :matches games of pfc between the members of spend.sql, two by two, that were accepted and that
-- nobody has chosen in yet. What was left of earlier ones goes.
\set guild '1151965647289979180'
TRUNCATE besace_matches, besace_receipts, transactions, game_history CASCADE;
DROP SEQUENCE IF EXISTS bench_match;
CREATE SEQUENCE bench_match MINVALUE 0;
GRANT USAGE ON SEQUENCE bench_match TO PUBLIC;
UPDATE users SET balance = 1000000 WHERE balance < 100000;
INSERT INTO besace_matches (guild_id, match_id, game_type, owner_id, opponent_id, accepted, stake,
	state, facts, expiry, expires_at, channel_id, language, application_id, token, token_until)
SELECT :'guild', 500000000000000000 + i, 'pfc', 300000000000000000 + 2 * i,
	300000000000000000 + 2 * i + 1, true, 10, '1:--',
	jsonb_build_object('names', jsonb_build_object(300000000000000000 + 2 * i, 'Lou',
		300000000000000000 + 2 * i + 1, 'Max')), '[]', now() AT TIME ZONE 'utc' + interval '1 hour',
	'1151965855034839396', 'fr', '1478077197040164173', repeat('a', 211), now() AT TIME ZONE 'utc'
FROM generate_series(0, :matches - 1) AS i;
INSERT INTO besace_escrow (guild_id, user_id, game_type, match_id, seat, stake)
SELECT guild_id, owner_id, 'pfc', match_id, 0, 10 FROM besace_matches
UNION ALL SELECT guild_id, opponent_id, 'pfc', match_id, 1, 10 FROM besace_matches;
VACUUM ANALYZE users, besace_matches, besace_escrow;
CHECKPOINT;
