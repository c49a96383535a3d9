-- What besacectl import and undo import ask. Staged tables are temporary: they hold what was read, as
-- normalised rows, until the session ends.

-- name: import_stage
CREATE TEMPORARY TABLE besace_staged_members (
	line BIGINT NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	username VARCHAR(255),
	balance INTEGER,
	xp INTEGER,
	messages INTEGER,
	voice_s INTEGER,
	invites INTEGER,
	jackpots INTEGER,
	x2 INTEGER,
	x3 INTEGER,
	hidden BOOLEAN NOT NULL,
	last_message_at TIMESTAMP,
	last_gift_at TIMESTAMP,
	created_at TIMESTAMP,
	multiplier INTEGER, -- that is active: 2 or 3
	games INTEGER,
	activated_at TIMESTAMP
);
CREATE TEMPORARY TABLE besace_staged_items (
	line BIGINT NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	item_type VARCHAR(50) NOT NULL,
	quantity INTEGER NOT NULL
);
CREATE TEMPORARY TABLE besace_staged_multipliers (
	line BIGINT NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	multiplier INTEGER NOT NULL,
	games INTEGER NOT NULL,
	activated_at TIMESTAMP
);
CREATE TEMPORARY TABLE besace_staged_ledger (
	line BIGINT NOT NULL,
	from_user_id VARCHAR(20) COLLATE "C",
	to_user_id VARCHAR(20) COLLATE "C",
	amount INTEGER NOT NULL,
	transaction_type VARCHAR(50) NOT NULL,
	description TEXT,
	created_at TIMESTAMP,
	match_id VARCHAR(20) COLLATE "C"
);
CREATE TEMPORARY TABLE besace_staged_matches (
	line BIGINT NOT NULL,
	game_type VARCHAR(50) NOT NULL,
	player_id VARCHAR(20) COLLATE "C" NOT NULL,
	opponent_id VARCHAR(20) COLLATE "C",
	bet_amount INTEGER NOT NULL,
	result VARCHAR(20) NOT NULL,
	winnings INTEGER NOT NULL,
	created_at TIMESTAMP,
	match_id VARCHAR(20) COLLATE "C"
);
-- What our own export has beside these. What does not fit is found before anything is imported.
CREATE TEMPORARY TABLE besace_staged_extras (
	line BIGINT NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	level_rewarded INTEGER NOT NULL CHECK (level_rewarded >= 1),
	name_seen_ms BIGINT NOT NULL,
	announce_ping BOOLEAN NOT NULL,
	announce_none BOOLEAN NOT NULL,
	left_at TIMESTAMP,
	place_id VARCHAR(20) COLLATE "C",
	xp_day DATE,
	xp_today INTEGER NOT NULL CHECK (xp_today >= 0),
	xp_eve INTEGER NOT NULL CHECK (xp_eve >= 0),
	message_xp INTEGER,
	message_why VARCHAR(8) CHECK (message_why
		IN ('paid', 'levels', 'off', 'place', 'role', 'cooldown', 'cap', 'zero')),
	gift_from TIMESTAMP,
	loss_day_max INTEGER CHECK (loss_day_max BETWEEN 1 AND 1000000),
	loss_next_max INTEGER CHECK (loss_next_max BETWEEN 1 AND 1000000),
	loss_next_at TIMESTAMP CHECK (loss_next_at IS NOT NULL OR loss_next_max IS NULL),
	client_seed VARCHAR(32) CHECK (client_seed ~ '^[A-Za-z0-9_-]{1,32}$')
);
CREATE TEMPORARY TABLE besace_staged_acts (
	line BIGINT NOT NULL,
	n BIGINT NOT NULL,
	actor_id VARCHAR(20) COLLATE "C",
	target_id VARCHAR(20) COLLATE "C" NOT NULL,
	act VARCHAR(10) NOT NULL CHECK (act IN ('add', 'remove', 'set', 'undo')),
	what VARCHAR(50) NOT NULL
		CHECK (what IN ('lc', 'xp', 'jackpot', 'multiplier_x2', 'multiplier_x3')),
	amount INTEGER NOT NULL,
	reason VARCHAR(200) NOT NULL CHECK (reason <> ''),
	ledger_n BIGINT,
	undone_n BIGINT,
	created_at TIMESTAMP NOT NULL
);
CREATE TEMPORARY TABLE besace_staged_changes (
	line BIGINT NOT NULL,
	n BIGINT NOT NULL,
	change_n BIGINT NOT NULL,
	actor_id VARCHAR(20) COLLATE "C",
	setting VARCHAR(40) NOT NULL,
	old JSONB NOT NULL,
	new JSONB NOT NULL CHECK (old <> new),
	undone_n BIGINT,
	created_at TIMESTAMP NOT NULL
);
CREATE TEMPORARY TABLE besace_staged_server (
	line BIGINT NOT NULL,
	name VARCHAR(100),
	owner_id VARCHAR(20),
	locale VARCHAR(10),
	community BOOLEAN NOT NULL,
	language VARCHAR(10)
);
-- Since when what was read may name somebody who was erased, and which erasures were looked at.
CREATE TEMPORARY TABLE besace_staged_call (begun_at TIMESTAMP NOT NULL);
INSERT INTO besace_staged_call VALUES (clock_timestamp() AT TIME ZONE 'utc');
CREATE TEMPORARY TABLE besace_staged_forgotten (member_hash VARCHAR(64) PRIMARY KEY);
-- These tables are ours alone: what sorts them may use more memory than a member's statement.
SET work_mem = '64MB';
SET maintenance_work_mem = '64MB';
-- A slice that a crash of the server takes away is applied again: none waits for the disk but the
-- last, and with it all before.
SET synchronous_commit = off;

-- It began earlier than it was read: as the batch that it goes on with, or as its file came. $1: when.
-- name: import_begun
UPDATE besace_staged_call SET begun_at = least(begun_at, $1::timestamp);

-- Leaves out whoever was erased meanwhile; the report does not name them. $1: the guild.
-- name: import_forget
SELECT line, '', 'the member' FROM besace_import_forget($1, '') AS line;

-- How many were, whether the file names them or not.
-- name: import_forgotten
SELECT count(*) FROM besace_staged_forgotten;

-- One row a member. It fails when there are more: then import_duplicates comes first. In the order in
-- which slices read them: a file is in another, and each row would be a read of its own. Sorted once
-- into a table of its own: CLUSTER reads them by the index, each from its place, five times as long.
-- name: import_staged_key
CREATE TEMPORARY TABLE besace_staged_sorted (LIKE besace_staged_members);
INSERT INTO besace_staged_sorted SELECT * FROM besace_staged_members ORDER BY user_id;
CREATE UNIQUE INDEX besace_staged_members_key ON besace_staged_sorted (user_id);
DROP TABLE besace_staged_members;
ALTER TABLE besace_staged_sorted RENAME TO besace_staged_members;

-- The same of what stands beside them: the first line counts.
-- name: import_extras_key
DELETE FROM besace_staged_extras s USING besace_staged_extras d
WHERE s.user_id = d.user_id AND s.line > d.line;
CREATE UNIQUE INDEX besace_staged_extras_key ON besace_staged_extras (user_id);

-- Removes all rows of a member but the one that has most.
-- name: import_duplicates
DELETE FROM besace_staged_members s USING (
	SELECT ctid, row_number() OVER (PARTITION BY user_id
		ORDER BY xp DESC NULLS LAST, balance DESC NULLS LAST, line) AS rank
	FROM besace_staged_members) d
WHERE s.ctid = d.ctid AND d.rank > 1
RETURNING s.line, s.user_id, 'the row';

-- $1: the guild.
-- name: import_leavers
DELETE FROM besace_staged_members s USING users u
WHERE u.guild_id = $1 AND u.user_id = s.user_id AND u.left_at IS NOT NULL
RETURNING s.line, s.user_id, 'the member';

-- Rows that name nobody who is or will be a member. $1: the guild.
-- name: import_items_of_nobody
DELETE FROM besace_staged_items i
WHERE NOT EXISTS (SELECT FROM besace_staged_members s WHERE s.user_id = i.user_id)
RETURNING i.line, i.user_id, 'the row of user_inventory';

-- name: import_multipliers_of_nobody
DELETE FROM besace_staged_multipliers m
WHERE NOT EXISTS (SELECT FROM besace_staged_members s WHERE s.user_id = m.user_id)
RETURNING m.line, m.user_id, 'the row of active_multipliers';

-- name: import_ledger_of_nobody
DELETE FROM besace_staged_ledger t
WHERE (t.from_user_id IS NOT NULL AND NOT EXISTS (
		SELECT FROM besace_staged_members s WHERE s.user_id = t.from_user_id))
	OR (t.to_user_id IS NOT NULL AND NOT EXISTS (
		SELECT FROM besace_staged_members s WHERE s.user_id = t.to_user_id))
RETURNING t.line, coalesce(t.to_user_id, t.from_user_id), 'the row of transactions';

-- name: import_matches_of_nobody
DELETE FROM besace_staged_matches g
WHERE NOT EXISTS (SELECT FROM besace_staged_members s WHERE s.user_id = g.player_id)
RETURNING g.line, g.player_id, 'the row of game_history';

-- An opponent who is nobody is left out.
-- name: import_opponents_of_nobody
UPDATE besace_staged_matches g SET opponent_id = NULL
WHERE g.opponent_id IS NOT NULL
	AND NOT EXISTS (SELECT FROM besace_staged_members s WHERE s.user_id = g.opponent_id);

-- Of several active multipliers of a member, all but the newest go back into the bag.
-- name: import_multipliers_return
WITH back AS (
	DELETE FROM besace_staged_multipliers m USING (
		SELECT line, row_number() OVER (PARTITION BY user_id
			ORDER BY activated_at DESC NULLS LAST, line DESC) AS rank
		FROM besace_staged_multipliers) r
	WHERE m.line = r.line AND r.rank > 1
	RETURNING m.line, m.user_id, m.multiplier
), bag AS (
	INSERT INTO besace_staged_items (line, user_id, item_type, quantity)
	SELECT line, user_id, 'multiplier_x' || multiplier, 1 FROM back
)
SELECT line, user_id, 'the row of active_multipliers' FROM back;

-- Items and multipliers into the members' rows.
-- name: import_bags_gather
UPDATE besace_staged_members s SET
	jackpots = least(coalesce(i.jackpots, 0), 2147483647),
	x2 = least(coalesce(i.x2, 0), 2147483647), x3 = least(coalesce(i.x3, 0), 2147483647)
FROM (SELECT user_id,
		sum(quantity::bigint) FILTER (WHERE item_type = 'jackpot') AS jackpots,
		sum(quantity::bigint) FILTER (WHERE item_type = 'multiplier_x2') AS x2,
		sum(quantity::bigint) FILTER (WHERE item_type = 'multiplier_x3') AS x3
	FROM besace_staged_items GROUP BY user_id) i
WHERE s.user_id = i.user_id;
UPDATE besace_staged_members s SET multiplier = m.multiplier, games = m.games,
	activated_at = m.activated_at
FROM besace_staged_multipliers m WHERE m.user_id = s.user_id;
ANALYZE besace_staged_members;
ANALYZE besace_staged_ledger;
ANALYZE besace_staged_matches;

-- name: import_staged_counts
SELECT (SELECT count(*) FROM besace_staged_members),
	(SELECT count(*) FROM besace_staged_ledger),
	(SELECT count(*) FROM besace_staged_matches);

-- What would become of everybody. $1: the guild, $2: how figures are merged.
-- name: import_plan
WITH merged AS (
	SELECT u.user_id IS NULL AS is_new, coalesce(u.xp, 0) AS xp, coalesce(u.balance, 25) AS balance,
		CASE WHEN u.user_id IS NULL THEN coalesce(s.xp, 0)
			ELSE besace_import_merged($2, u.xp, s.xp) END AS new_xp,
		CASE WHEN u.user_id IS NULL THEN coalesce(s.balance, 25)
			ELSE besace_import_merged($2, u.balance, s.balance) END AS new_balance
	FROM besace_staged_members s
	LEFT JOIN users u ON u.guild_id = $1 AND u.user_id = s.user_id
)
SELECT count(*) FILTER (WHERE is_new) AS created,
	count(*) FILTER (WHERE NOT is_new AND (new_xp <> xp OR new_balance <> balance)) AS changed,
	coalesce(sum(new_xp::bigint - xp), 0) AS xp,
	coalesce(sum(new_balance::bigint - balance), 0) AS balance
FROM merged;

-- The ten largest changes. $1, $2: as above.
-- name: import_largest
SELECT user_id, username, xp, new_xp, balance, new_balance FROM (
	SELECT s.user_id, coalesce(s.username, u.username, s.user_id) AS username,
		coalesce(u.xp, 0) AS xp, coalesce(u.balance, 25) AS balance,
		CASE WHEN u.user_id IS NULL THEN coalesce(s.xp, 0)
			ELSE besace_import_merged($2, u.xp, s.xp) END AS new_xp,
		CASE WHEN u.user_id IS NULL THEN coalesce(s.balance, 25)
			ELSE besace_import_merged($2, u.balance, s.balance) END AS new_balance
	FROM besace_staged_members s
	LEFT JOIN users u ON u.guild_id = $1 AND u.user_id = s.user_id) merged
ORDER BY abs(new_xp::bigint - xp) DESC, abs(new_balance::bigint - balance) DESC, user_id
LIMIT 10;

-- One import of a guild at a time: others wait. $1: the guild.
-- name: import_lock
SELECT pg_advisory_lock(hashtextextended('besace_import ' || $1, 0));

-- name: import_try_lock
SELECT pg_try_advisory_lock(hashtextextended('besace_import ' || $1, 0));

-- The batch of a file. $1: the guild, $2: its SHA-256, $3: the options.
-- name: import_find
SELECT import_id, state, members, begun_at FROM besace_imports
WHERE guild_id = $1 AND sha256 = $2 AND options = $3 AND state <> 'undone';

-- Batches of other files that were cut short. $1, $2, $3: as above.
-- name: import_cut_short
SELECT import_id, source, state FROM besace_imports
WHERE guild_id = $1 AND state IN ('applying', 'undoing') AND NOT (sha256 = $2 AND options = $3)
ORDER BY created_at, import_id;

-- Our own export is everything of a guild where nobody is yet.
-- $1: the guild, $2: the source, $3: the SHA-256, $4: the options, $5: how many members, $6: who asked
-- for it, or nothing.
-- name: import_begin
INSERT INTO besace_imports (guild_id, source, sha256, options, members, is_whole, actor_id, act_id,
	change_id, begun_at)
SELECT $1::varchar, $2::varchar, $3, $4, $5::integer,
	$2 = 'besace' AND NOT EXISTS (SELECT FROM users WHERE guild_id = $1), nullif($6, ''), j.act,
	j.change, c.begun_at
FROM besace_journal_next($1, 1, 1) j CROSS JOIN besace_staged_call c RETURNING import_id;

-- Acts and changes of settings, last of all. $1: the guild, $2: the batch.
-- name: import_whole
SELECT besace_import_whole($1, $2::bigint);

-- name: import_undo_whole
SELECT besace_import_undo_whole($1, $2::bigint);

-- How far a batch has come. $1: the guild, $2: the batch.
-- name: import_progress
SELECT count(*), coalesce(max(user_id), '') FROM besace_import_changes
WHERE guild_id = $1 AND import_id = $2::bigint;

-- $1: the guild, $2: the batch, $3: the last member, $4: how many, $5: merge, $6: rewards.
-- name: import_slice
SELECT besace_import_slice($1, $2::bigint, $3, $4::integer, $5, $6::boolean);

-- $1: the guild, $2: the batch, $3: how many.
-- name: import_ledger
SELECT besace_import_ledger($1, $2::bigint, $3::integer);

-- name: import_matches
SELECT besace_import_matches($1, $2::bigint, $3::integer);

-- name: import_flush
SET synchronous_commit = on;

-- $1: the guild, $2: the batch.
-- name: import_end
UPDATE besace_imports SET state = 'done', ended_at = now() AT TIME ZONE 'utc'
WHERE guild_id = $1 AND import_id = $2::bigint AND state = 'applying';

-- A batch by its number. $1: the number.
-- name: import_look
SELECT guild_id, source, state, members FROM besace_imports WHERE import_id = $1::bigint;

-- $1: the guild, $2: the batch.
-- name: import_undo_begin
UPDATE besace_imports SET state = 'undoing', ended_at = NULL,
	undo_at = coalesce(undo_at, now() AT TIME ZONE 'utc'),
	undo_act_id = coalesce(undo_act_id, j.act), undo_change_id = coalesce(undo_change_id, j.change)
FROM besace_journal_next($1, 1, 1) j WHERE guild_id = $1 AND import_id = $2::bigint AND state <> 'undone';

-- name: import_undo_history
SELECT besace_import_undo_history($1, $2::bigint, $3::bigint, $4::bigint, $5::integer);

-- name: import_undo_slice
SELECT besace_import_undo_slice($1, $2::bigint, $3, $4::integer);

-- name: import_undo_end
UPDATE besace_imports i SET state = 'undone', ended_at = now() AT TIME ZONE 'utc'
WHERE guild_id = $1 AND import_id = $2::bigint AND NOT EXISTS (
	SELECT FROM besace_import_changes c
	WHERE c.guild_id = i.guild_id AND c.import_id = i.import_id);

-- What an undoing would take and refuse. $1: the guild, $2: the batch.
-- name: import_undo_plan
SELECT count(*), cardinality(besace_import_spent($1, $2::bigint, coalesce(array_agg(user_id), '{}')))
FROM besace_import_changes WHERE guild_id = $1 AND import_id = $2::bigint;

-- Folds the leaderboards.
-- name: import_fold
SELECT besace_leaderboard_fold(10000);

-- Settings of the source. $1: the guild, $2: the batch, 0 for a plan, $3: keys and values.
-- name: import_settings
SELECT besace_import_settings($1, nullif($2::bigint, 0), $3::jsonb);

-- name: import_undo_settings
SELECT besace_import_undo_settings($1, $2::bigint);
