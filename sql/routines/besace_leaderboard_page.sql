-- Ten members of a leaderboard ('lc' or 'xp') and the rank of the member P_USER, who asks. P_VALUE
-- and P_START are where the page starts: after that member, or before them when P_UP; NULL starts at
-- the top. Members with equal values stand in the order of their ids. The work does not grow with
-- the members nor with how far down the page is.
--
-- {"rows": [{"id", "name", "value", "rank"}], "above", "below", "value", "rank", "members"}:
-- whether there are pages above and below, and the asker's own value and rank.
CREATE OR REPLACE FUNCTION besace_leaderboard_page(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_metric VARCHAR, p_up BOOLEAN, p_value INTEGER,
	p_start VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_column TEXT := CASE p_metric WHEN 'lc' THEN 'balance' ELSE 'xp' END;
	v_rows JSONB;
	v_count INTEGER;
	v_own INTEGER;
BEGIN
	IF NOT besace_member_is_current(p_guild, p_user, p_username, p_seen_ms) THEN
		PERFORM besace_member_see(p_guild, p_user, p_username, p_seen_ms);
	END IF;
	-- One row more than is shown tells whether there is another page.
	EXECUTE format(CASE
		WHEN p_value IS NULL THEN
			'SELECT jsonb_agg(p) FROM (SELECT user_id AS id, username AS name, %1$I AS value
				FROM users WHERE guild_id = $3 AND left_at IS NULL ORDER BY %1$I DESC, user_id LIMIT 11) p'
		WHEN p_up THEN
			'SELECT jsonb_agg(p ORDER BY value DESC, id) FROM (
				(SELECT user_id AS id, username AS name, %1$I AS value FROM users
				WHERE guild_id = $3 AND left_at IS NULL AND %1$I = $1 AND user_id < $2
				ORDER BY user_id DESC LIMIT 11)
				UNION ALL
				(SELECT user_id, username, %1$I FROM users
				WHERE guild_id = $3 AND left_at IS NULL AND %1$I > $1 ORDER BY %1$I, user_id DESC LIMIT 11)
				ORDER BY value, id DESC LIMIT 11) p'
		ELSE
			'SELECT jsonb_agg(p ORDER BY value DESC, id) FROM (
				(SELECT user_id AS id, username AS name, %1$I AS value FROM users
				WHERE guild_id = $3 AND left_at IS NULL AND %1$I = $1 AND user_id > $2
				ORDER BY user_id LIMIT 11)
				UNION ALL
				(SELECT user_id, username, %1$I FROM users
				WHERE guild_id = $3 AND left_at IS NULL AND %1$I < $1 ORDER BY %1$I DESC, user_id LIMIT 11)
				ORDER BY value DESC, id LIMIT 11) p' END, v_column)
		INTO v_rows USING p_value, p_start, p_guild;
	v_rows := coalesce(v_rows, '[]');
	v_count := jsonb_array_length(v_rows);
	IF v_count = 11 THEN
		v_rows := v_rows - CASE WHEN p_up AND p_value IS NOT NULL THEN 0 ELSE 10 END;
	END IF;
	SELECT CASE p_metric WHEN 'lc' THEN balance ELSE xp END INTO v_own
		FROM users WHERE guild_id = p_guild AND user_id = p_user;
	RETURN jsonb_build_object('rows', besace_leaderboard_ranks(p_guild, p_metric, v_rows),
		'above', p_value IS NOT NULL AND (NOT p_up OR v_count = 11),
		'below', v_count = 11 OR (p_up AND p_value IS NOT NULL),
		'value', v_own, 'rank', besace_rank(p_guild, p_metric, v_own),
		'members', besace_members_count(p_guild));
END
$$;

-- The rows of a page with their ranks. A page may start amid equals, so the first value and the
-- next one are looked up; from there on, ranks follow from the order.
CREATE OR REPLACE FUNCTION besace_leaderboard_ranks(
	p_guild VARCHAR, p_metric VARCHAR, p_rows JSONB) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (WITH page AS (
		SELECT r.value AS line, r.ordinality AS number, (r.value->>'value')::integer AS value,
			rank() OVER (ORDER BY (r.value->>'value')::integer DESC) AS turn
		FROM jsonb_array_elements(p_rows) WITH ORDINALITY r
	), known AS (
		SELECT turn, besace_rank(p_guild, p_metric, value) AS rank FROM (
			SELECT DISTINCT turn, value FROM page ORDER BY turn LIMIT 2) firsts
	)
	SELECT coalesce(jsonb_agg(line || jsonb_build_object('rank', k.rank + p.turn - k.turn)
		ORDER BY p.number), '[]')
	FROM page p CROSS JOIN LATERAL (
		SELECT * FROM known k WHERE k.turn <= p.turn ORDER BY k.turn DESC LIMIT 1) k);
END
$$;
