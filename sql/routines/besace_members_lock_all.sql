-- Creates the members that are missing, nobody twice, with P_NAMES (NULL: not known) seen at P_SEEN
-- (besace_events_apply), and locks the rows of those that P_CHANGES marks, in the order of (guild_id,
-- user_id). Returns, in the order of the arguments, when each of the locked had their last message
-- paid (ms; NULL: never) and their levels; of the others NULL.
--
-- Members are created while no row is locked, or two transactions could wait for each other: one
-- for a member that the other has just created, the other for a row that the first has locked.
-- Giving up the savepoint gives up the locks.
CREATE OR REPLACE FUNCTION besace_members_lock_all(p_guilds VARCHAR[], p_users VARCHAR[],
	p_names VARCHAR[], p_seen BIGINT[], p_changes BOOLEAN[],
	OUT last_ms BIGINT[], OUT levels INTEGER[])
LANGUAGE plpgsql AS $$
DECLARE
	v_found INTEGER;
BEGIN
	IF false = ANY (p_changes) THEN
		PERFORM besace_members_create(p_guilds, p_users, p_names, p_seen);
	END IF;
	LOOP
		BEGIN
			SELECT array_agg((extract(epoch FROM l.last) * 1000)::bigint ORDER BY m.place),
				array_agg(l.level ORDER BY m.place), count(l.level)
			INTO last_ms, levels, v_found
			FROM unnest(p_guilds, p_users)
				WITH ORDINALITY AS m (guild_id, user_id, place)
			LEFT JOIN (SELECT c.place, u.last_message_xp_time AS last, u.level
				FROM unnest(p_guilds, p_users, p_changes) WITH ORDINALITY
					AS c (guild_id, user_id, changes, place)
				JOIN users u ON u.guild_id = c.guild_id AND u.user_id = c.user_id
				WHERE c.changes
				ORDER BY u.guild_id, u.user_id FOR NO KEY UPDATE OF u) l
				ON l.place = m.place;
			IF v_found = cardinality(array_positions(p_changes, true)) THEN
				RETURN;
			END IF;
			RAISE EXCEPTION USING ERRCODE = 'no_data_found';
		EXCEPTION WHEN no_data_found THEN
			NULL;
		END;
		PERFORM besace_members_create(p_guilds, p_users, p_names, p_seen);
	END LOOP;
END
$$;

-- Creates those of P_USERS in P_GUILDS who are no members yet; without a name (NULL) by their ids.
-- They begin with what their guild gives: a difference to what the ledger's formula begins with is
-- a row of its own.
CREATE OR REPLACE FUNCTION besace_members_create(p_guilds VARCHAR[], p_users VARCHAR[],
	p_names VARCHAR[], p_seen BIGINT[]) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	WITH created AS (
		INSERT INTO users (guild_id, user_id, username, name_seen_ms, balance)
		SELECT m.guild_id, m.user_id, coalesce(m.name, m.user_id),
			CASE WHEN m.name IS NULL THEN 0 ELSE abs(m.seen) END,
			coalesce(s.start_balance, 25)
		FROM unnest(p_guilds, p_users, p_names, p_seen) AS m (guild_id, user_id, name, seen)
		LEFT JOIN besace_settings s ON s.guild_id = m.guild_id
		WHERE NOT EXISTS (SELECT FROM users u
			WHERE u.guild_id = m.guild_id AND u.user_id = m.user_id)
		ORDER BY m.guild_id, m.user_id ON CONFLICT DO NOTHING
		RETURNING guild_id, user_id, balance
	)
	INSERT INTO transactions
		(guild_id, from_user_id, to_user_id, amount, transaction_type, description)
	SELECT guild_id, CASE WHEN balance < 25 THEN user_id END,
		CASE WHEN balance > 25 THEN user_id END, abs(balance - 25), 'opening', 'départ'
	FROM created WHERE balance <> 25;
END
$$;
