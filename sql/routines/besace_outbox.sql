-- The outbox: messages leave one at a time for each channel, by the holder of the channel's lease.

-- Leases a channel that has a message to be sent to P_HOLDER for P_LEASE_S seconds and returns its
-- oldest message: id, channel, nonce, body, the member it is about and their wish for pings. From
-- then on the body is final: besace_level_announce changes no message that was taken. No row when
-- there is nothing to do.
CREATE OR REPLACE FUNCTION besace_outbox_take(p_holder VARCHAR, p_lease_s INTEGER)
RETURNS TABLE (id BIGINT, channel_id VARCHAR, nonce VARCHAR, body JSONB, user_id VARCHAR,
	username VARCHAR, ping BOOLEAN, failures INTEGER, guild_id VARCHAR)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_now TIMESTAMP := clock_timestamp() AT TIME ZONE 'utc';
	v_guild VARCHAR;
	v_channel VARCHAR;
	v_id BIGINT;
BEGIN
	SELECT c.guild_id, c.channel_id INTO v_guild, v_channel FROM besace_outbox_channels c
	WHERE c.retry_at <= v_now
		AND (c.holder IS NULL OR c.holder = p_holder OR c.leased_until < v_now)
		AND EXISTS (SELECT FROM besace_outbox o
			WHERE o.guild_id = c.guild_id AND o.channel_id = c.channel_id
				AND o.outcome IS NULL AND o.send_at <= v_now)
	ORDER BY c.retry_at LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	SELECT o.id INTO v_id FROM besace_outbox o
	WHERE o.guild_id = v_guild AND o.channel_id = v_channel AND o.outcome IS NULL
		AND o.send_at <= v_now
	ORDER BY o.created_at, o.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED;
	IF NOT FOUND THEN
		RETURN;
	END IF;
	UPDATE besace_outbox o SET taken = true
		WHERE o.guild_id = v_guild AND o.id = v_id AND NOT o.taken;
	UPDATE besace_outbox_channels c SET holder = p_holder,
		leased_until = v_now + p_lease_s * interval '1 second'
		WHERE c.guild_id = v_guild AND c.channel_id = v_channel;
	RETURN QUERY
	SELECT o.id, o.channel_id, o.nonce, o.body, o.user_id, u.username, u.announce_ping,
		c.failures, o.guild_id
	FROM besace_outbox o
	JOIN besace_outbox_channels c
		ON c.guild_id = o.guild_id AND c.channel_id = o.channel_id
	JOIN users u ON u.guild_id = o.guild_id AND u.user_id = o.user_id
	WHERE o.guild_id = v_guild AND o.id = v_id;
END
$$;

-- What became of message P_ID: P_OUTCOME, or NULL to try again in P_RETRY_MS. Gives the lease back
-- if P_HOLDER still has it. Saying it twice changes nothing.
CREATE OR REPLACE FUNCTION besace_outbox_end(p_guild VARCHAR, p_id BIGINT, p_holder VARCHAR,
	p_outcome VARCHAR, p_retry_ms BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE besace_outbox SET outcome = p_outcome, ended_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND id = p_id AND outcome IS NULL AND p_outcome IS NOT NULL;
	UPDATE besace_outbox_channels c SET holder = NULL, leased_until = NULL,
		failures = CASE WHEN p_outcome IS NULL THEN least(c.failures, 1000) + 1 ELSE 0 END,
		retry_at = CASE WHEN p_outcome IS NULL
			THEN now() AT TIME ZONE 'utc' + p_retry_ms * interval '1 millisecond'
			ELSE c.retry_at END
	FROM besace_outbox o
	WHERE o.guild_id = p_guild AND o.id = p_id AND c.guild_id = p_guild
		AND c.channel_id = o.channel_id AND c.holder = p_holder;
END
$$;
