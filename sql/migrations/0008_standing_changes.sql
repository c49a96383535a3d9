-- Changes of the standings, a row for many: a batch of events moves hundreds of members in one
-- statement. A row for each member and move was most of what a batch wrote, and was dead a moment
-- later; until the next vacuum, folding and every look at a place went past all of these rows.

-- Members so many more (or, negative, fewer) at each of these values.
ALTER TABLE besace_standing_changes RENAME TO besace_standing_moves;
CREATE TABLE besace_standing_changes (
	kind VARCHAR(2) NOT NULL,
	at INTEGER[] NOT NULL,
	deltas INTEGER[] NOT NULL
) WITH (autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0,
	autovacuum_vacuum_insert_threshold = -1, autovacuum_vacuum_cost_delay = 0);

DROP TRIGGER besace_users_move ON users;
DROP FUNCTION besace_standings_move();

-- Each of the three appends what its statement has changed. So many values go into a row that it
-- stays below the 2 kB from which PostgreSQL would store it elsewhere.
CREATE FUNCTION besace_standings_move() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_standing_changes
	SELECT kind, array_agg(value), array_agg(delta) FROM (
		SELECT kind, value, sum(delta)::integer AS delta, row_number() OVER () / 200 AS part
		FROM (
			SELECT 'lc' AS kind, balance AS value, 1 AS delta FROM now
			UNION ALL SELECT 'lc', balance, -1 FROM was
			UNION ALL SELECT 'xp', xp, 1 FROM now
			UNION ALL SELECT 'xp', xp, -1 FROM was) moves
		WHERE value IS NOT NULL GROUP BY kind, value HAVING sum(delta) <> 0) changes
	GROUP BY kind, part;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_move AFTER UPDATE ON users REFERENCING OLD TABLE AS was NEW TABLE AS now
	FOR EACH STATEMENT EXECUTE FUNCTION besace_standings_move();

CREATE OR REPLACE FUNCTION besace_standings_come() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_standing_changes
	SELECT kind, array_agg(value), array_agg(delta) FROM (
		SELECT kind, value, count(*)::integer AS delta, row_number() OVER () / 200 AS part
		FROM (SELECT 'lc' AS kind, balance AS value FROM come
			UNION ALL SELECT 'xp', xp FROM come) members
		WHERE value IS NOT NULL GROUP BY kind, value) changes
	GROUP BY kind, part;
	RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION besace_standings_go() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_standing_changes
	SELECT kind, array_agg(value), array_agg(delta) FROM (
		SELECT kind, value, -count(*)::integer AS delta, row_number() OVER () / 200 AS part
		FROM (SELECT 'lc' AS kind, balance AS value FROM gone
			UNION ALL SELECT 'xp', xp FROM gone) members
		WHERE value IS NOT NULL GROUP BY kind, value) changes
	GROUP BY kind, part;
	RETURN NULL;
END
$$;

INSERT INTO besace_standing_changes
SELECT kind, array_agg(value), array_agg(delta) FROM (
	SELECT kind, value, sum(delta)::integer AS delta, row_number() OVER () / 200 AS part FROM (
		SELECT kind, now AS value, members AS delta FROM besace_standing_moves
		UNION ALL SELECT kind, was, -members FROM besace_standing_moves) moves
	WHERE value IS NOT NULL GROUP BY kind, value HAVING sum(delta) <> 0) changes
GROUP BY kind, part;
DROP TABLE besace_standing_moves;
