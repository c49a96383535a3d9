-- Gives XP to members whose rows the caller has locked: P_AMOUNTS in the order of P_USERS, in which
-- nobody stands twice. XP stops at what an INTEGER holds. Levels that are crossed are rewarded; see
-- besace_level_up for the rest.
CREATE OR REPLACE FUNCTION besace_xp_add(
	p_users VARCHAR[], p_amounts BIGINT[], p_channel VARCHAR, p_locale VARCHAR DEFAULT NULL)
RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_users VARCHAR[];
	v_was INTEGER[];
BEGIN
	WITH before AS (
		SELECT u.user_id, u.level AS was, least(u.xp + a.amount, 2147483647) AS xp
		FROM unnest(p_users, p_amounts) AS a (user_id, amount)
		JOIN users u ON u.user_id = a.user_id WHERE a.amount > 0
	), risen AS (
		UPDATE users u SET xp = b.xp, updated_at = now() AT TIME ZONE 'utc'
		FROM before b WHERE u.user_id = b.user_id
		RETURNING u.user_id, u.level, b.was
	)
	SELECT array_agg(user_id), array_agg(was) INTO v_users, v_was
		FROM risen WHERE level > was;
	IF v_users IS NOT NULL THEN
		PERFORM besace_level_up(v_users, v_was, p_channel, p_locale);
	END IF;
END
$$;
