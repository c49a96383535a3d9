-- Standings: a member's place without counting the members before them.
--
-- A place is one more than the members who have more. They are counted ahead of time, in a tree
-- for each kind of standing: a node of height h counts the members whose value, shifted right by
-- 8·h bits, is the node's number. Whoever has more than a value is below one of the greater
-- siblings of the four nodes above that value: four short scans of at most 255 rows each, however
-- many members there are and however their values are spread.
--
-- Counting in these nodes directly would make every change of a balance wait for every other (25
-- LC is the balance of all who are new) and lock nodes in any order. Instead a change appends a
-- row, and the service folds those rows into the tree every few moments. A place is read from
-- both in one statement, so it is exact at every moment.

CREATE TABLE besace_standings (
	kind VARCHAR(2) NOT NULL
		CONSTRAINT besace_standings_kind_check CHECK (kind IN ('lc', 'xp')),
	height SMALLINT NOT NULL
		CONSTRAINT besace_standings_height_check CHECK (height BETWEEN 0 AND 3),
	node INTEGER NOT NULL,
	-- Below 0 only while what makes up for it is not folded in yet.
	members INTEGER NOT NULL,
	PRIMARY KEY (kind, height, node)
) WITH (fillfactor = 70);
CREATE INDEX besace_standings_empty_idx ON besace_standings (kind) WHERE members = 0;

-- What is not folded in yet: so many members went from one value to another (NULL: from or to
-- nowhere). Rows live for moments, so they are vacuumed as often as PostgreSQL looks.
CREATE TABLE besace_standing_changes (
	kind VARCHAR(2) NOT NULL,
	was INTEGER,
	now INTEGER,
	members INTEGER NOT NULL DEFAULT 1
) WITH (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);

-- The pages of a standing.
CREATE INDEX users_balance_idx ON users (balance DESC, user_id);
CREATE INDEX users_xp_idx ON users (xp DESC, user_id);

CREATE FUNCTION besace_standings_move() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.balance IS DISTINCT FROM OLD.balance THEN
		INSERT INTO besace_standing_changes VALUES ('lc', OLD.balance, NEW.balance);
	END IF;
	IF NEW.xp IS DISTINCT FROM OLD.xp THEN
		INSERT INTO besace_standing_changes VALUES ('xp', OLD.xp, NEW.xp);
	END IF;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_move AFTER UPDATE OF balance, xp ON users
	FOR EACH ROW WHEN (NEW.balance IS DISTINCT FROM OLD.balance OR NEW.xp IS DISTINCT FROM OLD.xp)
	EXECUTE FUNCTION besace_standings_move();

-- Members come and go by the statement, so that importing many appends few rows.
CREATE FUNCTION besace_standings_come() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_standing_changes (kind, now, members)
		SELECT 'lc', balance, count(*) FROM come GROUP BY balance
		UNION ALL SELECT 'xp', xp, count(*) FROM come GROUP BY xp;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_come AFTER INSERT ON users REFERENCING NEW TABLE AS come
	FOR EACH STATEMENT EXECUTE FUNCTION besace_standings_come();

CREATE FUNCTION besace_standings_go() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_standing_changes (kind, was, members)
		SELECT 'lc', balance, count(*) FROM gone GROUP BY balance
		UNION ALL SELECT 'xp', xp, count(*) FROM gone GROUP BY xp;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_go AFTER DELETE ON users REFERENCING OLD TABLE AS gone
	FOR EACH STATEMENT EXECUTE FUNCTION besace_standings_go();

CREATE FUNCTION besace_standings_empty() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	TRUNCATE besace_standings, besace_standing_changes;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_empty AFTER TRUNCATE ON users
	FOR EACH STATEMENT EXECUTE FUNCTION besace_standings_empty();

-- Those who are there already. The triggers hold the table still until this is committed.
INSERT INTO besace_standings (kind, height, node, members)
	SELECT 'lc', height, balance >> (8 * height), count(*)
	FROM users CROSS JOIN generate_series(0, 3) AS height GROUP BY 2, 3
	UNION ALL
	SELECT 'xp', height, xp >> (8 * height), count(*)
	FROM users CROSS JOIN generate_series(0, 3) AS height GROUP BY 2, 3;
