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

-- How many members are ranked.
CREATE OR REPLACE FUNCTION besace_leaderboard_count(p_guild VARCHAR, p_metric VARCHAR)
RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT sum(members) FROM besace_leaderboard
			WHERE guild_id = p_guild AND metric = p_metric AND height = 3), 0)
		+ besace_rank_later(p_guild, p_metric, -1);
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
BEGIN
	v_max := besace_leaderboard_rows(p_guild, p_metric, false, NULL, NULL, 1) #>> '{0,value}';
	IF p_place < 1 OR v_max IS NULL THEN
		RETURN;
	END IF;
	value := 0;
	WHILE value < v_max LOOP
		v_half := value + (v_max - value) / 2;
		IF besace_rank(p_guild, p_metric, v_half) <= p_place THEN
			v_max := v_half;
		ELSE
			value := v_half + 1;
		END IF;
	END LOOP;
	EXECUTE besace_leaderboard_query(p_metric, '(
			(SELECT user_id FROM %1$I WHERE guild_id = $1 AND %2$I = $2 AND user_id NOT IN (
				SELECT user_id FROM pending) ORDER BY user_id LIMIT $3 + 1)
			UNION ALL SELECT user_id FROM live WHERE value = $2) AS equals (id)
		ORDER BY id OFFSET $3 LIMIT 1', 'id')
		INTO id USING p_guild, value,
			greatest(p_place - besace_rank(p_guild, p_metric, value), 0);
	IF id IS NULL THEN
		value := NULL;
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
	RETURN coalesce((SELECT CASE p_metric WHEN 'messages' THEN messages ELSE voice END
		FROM besace_activity WHERE guild_id = p_guild AND user_id = p_user), 0);
END
$$;

-- A statement that reads a leaderboard of the guild $1: SELECT P_WHAT FROM P_FROM, where %1$I is the copy
-- that its members are ranked from and %2$I their value there, PENDING those of whom the copy is not up to
-- date, and LIVE what they have now. By messages and by time in voice the copy counts alone.
CREATE OR REPLACE FUNCTION besace_leaderboard_query(
	p_metric VARCHAR, p_from VARCHAR, p_what VARCHAR) RETURNS VARCHAR
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF p_metric IN ('lc', 'xp') THEN
		RETURN format('WITH pending AS MATERIALIZED (
				SELECT user_id FROM besace_leaderboard_changes
				WHERE guild_id = $1 AND user_id IS NOT NULL
				UNION SELECT user_id FROM besace_ranked_due WHERE guild_id = $1
			), live AS MATERIALIZED (
				SELECT u.user_id, %1$I AS value FROM pending p
				JOIN users u ON u.guild_id = $1 AND u.user_id = p.user_id
				WHERE u.left_at IS NULL
			) SELECT ', CASE p_metric WHEN 'lc' THEN 'balance' ELSE 'xp' END)
			|| p_what || ' FROM ' || format(p_from, 'besace_ranked', p_metric);
	END IF;
	RETURN 'WITH pending (user_id) AS (SELECT NULL::varchar LIMIT 0),
			live (user_id, value) AS (SELECT NULL::varchar, NULL::integer LIMIT 0)
		SELECT ' || p_what || ' FROM ' || format(p_from, 'besace_activity', p_metric);
END
$$;

-- Up to P_COUNT rows {"id", "name", "value"} after the member P_START, who has P_VALUE (NULL: from
-- the top), or before them when P_UP; in the order of the leaderboard.
CREATE OR REPLACE FUNCTION besace_leaderboard_rows(p_guild VARCHAR, p_metric VARCHAR,
	p_up BOOLEAN, p_value INTEGER, p_start VARCHAR, p_count INTEGER) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_rows JSONB;
BEGIN
	EXECUTE besace_leaderboard_query(p_metric, CASE
		WHEN p_value IS NULL THEN '(
			(SELECT user_id, %2$I FROM %1$I WHERE guild_id = $1
				AND user_id NOT IN (SELECT user_id FROM pending)
				ORDER BY %2$I DESC, user_id LIMIT $4)
			UNION ALL
			SELECT user_id, value FROM live
			ORDER BY 2 DESC, 1 LIMIT $4)'
		WHEN p_up THEN '(
			(SELECT user_id, %2$I FROM %1$I WHERE guild_id = $1 AND %2$I = $2 AND user_id < $3
				AND user_id NOT IN (SELECT user_id FROM pending)
				ORDER BY user_id DESC LIMIT $4)
			UNION ALL
			(SELECT user_id, %2$I FROM %1$I WHERE guild_id = $1 AND %2$I > $2
				AND user_id NOT IN (SELECT user_id FROM pending)
				ORDER BY %2$I, user_id DESC LIMIT $4)
			UNION ALL
			SELECT user_id, value FROM live
			WHERE value > $2 OR value = $2 AND user_id < $3
			ORDER BY 2, 1 DESC LIMIT $4)'
		ELSE '(
			(SELECT user_id, %2$I FROM %1$I WHERE guild_id = $1 AND %2$I = $2 AND user_id > $3
				AND user_id NOT IN (SELECT user_id FROM pending)
				ORDER BY user_id LIMIT $4)
			UNION ALL
			(SELECT user_id, %2$I FROM %1$I WHERE guild_id = $1 AND %2$I < $2
				AND user_id NOT IN (SELECT user_id FROM pending)
				ORDER BY %2$I DESC, user_id LIMIT $4)
			UNION ALL
			SELECT user_id, value FROM live
			WHERE value < $2 OR value = $2 AND user_id > $3
			ORDER BY 2 DESC, 1 LIMIT $4)' END || ' AS p (id, value)
		JOIN users u ON u.guild_id = $1 AND u.user_id = p.id',
		'jsonb_agg(jsonb_build_object(''id'', p.id, ''name'', u.username, ''value'', p.value)
			ORDER BY p.value DESC, p.id)')
		INTO v_rows USING p_guild, p_value, p_start, p_count;
	RETURN coalesce(v_rows, '[]');
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
