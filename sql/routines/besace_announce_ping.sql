-- Sets whether announcements of the member's level-ups ping them. Outcome: {"done", "ping"}.
CREATE OR REPLACE FUNCTION besace_announce_ping(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_ping BOOLEAN) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
BEGIN
	v_me := besace_begin(
		p_guild, p_user, p_username, p_seen_ms, p_interaction, 'announce_ping');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	UPDATE users SET announce_ping = p_ping, updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id = p_user AND announce_ping <> p_ping;
	RETURN besace_end(p_guild, p_user, p_interaction, 'announce_ping',
		jsonb_build_object('done', true, 'ping', p_ping));
END
$$;
