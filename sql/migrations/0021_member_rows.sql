-- What follows from a change of a row of users, whoever writes it: its level, the leaderboards, wishes
-- for roles.
--
-- Triggers of the row without a condition: PostgreSQL reads and plans the text of each check and
-- condition anew for every statement, which takes longer than to find it true. There is one before the
-- row: to call a second took as long as half of what the first does. Nearly every statement changes one
-- member. A routine that changes many says so (besace_many_members), and the leaderboards are then told
-- by the statement, in few rows.

-- The statements of this transaction change many members from now on, or one each.
CREATE FUNCTION besace_many_members(p_many BOOLEAN) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('besace.many_members', CASE WHEN p_many THEN 'on' ELSE 'off' END, true);
END
$$;

-- WAS has become MEMBER, whose level, joining or acceptance of the guild's rules differs: the wish for
-- roles, or what becomes of the one that waits.
CREATE FUNCTION besace_member_roles(was users, member users) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
	IF was.pending <> member.pending THEN
		UPDATE besace_role_jobs SET state = CASE WHEN member.pending THEN 'held' ELSE 'due' END
		WHERE guild_id = member.guild_id AND user_id = member.user_id
			AND state = CASE WHEN member.pending THEN 'due' ELSE 'held' END;
	END IF;
	IF member.level <> was.level THEN
		PERFORM besace_roles_want(member, was.level, NULL);
	ELSIF was.left_at IS NOT NULL AND member.left_at IS NULL
			OR member.joined_at > was.joined_at THEN
		IF coalesce((SELECT reward_return FROM besace_settings WHERE guild_id = member.guild_id),
			true) THEN
			PERFORM besace_roles_want(member, member.level, NULL);
		ELSE
			DELETE FROM besace_role_jobs
			WHERE guild_id = member.guild_id AND user_id = member.user_id;
		END IF;
	END IF;
END
$$;

CREATE FUNCTION besace_users_written() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
	v_level INTEGER;
	v_is_moved BOOLEAN; -- between places of the leaderboards by LC or by XP, or onto them, or off
BEGIN
	-- What members change most has one condition: balance, XP and counts of a member who is there and stays
	-- on their level, whose bounds besace_level has.
	IF (NEW.xp > OLD.xp OR NEW.xp = OLD.xp AND NEW.balance <> OLD.balance)
			AND NEW.xp >= 50::bigint * OLD.level * (OLD.level - 1)
			AND NEW.xp < 50::bigint * OLD.level * (OLD.level + 1)
			AND NEW.level = OLD.level AND NEW.pending = OLD.pending
			AND NEW.updated_at <> OLD.updated_at AND OLD.left_at IS NULL AND NEW.left_at IS NULL
			AND NEW.joined_at IS NOT DISTINCT FROM OLD.joined_at THEN
		IF current_setting('besace.many_members', true) IS DISTINCT FROM 'on' THEN
			INSERT INTO besace_leaderboard_changes (guild_id, user_id, lc_was, lc_is, xp_was, xp_is)
				VALUES (NEW.guild_id, NEW.user_id, OLD.balance, NEW.balance, OLD.xp, NEW.xp);
		END IF;
		RETURN NEW;
	END IF;
	IF NEW.xp IS DISTINCT FROM OLD.xp OR NEW.level IS DISTINCT FROM OLD.level THEN
		v_level := besace_level(NEW.xp);
		IF NEW.level IS DISTINCT FROM v_level THEN
			NEW.level := v_level;
		END IF;
		-- A level that is lost was reached once, whoever wrote it: regained, it pays nothing.
		IF NEW.xp < OLD.xp AND OLD.level > OLD.level_rewarded THEN
			NEW.level_rewarded := greatest(NEW.level_rewarded, OLD.level);
		END IF;
	END IF;
	-- By it the guild is found in which a row of a user changed last.
	IF NEW.updated_at IS NOT DISTINCT FROM OLD.updated_at THEN
		NEW.updated_at := now() AT TIME ZONE 'utc';
	END IF;
	IF NEW.level <> OLD.level OR NEW.pending <> OLD.pending OR NEW.joined_at > OLD.joined_at
			OR NEW.left_at IS NULL AND OLD.left_at IS NOT NULL THEN
		PERFORM besace_member_roles(OLD, NEW);
	END IF;
	IF current_setting('besace.many_members', true) = 'on' THEN
		RETURN NEW;
	END IF;
	v_is_moved := NEW.xp IS DISTINCT FROM OLD.xp OR NEW.balance IS DISTINCT FROM OLD.balance
		OR OLD.left_at IS NOT NULL OR NEW.left_at IS NOT NULL;
	IF v_is_moved OR NEW.message_count <> OLD.message_count OR NEW.voice_time <> OLD.voice_time THEN
		INSERT INTO besace_leaderboard_changes (guild_id, user_id, lc_was, lc_is, xp_was, xp_is)
			VALUES (NEW.guild_id, NEW.user_id,
				CASE WHEN v_is_moved AND OLD.left_at IS NULL THEN OLD.balance END,
				CASE WHEN v_is_moved AND NEW.left_at IS NULL THEN NEW.balance END,
				CASE WHEN v_is_moved AND OLD.left_at IS NULL THEN OLD.xp END,
				CASE WHEN v_is_moved AND NEW.left_at IS NULL THEN NEW.xp END);
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_users_write BEFORE UPDATE ON users
	FOR EACH ROW EXECUTE FUNCTION besace_users_written();

-- Before the first version of a row.
CREATE FUNCTION besace_users_created() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	NEW.level := besace_level(NEW.xp);
	NEW.updated_at := coalesce(NEW.updated_at, now() AT TIME ZONE 'utc');
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_users_create BEFORE INSERT ON users
	FOR EACH ROW EXECUTE FUNCTION besace_users_created();

-- The leaderboards are told of many members by the statement.
CREATE FUNCTION besace_users_updated() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF current_setting('besace.many_members', true) IS DISTINCT FROM 'on' THEN
		RETURN NULL;
	END IF;
	INSERT INTO besace_leaderboard_changes (guild_id, metric, at, deltas)
	SELECT guild_id, metric, array_agg(value), array_agg(delta) FROM (
		SELECT guild_id, metric, value, sum(delta)::integer AS delta,
			row_number() OVER (PARTITION BY guild_id, metric) / 200 AS part
		FROM (
			SELECT guild_id, 'lc' AS metric, balance AS value, 1 AS delta FROM after
				WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'lc', balance, -1 FROM before WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp, 1 FROM after WHERE left_at IS NULL
			UNION ALL SELECT guild_id, 'xp', xp, -1 FROM before WHERE left_at IS NULL) moves
		WHERE value IS NOT NULL GROUP BY guild_id, metric, value HAVING sum(delta) <> 0) changes
	GROUP BY guild_id, metric, part;
	INSERT INTO besace_ranked_many (guild_id, users)
	SELECT guild_id, array_agg(user_id) FROM (
		SELECT guild_id, user_id, row_number() OVER (PARTITION BY guild_id) / 100 AS part
		FROM after) members
	GROUP BY guild_id, part;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_update AFTER UPDATE ON users
	REFERENCING OLD TABLE AS before NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_updated();

SELECT besace_catalogue_keep();
