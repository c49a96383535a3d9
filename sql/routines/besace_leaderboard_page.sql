-- Ten members of a standing ('lc' or 'xp') and the place of P_ASKER. P_VALUE and P_USER are where
-- the page starts: after them, or before them when P_UP; NULL starts at the top. Members with equal
-- values stand in the order of their ids. The work does not grow with the members nor with how far
-- down the page is.
--
-- {"rows": [{"id", "name", "value", "place"}], "above", "below", "value", "place", "members"}:
-- whether there are pages above and below, and the asker's own value and place (null when they are
-- no member yet).
CREATE OR REPLACE FUNCTION besace_standings_page(
	p_kind VARCHAR, p_asker VARCHAR, p_up BOOLEAN, p_value INTEGER, p_user VARCHAR)
RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_column TEXT := CASE p_kind WHEN 'lc' THEN 'balance' ELSE 'xp' END;
	v_rows JSONB;
	v_count INTEGER;
	v_own INTEGER;
BEGIN
	-- One row more than is shown tells whether there is another page.
	EXECUTE format(CASE
		WHEN p_value IS NULL THEN
			'SELECT jsonb_agg(p) FROM (SELECT user_id AS id, username AS name, %1$I AS value
				FROM users ORDER BY %1$I DESC, user_id LIMIT 11) p'
		WHEN p_up THEN
			'SELECT jsonb_agg(p ORDER BY value DESC, id) FROM (
				(SELECT user_id AS id, username AS name, %1$I AS value FROM users
				WHERE %1$I = $1 AND user_id < $2 ORDER BY user_id DESC LIMIT 11)
				UNION ALL
				(SELECT user_id, username, %1$I FROM users
				WHERE %1$I > $1 ORDER BY %1$I, user_id DESC LIMIT 11)
				ORDER BY value, id DESC LIMIT 11) p'
		ELSE
			'SELECT jsonb_agg(p ORDER BY value DESC, id) FROM (
				(SELECT user_id AS id, username AS name, %1$I AS value FROM users
				WHERE %1$I = $1 AND user_id > $2 ORDER BY user_id LIMIT 11)
				UNION ALL
				(SELECT user_id, username, %1$I FROM users
				WHERE %1$I < $1 ORDER BY %1$I DESC, user_id LIMIT 11)
				ORDER BY value DESC, id LIMIT 11) p' END, v_column)
		INTO v_rows USING p_value, p_user;
	v_rows := coalesce(v_rows, '[]');
	v_count := jsonb_array_length(v_rows);
	IF v_count = 11 THEN
		v_rows := v_rows - CASE WHEN p_up AND p_value IS NOT NULL THEN 0 ELSE 10 END;
	END IF;
	SELECT CASE p_kind WHEN 'lc' THEN balance ELSE xp END INTO v_own
		FROM users WHERE user_id = p_asker;
	RETURN jsonb_build_object('rows', besace_standings_places(p_kind, v_rows),
		'above', p_value IS NOT NULL AND (NOT p_up OR v_count = 11),
		'below', v_count = 11 OR (p_up AND p_value IS NOT NULL),
		'value', v_own, 'place', CASE WHEN v_own IS NOT NULL THEN besace_place(p_kind, v_own) END,
		'members', besace_members_count());
END
$$;

-- The rows of a page with their places. A page may start amid equals, so the first value and the
-- next one are looked up; from there on, places follow from the order.
CREATE OR REPLACE FUNCTION besace_standings_places(p_kind VARCHAR, p_rows JSONB) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (WITH page AS (
		SELECT r.value AS line, r.ordinality AS number, (r.value->>'value')::integer AS value,
			rank() OVER (ORDER BY (r.value->>'value')::integer DESC) AS rank
		FROM jsonb_array_elements(p_rows) WITH ORDINALITY r
	), known AS (
		SELECT rank, besace_place(p_kind, value) AS place FROM (
			SELECT DISTINCT rank, value FROM page ORDER BY rank LIMIT 2) firsts
	)
	SELECT coalesce(jsonb_agg(line || jsonb_build_object('place', k.place + p.rank - k.rank)
		ORDER BY p.number), '[]')
	FROM page p CROSS JOIN LATERAL (
		SELECT * FROM known k WHERE k.rank <= p.rank ORDER BY k.rank DESC LIMIT 1) k);
END
$$;
