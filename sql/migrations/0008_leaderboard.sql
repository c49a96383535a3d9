-- Leaderboards: a member's rank without counting the members before them.
--
-- A rank is one more than the members who have more. They are counted ahead of time, in a tree for
-- each guild and metric: a node of height h counts the members whose value, shifted right by 8·h
-- bits, is the node's number. Members with more than a value are below one of the greater siblings
-- of the four nodes above that value: four short scans of at most 255 rows each, however many
-- members there are and however their values are spread.
--
-- Counting in these nodes directly would make every change of a balance wait for every other of
-- its guild (25 LC is the balance of all who are new) and lock nodes in any order. Instead a change
-- appends a row, and the service folds those rows into the tree every few moments. A rank is read
-- from both in one statement, so it is exact at every moment.

CREATE TABLE besace_leaderboard (
	guild_id VARCHAR(20) NOT NULL,
	metric VARCHAR(2) NOT NULL
		CONSTRAINT besace_leaderboard_metric_check CHECK (metric IN ('lc', 'xp')),
	height SMALLINT NOT NULL
		CONSTRAINT besace_leaderboard_height_check CHECK (height BETWEEN 0 AND 3),
	node INTEGER NOT NULL,
	-- Below 0 only while what makes up for it is not folded in yet.
	members INTEGER NOT NULL,
	CONSTRAINT besace_leaderboard_pkey PRIMARY KEY (guild_id, metric, height, node)
) WITH (fillfactor = 70);
CREATE INDEX besace_leaderboard_empty_idx ON besace_leaderboard (guild_id) WHERE members = 0;

-- What is not folded in yet: members so many more (or, negative, fewer) at each of these values.
-- Rows live for moments, so they are vacuumed as often as PostgreSQL looks.
CREATE TABLE besace_leaderboard_changes (
	guild_id VARCHAR(20) NOT NULL,
	metric VARCHAR(2) NOT NULL,
	at INTEGER[] NOT NULL,
	deltas INTEGER[] NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);
CREATE INDEX besace_leaderboard_changes_idx ON besace_leaderboard_changes (guild_id, metric);

-- The pages of a leaderboard.
CREATE INDEX users_balance_idx ON users (guild_id, balance DESC, user_id);
CREATE INDEX users_xp_idx ON users (guild_id, xp DESC, user_id);

-- Each trigger appends what its statement has changed. So many values go into a row that it stays
-- below the 2 kB from which PostgreSQL would store it elsewhere.
CREATE FUNCTION besace_leaderboard_insert() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (SELECT guild_id, 'lc' AS metric, balance AS value FROM inserted
			UNION ALL SELECT guild_id, 'xp', xp FROM inserted) members
		GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_insert AFTER INSERT ON users REFERENCING NEW TABLE AS inserted
	FOR EACH STATEMENT EXECUTE FUNCTION besace_leaderboard_insert();

CREATE FUNCTION besace_leaderboard_update() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, sum(delta)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (
			SELECT guild_id, 'lc' AS metric, balance AS value, 1 AS delta FROM after
			UNION ALL SELECT guild_id, 'lc', balance, -1 FROM before
			UNION ALL SELECT guild_id, 'xp', xp, 1 FROM after
			UNION ALL SELECT guild_id, 'xp', xp, -1 FROM before) moves
		GROUP BY guild_id, metric, value HAVING sum(delta) <> 0) changes
	GROUP BY guild_id, metric, part;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_update AFTER UPDATE ON users
	REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION besace_leaderboard_update();

CREATE FUNCTION besace_leaderboard_delete() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, -count(*)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (SELECT guild_id, 'lc' AS metric, balance AS value FROM deleted
			UNION ALL SELECT guild_id, 'xp', xp FROM deleted) members
		GROUP BY guild_id, metric, value) changes
	GROUP BY guild_id, metric, part;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_delete AFTER DELETE ON users REFERENCING OLD TABLE AS deleted
	FOR EACH STATEMENT EXECUTE FUNCTION besace_leaderboard_delete();

CREATE FUNCTION besace_leaderboard_truncate() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE besace_leaderboard, besace_leaderboard_changes;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_truncate AFTER TRUNCATE ON users
	FOR EACH STATEMENT EXECUTE FUNCTION besace_leaderboard_truncate();
