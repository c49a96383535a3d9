-- Locks the rows of P_PEOPLE, nobody twice, in the order of their ids, and makes those that are
-- missing, with P_NAMES (NULL: not known) seen at P_SEEN. Returns, in the order of P_PEOPLE, when
-- they had their last message paid (ms; NULL: never) and their levels.
--
-- Members are made while no row is locked, or two transactions could wait for each other: one for
-- a member that the other has just made, the other for a row that the first has locked. Giving up
-- the savepoint gives up the locks.
CREATE OR REPLACE FUNCTION besace_people_lock(p_people VARCHAR[], p_names VARCHAR[], p_seen BIGINT[],
	OUT last_ms BIGINT[], OUT levels INTEGER[])
LANGUAGE plpgsql AS $$
BEGIN
	LOOP
		BEGIN
			SELECT array_agg((extract(epoch FROM last) * 1000)::bigint ORDER BY place),
				array_agg(level ORDER BY place)
			INTO last_ms, levels
			FROM (SELECT p.place, u.last_message_xp_time AS last, u.level
				FROM unnest(p_people) WITH ORDINALITY AS p (id, place)
				JOIN users u ON u.user_id = p.id
				ORDER BY u.user_id FOR NO KEY UPDATE OF u) locked;
			IF cardinality(levels) = cardinality(p_people) THEN
				RETURN;
			END IF;
			RAISE EXCEPTION USING ERRCODE = 'no_data_found';
		EXCEPTION WHEN no_data_found THEN
			NULL;
		END;
		INSERT INTO users (user_id, username, name_seen_ms)
		SELECT p.id, coalesce(p.name, p.id), p.seen
		FROM unnest(p_people, p_names, p_seen) AS p (id, name, seen)
		WHERE NOT EXISTS (SELECT FROM users u WHERE u.user_id = p.id)
		ORDER BY p.id ON CONFLICT DO NOTHING;
	END LOOP;
END
$$;
