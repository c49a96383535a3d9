-- Gives XP to members whose rows the caller has locked: P_AMOUNTS to P_USERS of P_GUILDS, nobody
-- twice. No cap holds it, and it is no XP of the day: for acts of administrators. XP stops at what an INTEGER holds. Levels that are crossed are rewarded; returns what
-- besace_level_up does.
CREATE OR REPLACE FUNCTION besace_xp_add(
	p_guilds VARCHAR[], p_users VARCHAR[], p_amounts BIGINT[]) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_guilds VARCHAR[];
	v_users VARCHAR[];
	v_was INTEGER[];
BEGIN
	WITH before AS (
		SELECT u.guild_id, u.user_id, u.level AS was,
			least(u.xp + a.amount, 2147483647) AS xp
		FROM unnest(p_guilds, p_users, p_amounts) AS a (guild_id, user_id, amount)
		JOIN users u ON u.guild_id = a.guild_id AND u.user_id = a.user_id
		WHERE a.amount > 0
	), given AS (
		UPDATE users u SET xp = b.xp, updated_at = now() AT TIME ZONE 'utc'
		FROM before b WHERE u.guild_id = b.guild_id AND u.user_id = b.user_id
		RETURNING u.guild_id, u.user_id, u.level, b.was
	)
	SELECT array_agg(guild_id), array_agg(user_id), array_agg(was)
	INTO v_guilds, v_users, v_was FROM given WHERE level > was;
	IF v_users IS NULL THEN
		RETURN '[]';
	END IF;
	RETURN besace_level_up(v_guilds, v_users, v_was);
END
$$;
