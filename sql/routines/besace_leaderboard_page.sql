-- Ten members of a leaderboard ('lc', 'xp', 'messages' or 'voice') and the rank of the member P_USER,
-- who asks. P_SIDE is where the page is: 'top', 'own' (around the asker), 'down' or 'up' (after or
-- before the member P_START, who has P_VALUE) or 'at' (behind the first P_VALUE members; the last page
-- when there are fewer). Members with equal values stand in the order of their ids. The work does not
-- grow with the members nor with how far down the page is, but for the equals that 'at' counts off.
--
-- {"rows": [{"id", "name", "value", "rank"}], "around", "above", "below", "value", "rank",
-- "members", "address", "position"}: the asker with both neighbours when they are not among the rows, whether
-- there are pages above and below, the asker's own value and rank, and where the guild's web page is
-- (P_TOKEN: as besace_page_address has it). "position" is how many stand before the page of 'at'.
CREATE OR REPLACE FUNCTION besace_leaderboard_page(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_metric VARCHAR, p_side VARCHAR, p_value INTEGER,
	p_start VARCHAR, p_token VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_up BOOLEAN := p_side = 'up';
	v_value INTEGER := CASE WHEN p_side IN ('up', 'down') THEN p_value END;
	v_start VARCHAR := p_start;
	v_rows JSONB;
	v_around JSONB := '[]';
	v_count INTEGER;
	v_own INTEGER;
	v_position BIGINT := 0;
BEGIN
	IF NOT besace_member_is_current(p_guild, p_user, p_username, p_seen_ms) THEN
		PERFORM besace_member_see(p_guild, p_user, p_username, p_seen_ms);
	END IF;
	v_own := besace_leaderboard_value(p_guild, p_metric, p_user);
	IF p_side = 'own' THEN
		-- The page begins behind the fifth member before the asker; at the top if there is none.
		v_rows := besace_leaderboard_rows(p_guild, p_metric, true, v_own, p_user, 5);
		IF jsonb_array_length(v_rows) = 5 THEN
			v_value := (v_rows #>> '{0,value}')::integer;
			v_start := v_rows #>> '{0,id}';
		END IF;
	END IF;
	IF p_side = 'at' THEN
		-- Whole pages lie before it, and at least one member on it.
		v_position := greatest(least(p_value,
			(besace_leaderboard_count(p_guild, p_metric) - 1) / 10 * 10), 0);
		SELECT id, value INTO v_start, v_value
			FROM besace_leaderboard_place(p_guild, p_metric, v_position);
		IF v_value IS NULL THEN
			v_position := 0; -- the top
		END IF;
	END IF;
	-- One row more than is shown tells whether there is another page.
	v_rows := besace_leaderboard_rows(p_guild, p_metric, v_up, v_value, v_start, 11);
	v_count := jsonb_array_length(v_rows);
	IF v_count = 11 THEN
		v_rows := v_rows - CASE WHEN v_up THEN 0 ELSE 10 END;
	END IF;
	IF NOT v_rows @> jsonb_build_array(jsonb_build_object('id', p_user)) THEN
		v_around := besace_leaderboard_rows(p_guild, p_metric, true, v_own, p_user, 1)
			|| jsonb_build_object('id', p_user, 'value', v_own, 'name', (SELECT username
				FROM users WHERE guild_id = p_guild AND user_id = p_user))
			|| besace_leaderboard_rows(p_guild, p_metric, false, v_own, p_user, 1);
	END IF;
	RETURN jsonb_build_object('rows', besace_leaderboard_ranks(p_guild, p_metric, v_rows),
		'around', besace_leaderboard_ranks(p_guild, p_metric, v_around),
		'above', v_value IS NOT NULL AND (NOT v_up OR v_count = 11),
		'below', v_count = 11 OR v_up,
		'value', v_own, 'rank', besace_rank(p_guild, p_metric, v_own),
		'members', besace_members_count(p_guild),
		'address', besace_page_address(p_guild, p_token), 'position', v_position);
END
$$;

-- The member at a place, from 1 and without ties; NULLs when there is none. Their value is the least
-- whose rank is not below the place, which is found by halves; among those who share it, the members
-- before are passed by in the index.
CREATE OR REPLACE FUNCTION besace_leaderboard_place(p_guild VARCHAR, p_metric VARCHAR,
	p_place BIGINT, OUT id VARCHAR, OUT value INTEGER)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_max INTEGER;
	v_half INTEGER;
	v_value INTEGER := 0;
	v_passed BIGINT; -- of those who share it
BEGIN
	v_max := besace_leaderboard_rows(p_guild, p_metric, false, NULL, NULL, 1) #>> '{0,value}';
	IF p_place < 1 OR v_max IS NULL THEN
		RETURN;
	END IF;
	WHILE v_value < v_max LOOP
		v_half := v_value + (v_max - v_value) / 2;
		IF besace_rank(p_guild, p_metric, v_half) <= p_place THEN
			v_max := v_half;
		ELSE
			v_value := v_half + 1;
		END IF;
	END LOOP;
	v_passed := greatest(p_place - besace_rank(p_guild, p_metric, v_value), 0);
	SELECT e.user_id INTO id FROM (
		(SELECT r.user_id FROM besace_ranked r
			WHERE r.guild_id = p_guild AND r.metric = p_metric AND r.value = v_value
				AND r.user_id NOT IN (SELECT p.user_id FROM besace_leaderboard_pending(p_guild, p_metric) p)
			ORDER BY r.user_id LIMIT v_passed + 1)
		UNION ALL SELECT p.user_id FROM besace_leaderboard_pending(p_guild, p_metric) p
			WHERE p.value = v_value) e
	ORDER BY e.user_id OFFSET v_passed LIMIT 1;
	IF id IS NOT NULL THEN
		value := v_value;
	END IF;
END
$$;

-- What a member is ranked by; 0 for one who is not ranked yet.
CREATE OR REPLACE FUNCTION besace_leaderboard_value(
	p_guild VARCHAR, p_metric VARCHAR, p_user VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF p_metric IN ('lc', 'xp') THEN
		RETURN (SELECT CASE p_metric WHEN 'lc' THEN balance ELSE xp END
			FROM users WHERE guild_id = p_guild AND user_id = p_user);
	END IF;
	RETURN coalesce((SELECT value FROM besace_ranked
		WHERE guild_id = p_guild AND user_id = p_user AND metric = p_metric), 0);
END
$$;

-- The members who changed since the copy was made, and what they have now; VALUE is NULL for those who are
-- not ranked any more. None by messages and by time in voice, where the copy counts alone.
CREATE OR REPLACE FUNCTION besace_leaderboard_pending(p_guild VARCHAR, p_metric VARCHAR)
RETURNS TABLE (user_id VARCHAR, value INTEGER)
LANGUAGE sql STABLE AS $$
	SELECT p.user_id, CASE WHEN u.left_at IS NULL THEN
		CASE p_metric WHEN 'lc' THEN u.balance ELSE u.xp END END::integer
	FROM (SELECT c.user_id FROM besace_leaderboard_changes c
			WHERE c.guild_id = p_guild AND c.user_id IS NOT NULL
		UNION SELECT d.user_id FROM besace_ranked_due d WHERE d.guild_id = p_guild
		UNION SELECT unnest(m.users) FROM besace_ranked_many m WHERE m.guild_id = p_guild) p
	LEFT JOIN users u ON u.guild_id = p_guild AND u.user_id = p.user_id
	WHERE p_metric IN ('lc', 'xp')
$$;

-- Up to P_COUNT rows {"id", "name", "value"} after the member P_START, who has P_VALUE (NULL: from
-- the top), or before them when P_UP; in the order of the leaderboard. Read by the index alone: a plan
-- made while a guild was small, and kept by a connection, would else read all of it.
CREATE OR REPLACE FUNCTION besace_leaderboard_rows(p_guild VARCHAR, p_metric VARCHAR,
	p_up BOOLEAN, p_value INTEGER, p_start VARCHAR, p_count INTEGER) RETURNS JSONB
LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
	v_users VARCHAR[];
	v_values INTEGER[];
	v_pending VARCHAR[];
	v_pending_values INTEGER[];
BEGIN
	SELECT coalesce(array_agg(p.user_id), '{}'), array_agg(p.value) INTO v_pending, v_pending_values
		FROM besace_leaderboard_pending(p_guild, p_metric) p;
	IF p_value IS NULL THEN
		SELECT array_agg(s.user_id), array_agg(s.value) INTO v_users, v_values FROM (
			(SELECT r.user_id, r.value FROM besace_ranked r
				WHERE r.guild_id = p_guild AND r.metric = p_metric
					AND r.user_id NOT IN (SELECT unnest(v_pending))
				ORDER BY r.value DESC, r.user_id LIMIT p_count)
			UNION ALL SELECT p.user_id, p.value FROM unnest(v_pending, v_pending_values)
				AS p (user_id, value) WHERE p.value IS NOT NULL
			ORDER BY 2 DESC, 1 LIMIT p_count) s;
	ELSIF p_up THEN
		SELECT array_agg(s.user_id), array_agg(s.value) INTO v_users, v_values FROM (
			(SELECT r.user_id, r.value FROM besace_ranked r
				WHERE r.guild_id = p_guild AND r.metric = p_metric AND r.value = p_value
					AND r.user_id < p_start AND r.user_id NOT IN (SELECT unnest(v_pending))
				ORDER BY r.user_id DESC LIMIT p_count)
			UNION ALL
			(SELECT r.user_id, r.value FROM besace_ranked r
				WHERE r.guild_id = p_guild AND r.metric = p_metric AND r.value > p_value
					AND r.user_id NOT IN (SELECT unnest(v_pending))
				ORDER BY r.value, r.user_id DESC LIMIT p_count)
			UNION ALL SELECT p.user_id, p.value FROM unnest(v_pending, v_pending_values)
				AS p (user_id, value)
				WHERE p.value > p_value OR p.value = p_value AND p.user_id < p_start
			ORDER BY 2, 1 DESC LIMIT p_count) s;
	ELSE
		SELECT array_agg(s.user_id), array_agg(s.value) INTO v_users, v_values FROM (
			(SELECT r.user_id, r.value FROM besace_ranked r
				WHERE r.guild_id = p_guild AND r.metric = p_metric AND r.value = p_value
					AND r.user_id > p_start AND r.user_id NOT IN (SELECT unnest(v_pending))
				ORDER BY r.user_id LIMIT p_count)
			UNION ALL
			(SELECT r.user_id, r.value FROM besace_ranked r
				WHERE r.guild_id = p_guild AND r.metric = p_metric AND r.value < p_value
					AND r.user_id NOT IN (SELECT unnest(v_pending))
				ORDER BY r.value DESC, r.user_id LIMIT p_count)
			UNION ALL SELECT p.user_id, p.value FROM unnest(v_pending, v_pending_values)
				AS p (user_id, value)
				WHERE p.value < p_value OR p.value = p_value AND p.user_id > p_start
			ORDER BY 2 DESC, 1 LIMIT p_count) s;
	END IF;
	RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('id', s.user_id, 'name', u.username,
			'value', s.value) ORDER BY s.value DESC, s.user_id), '[]')
		FROM unnest(v_users, v_values) AS s (user_id, value)
		JOIN users u ON u.guild_id = p_guild AND u.user_id = s.user_id);
END
$$;

-- Rows that follow each other, with their ranks. They may start amid equals, so the first value and
-- the next one are looked up; from there on, ranks follow from the order.
CREATE OR REPLACE FUNCTION besace_leaderboard_ranks(
	p_guild VARCHAR, p_metric VARCHAR, p_rows JSONB) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF p_rows = '[]' THEN
		RETURN p_rows;
	END IF;
	RETURN (WITH page AS (
		SELECT r.value AS line, r.ordinality AS number, (r.value->>'value')::integer AS value,
			rank() OVER (ORDER BY (r.value->>'value')::integer DESC) AS turn
		FROM jsonb_array_elements(p_rows) WITH ORDINALITY r
	), known AS (
		SELECT turn, besace_rank(p_guild, p_metric, value) AS rank FROM (
			SELECT DISTINCT turn, value FROM page ORDER BY turn LIMIT 2) firsts
	)
	SELECT jsonb_agg(line || jsonb_build_object('rank', k.rank + p.turn - k.turn)
		ORDER BY p.number)
	FROM page p CROSS JOIN LATERAL (
		SELECT * FROM known k WHERE k.turn <= p.turn ORDER BY k.turn DESC LIMIT 1) k);
END
$$;
