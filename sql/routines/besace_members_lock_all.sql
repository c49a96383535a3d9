-- Locks the rows of members, nobody twice, in the order of (guild_id, user_id), and creates those
-- that are missing, with P_NAMES (NULL: not known) seen at P_SEEN. Returns, in the order of the
-- arguments, when each had their last message paid (ms; NULL: never) and their levels.
--
-- Members are created while no row is locked, or two transactions could wait for each other: one
-- for a member that the other has just created, the other for a row that the first has locked.
-- Giving up the savepoint gives up the locks.
CREATE OR REPLACE FUNCTION besace_members_lock_all(p_guilds VARCHAR[], p_users VARCHAR[],
	p_names VARCHAR[], p_seen BIGINT[], OUT last_ms BIGINT[], OUT levels INTEGER[])
LANGUAGE plpgsql AS $$
BEGIN
	LOOP
		BEGIN
			SELECT array_agg((extract(epoch FROM last) * 1000)::bigint ORDER BY place),
				array_agg(level ORDER BY place)
			INTO last_ms, levels
			FROM (SELECT m.place, u.last_message_xp_time AS last, u.level
				FROM unnest(p_guilds, p_users)
					WITH ORDINALITY AS m (guild_id, user_id, place)
				JOIN users u ON u.guild_id = m.guild_id AND u.user_id = m.user_id
				ORDER BY u.guild_id, u.user_id FOR NO KEY UPDATE OF u) locked;
			IF cardinality(levels) = cardinality(p_users) THEN
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
		SELECT m.guild_id, m.user_id, coalesce(m.name, m.user_id), m.seen,
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
