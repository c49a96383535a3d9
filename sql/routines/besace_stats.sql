-- All there is to tell of a member. Parameters as those of besace_profile. SINCE is in seconds since
-- 1970, VOICE_TIME in seconds.
CREATE OR REPLACE FUNCTION besace_stats(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_asker VARCHAR, p_askername VARCHAR, p_seen_ms BIGINT)
RETURNS TABLE (balance INTEGER, xp INTEGER, message_count INTEGER, voice_time INTEGER,
	invites INTEGER, since BIGINT, played BIGINT, won BIGINT)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT besace_member_is_current(p_guild, p_user, p_username, p_seen_ms)
		OR NOT besace_member_is_current(p_guild, p_asker, p_askername, p_seen_ms)
	THEN
		PERFORM besace_members_see(
			p_guild, p_user, p_username, p_asker, p_askername, p_seen_ms);
	END IF;
	RETURN QUERY
	SELECT u.balance::integer, u.xp::integer, u.message_count::integer, u.voice_time::integer,
		u.invites::integer,
		floor(extract(epoch FROM u.created_at))::bigint, g.played, g.won
	FROM users u CROSS JOIN LATERAL (
		SELECT count(*) AS played, count(*) FILTER (WHERE h.result = 'win') AS won
		FROM game_history h WHERE h.guild_id = p_guild AND h.player_id = p_user) g
	WHERE u.guild_id = p_guild AND u.user_id = p_user;
END
$$;
