-- Leaderboards: a member's rank without counting the members before them.
--
-- A rank is one more than the members who have more. They are counted ahead of time, in a tree for
-- each guild and metric. A value has 31 bits: the six highest choose a child of the root, the next
-- five a child of that, and so on down to the value itself, six nodes deep. A node keeps for each of its
-- children how many members are at that child or at a later one. Members with more than a value are,
-- at one of the six nodes above it, at a later child than the value: six rows are read, whose
-- numbers follow from the value, however many members there are and however their values are spread.
--
-- Counting in these nodes directly would make every change of a balance wait for every other of
-- its guild (25 LC is the balance of all who are new) and lock nodes in any order. Instead a change
-- appends a row, and the service folds those rows into the tree every few moments. A rank is read
-- from both in one statement, so it is exact at every moment.

CREATE TABLE besace_leaderboard (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	metric VARCHAR(8) NOT NULL CONSTRAINT besace_leaderboard_metric_check
		CHECK (metric IN ('lc', 'xp', 'messages', 'voice')),
	node INTEGER NOT NULL, -- see besace_leaderboard_node
	-- How many members are at each child, from 0, or at a later one; the first is how many are at this
	-- node. Below 0 only while what makes up for it is not folded in yet.
	above INTEGER[] NOT NULL,
	CONSTRAINT besace_leaderboard_pkey PRIMARY KEY (guild_id, metric, node)
) WITH (fillfactor = 70);

-- The node of a height, from 0 right above the values to 5, the root, that is above P_VALUE, and which of
-- its children the value is at. Both are numbers of 26 bits or less, before which the height stands.
CREATE FUNCTION besace_leaderboard_node(p_value INTEGER, p_height INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (p_height << 26) | CASE WHEN p_height < 5 THEN p_value >> (5 * (p_height + 1)) ELSE 0 END
$$;

CREATE FUNCTION besace_leaderboard_child(p_value INTEGER, p_height INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT (p_value >> (5 * p_height)) & CASE WHEN p_height < 5 THEN 31 ELSE 63 END
$$;

-- What is not folded in yet. Of a member who changed, what they were ranked by and are now: NULL where
-- they were or are not ranked, or where it stayed. Of many at once, METRIC: members so many more (or,
-- negative, fewer) at each of these values. Rows live for moments, so they are vacuumed as often as
-- PostgreSQL looks.
CREATE TABLE besace_leaderboard_changes (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C",
	lc_was INTEGER,
	lc_is INTEGER,
	xp_was INTEGER,
	xp_is INTEGER,
	metric VARCHAR(8),
	at INTEGER[],
	deltas INTEGER[]
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX besace_leaderboard_changes_idx ON besace_leaderboard_changes (guild_id);

-- What the pages of the leaderboards are read from: a copy, since it is these values that members change
-- all the time. Indexed in users, each change would write a new version of a member into all indexes of
-- users; so it stays in its page and is written into none (a HOT update), which takes half of the time. Who
-- is created is copied at once; who changes waits in besace_leaderboard_changes, then in besace_ranked_due,
-- until a job copies them (besace_ranked_fold). A page by LC or XP takes those who wait from users and all
-- others from the copy, so it is exact at every moment; by messages and by time in voice, which may be
-- minutes old, the copy counts alone. Members who left are on none.
CREATE TABLE besace_ranked (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	metric VARCHAR(8) COLLATE "C" NOT NULL,
	value INTEGER NOT NULL, -- of voice: seconds
	-- No foreign key: rows come and go with their member's row, by its triggers, and each key would be
	-- looked for once more. `besacectl check` compares them.
	CONSTRAINT besace_ranked_pkey PRIMARY KEY (guild_id, user_id, metric)
) WITH (fillfactor = 85);
CREATE INDEX besace_ranked_value_idx ON besace_ranked (guild_id, metric, value DESC, user_id);

-- Members whose copy is out of date.
CREATE TABLE besace_ranked_due (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	CONSTRAINT besace_ranked_due_pkey PRIMARY KEY (guild_id, user_id)
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);

-- The same of many at once: who changed by one statement, or was created. Of the latter LC and XP are copied
-- already, messages and time in voice not yet.
CREATE TABLE besace_ranked_many (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	users VARCHAR(20)[] COLLATE "C" NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX besace_ranked_many_idx ON besace_ranked_many (guild_id);
