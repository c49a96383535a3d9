-- What `besacectl check` proves. Each query but the last returns a guild (NULL: the fault is nobody's),
-- a member and a sentence for each fault.

-- Every LC explained: 25 at the start, plus what came in, minus what went out, is the balance.
-- name: audit_ledger
SELECT u.guild_id, u.user_id, format('balance is %s, the ledger explains %s', u.balance,
	25 + coalesce(l.net, 0))
FROM users u LEFT JOIN (
	SELECT guild_id, user_id, sum(net) AS net FROM (
		SELECT guild_id, to_user_id AS user_id, amount::bigint AS net FROM transactions
		WHERE to_user_id IS NOT NULL
		UNION ALL
		SELECT guild_id, from_user_id, -amount::bigint FROM transactions
		WHERE from_user_id IS NOT NULL) rows
	GROUP BY guild_id, user_id) l USING (guild_id, user_id)
WHERE u.balance IS DISTINCT FROM 25 + coalesce(l.net, 0);

-- name: audit_members
SELECT guild_id, user_id, CASE
	WHEN balance IS NULL OR balance < 0 THEN format('balance is %s', coalesce(balance::text, 'empty'))
	WHEN xp IS NULL OR xp < 0 THEN format('xp is %s', coalesce(xp::text, 'empty'))
	ELSE format('level is %s, %s XP make %s', coalesce(level::text, 'empty'), xp, besace_level(xp))
	END
FROM users
WHERE balance IS NULL OR balance < 0 OR xp IS NULL OR xp < 0
	OR level IS DISTINCT FROM besace_level(xp);

-- name: audit_bags
SELECT guild_id, user_id,
	format('holds %s of %s', coalesce(quantity::text, 'an unknown number'), item_type)
FROM user_inventory WHERE quantity IS NULL OR quantity < 0
UNION ALL
SELECT guild_id, user_id, format('has %s active multipliers', count(*))
FROM active_multipliers WHERE games_remaining > 0 GROUP BY guild_id, user_id HAVING count(*) > 1;

-- Rows of members that do not exist: possible only where a constraint was dropped.
-- name: audit_orphans
SELECT guild_id, user_id, fault FROM besace_audit_orphans();

-- Acts of administrators: what is written down is what was done, and what was undone is undone by
-- the opposite.
-- name: audit_acts
SELECT a.guild_id, a.target_id, format('act %s of %s %s is not what transaction %s says', a.id,
	a.amount, a.what, a.transaction_id)
FROM besace_audit a
LEFT JOIN transactions t ON t.guild_id = a.guild_id AND t.id = a.transaction_id
WHERE a.transaction_id IS NOT NULL AND (t.id IS NULL
	OR t.transaction_type <> 'admin_adjust' OR t.amount <> abs(a.amount::bigint)
	OR CASE WHEN a.amount > 0 THEN t.to_user_id ELSE t.from_user_id END
		IS DISTINCT FROM a.target_id)
UNION ALL
SELECT a.guild_id, a.target_id, format('act %s is undone by %s, which is not its opposite', a.id, u.id)
FROM besace_audit a JOIN besace_audit u ON u.guild_id = a.guild_id AND u.id = a.undone_by
WHERE u.act <> 'undo' OR u.target_id <> a.target_id OR u.what <> a.what
	OR u.amount::bigint <> -a.amount::bigint;

-- The tree that ranks are read from, with what is not folded in yet, counts every member
-- who is there.
-- name: audit_leaderboard
SELECT guild_id, 'leaderboard ' || metric, format(
	'%s members are counted at %s, height %s; there are %s', sum(counted), number, height, sum(there))
FROM (
	SELECT guild_id, metric, height, number, members AS counted, 0 AS there FROM besace_leaderboard_counts(NULL)
	UNION ALL
	SELECT guild_id, metric, height, value >> (5 * height), members, 0 FROM (
		SELECT guild_id, metric, d.value, d.delta AS members
			FROM besace_leaderboard_changes, unnest(at, deltas) AS d (value, delta)
		UNION ALL SELECT c.guild_id, m.metric, m.value, m.delta FROM besace_leaderboard_changes c,
			LATERAL (VALUES ('lc', c.lc_was, -1), ('lc', c.lc_is, 1), ('xp', c.xp_was, -1),
				('xp', c.xp_is, 1)) AS m (metric, value, delta)
			WHERE m.value IS NOT NULL) c,
		generate_series(0, 5) AS height
	UNION ALL
	SELECT guild_id, metric, height, value >> (5 * height), 0, count(*) FROM (
		SELECT guild_id, 'lc' AS metric, balance AS value FROM users WHERE left_at IS NULL
		UNION ALL SELECT guild_id, 'xp', xp FROM users WHERE left_at IS NULL
		UNION ALL SELECT guild_id, metric, value FROM besace_ranked
			WHERE metric IN ('messages', 'voice')) u,
		generate_series(0, 5) AS height
	WHERE value IS NOT NULL GROUP BY 1, 2, 3, 4) counts
GROUP BY guild_id, metric, height, number HAVING sum(counted) <> sum(there)
ORDER BY guild_id, metric, height DESC, number LIMIT 100;

-- What members are ranked by is theirs, and who left is not ranked, unless they wait to be copied.
-- name: audit_ranked
SELECT f.guild_id, f.user_id, format('is ranked by %s in the leaderboard %s, has %s',
	coalesce(f.ranked::text, 'nothing'), f.metric, coalesce(f.has::text, 'nothing'))
FROM besace_ranked_faults(NULL) f
WHERE NOT EXISTS (SELECT FROM (SELECT guild_id, unnest(users) AS user_id FROM besace_ranked_many
		UNION ALL SELECT guild_id, user_id FROM besace_leaderboard_changes
		UNION ALL SELECT guild_id, user_id FROM besace_ranked_due OFFSET 0) c
	WHERE c.guild_id = f.guild_id AND c.user_id = f.user_id);

-- Stakes: of open matches, each has its bet in the ledger; of ended ones, each has a row of history,
-- or was given back whole; what the history says was paid is what came in. Of a match whose bet is
-- gone the ledger is summarised: bets are older than what was paid for them.
-- name: audit_stakes
SELECT s.guild_id, s.user_id, format('stakes %s in the open match %s, the ledger has no such bet',
	s.stake, s.match_id)
FROM besace_escrow s LEFT JOIN transactions b ON b.guild_id = s.guild_id
	AND b.from_user_id = s.user_id AND b.match_id = s.match_id AND b.transaction_type = 'bet'
	AND b.amount = s.stake
WHERE b.id IS NULL
UNION ALL
SELECT s.guild_id, s.user_id, format('was paid for match %s, which is still open', s.match_id)
FROM besace_escrow s JOIN transactions i ON i.guild_id = s.guild_id
	AND i.to_user_id = s.user_id AND i.match_id = s.match_id
UNION ALL
SELECT b.guild_id, b.from_user_id, format('staked %s in match %s, which has ended without a trace',
	b.amount, b.match_id)
FROM transactions b
LEFT JOIN besace_escrow s ON s.guild_id = b.guild_id AND s.user_id = b.from_user_id
	AND s.match_id = b.match_id
LEFT JOIN game_history h ON h.guild_id = b.guild_id AND h.player_id = b.from_user_id
	AND h.match_id = b.match_id
LEFT JOIN transactions i ON i.guild_id = b.guild_id AND i.to_user_id = b.from_user_id
	AND i.match_id = b.match_id AND i.amount = b.amount
WHERE b.transaction_type = 'bet' AND b.match_id IS NOT NULL
	AND s.user_id IS NULL AND h.id IS NULL AND i.id IS NULL
UNION ALL
SELECT h.guild_id, h.player_id, format('was paid %s for match %s, its history says %s',
	coalesce(i.amount, 0), h.match_id, h.winnings)
FROM game_history h LEFT JOIN transactions i ON i.guild_id = h.guild_id
	AND i.to_user_id = h.player_id AND i.match_id = h.match_id
WHERE h.match_id IS NOT NULL AND h.winnings <> coalesce(i.amount, 0)
	AND (i.id IS NOT NULL OR EXISTS (SELECT FROM transactions b WHERE b.guild_id = h.guild_id
		AND b.from_user_id = h.player_id AND b.match_id = h.match_id));

-- Constraints, unique indexes and triggers that the migrations made.
-- name: audit_catalogue
SELECT NULL::varchar AS guild_id, relation, fault FROM besace_audit_catalogue();

-- Keeps what a look at all guilds has found.
-- name: check_keep
INSERT INTO besace_last_check (checked_at, faults)
VALUES (now() AT TIME ZONE 'utc', $faults::bigint)
ON CONFLICT (is_only) DO UPDATE SET checked_at = excluded.checked_at, faults = excluded.faults;

-- What was looked at, when nothing is wrong: in a guild or, NULL, in all.
-- name: audit_counts
SELECT (SELECT count(*) FROM users WHERE $guild_id::varchar IS NULL OR guild_id = $guild_id),
	(SELECT count(*) FROM transactions WHERE $guild_id::varchar IS NULL OR guild_id = $guild_id);

-- For besacectl check --repair: each returns a guild, a subject and what was derived anew.
-- name: repair_levels
SELECT * FROM besace_repair_levels($guild_id::varchar);

-- name: repair_leaderboard
SELECT * FROM besace_repair_leaderboard($guild_id::varchar);

-- name: repair_escrow
SELECT * FROM besace_repair_escrow($guild_id::varchar);
