-- Rewards the levels that members have just crossed, and writes the rewards into their rows, which
-- are locked and hold the XP that they have now. P_GUILDS and P_USERS name them, nobody twice, P_WAS
-- are their levels before. See besace_level_reward, which this calls for each: few members of a
-- batch cross a level. Returns its facts as an array.
CREATE OR REPLACE FUNCTION besace_level_up(
	p_guilds VARCHAR[], p_users VARCHAR[], p_was INTEGER[]) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_member RECORD;
	v_fact JSONB;
	v_facts JSONB := '[]';
BEGIN
	FOR v_member IN
		SELECT u.guild_id, u.user_id, c.was, u.level, u.level_rewarded, u.balance
		FROM unnest(p_guilds, p_users, p_was) AS c (guild_id, user_id, was)
		JOIN users u ON u.guild_id = c.guild_id AND u.user_id = c.user_id
		WHERE u.level > c.was ORDER BY u.guild_id, u.user_id
	LOOP
		v_fact := besace_level_reward(v_member.guild_id, v_member.user_id, v_member.was,
			v_member.level_rewarded, v_member.level, 2147483647 - v_member.balance);
		UPDATE users SET balance = balance + (v_fact ->> 'lc')::integer,
			level_rewarded = greatest(level_rewarded, level),
			updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = v_member.guild_id AND user_id = v_member.user_id;
		v_facts := v_facts || v_fact;
	END LOOP;
	RETURN v_facts;
END
$$;
