-- The outbox: several messages leave at once, one at a time for each channel, by the replica that
-- holds the channel's lease.

-- Leases up to P_COUNT channels that have a message due to P_HOLDER for P_LEASE_S seconds, and
-- returns the oldest due message of each. Fair between guilds, then between the channels of a guild:
-- the one that was served longest ago comes first. P_BUSY are channels to which P_HOLDER is sending
-- already; of others it may take up its own lease again, left by an answer that got lost.
CREATE OR REPLACE FUNCTION besace_outbox_take(
	p_holder VARCHAR, p_count INTEGER, p_lease_s INTEGER, p_busy VARCHAR[])
RETURNS TABLE (id BIGINT, guild_id VARCHAR, channel_id VARCHAR, nonce VARCHAR, body JSONB,
	user_id VARCHAR, username VARCHAR, xp INTEGER, guild_name VARCHAR, ping BOOLEAN,
	failures INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
BEGIN
	RETURN QUERY
	WITH RECURSIVE waiting AS ( -- an index probe for each channel with messages, however many
		(SELECT o.guild_id, o.channel_id FROM besace_outbox o WHERE o.outcome IS NULL
		ORDER BY o.guild_id, o.channel_id LIMIT 1)
		UNION ALL
		SELECT n.guild_id, n.channel_id FROM waiting w CROSS JOIN LATERAL (
			SELECT o.guild_id, o.channel_id FROM besace_outbox o
			WHERE o.outcome IS NULL AND (o.guild_id, o.channel_id) > (w.guild_id, w.channel_id)
			ORDER BY o.guild_id, o.channel_id LIMIT 1) n
	), due AS (
		SELECT c.guild_id, c.channel_id, c.served_at,
			row_number() OVER (PARTITION BY c.guild_id ORDER BY c.served_at) AS turn,
			(SELECT max(s.served_at) FROM besace_outbox_channels s
				WHERE s.guild_id = c.guild_id) AS guild_served_at
		FROM waiting w JOIN besace_outbox_channels c USING (guild_id, channel_id)
		WHERE c.retry_at <= v_now AND c.channel_id <> ALL (p_busy)
			AND (c.holder IS NULL OR c.holder = p_holder OR c.leased_until < v_now)
			AND EXISTS (SELECT FROM besace_outbox o
				WHERE o.guild_id = c.guild_id AND o.channel_id = c.channel_id
					AND o.outcome IS NULL AND o.send_at <= v_now)
	), candidates AS MATERIALIZED ( -- twice as many: other replicas take some at the same moment
		SELECT d.guild_id, d.channel_id, d.turn, d.guild_served_at, d.served_at FROM due d
		ORDER BY d.turn, d.guild_served_at, d.served_at LIMIT 2 * p_count
	), locked AS MATERIALIZED (
		SELECT c.guild_id, c.channel_id, c.failures
		FROM candidates d JOIN besace_outbox_channels c USING (guild_id, channel_id)
		WHERE c.retry_at <= v_now
			AND (c.holder IS NULL OR c.holder = p_holder OR c.leased_until < v_now)
		ORDER BY d.turn, d.guild_served_at, d.served_at LIMIT p_count
		FOR NO KEY UPDATE OF c SKIP LOCKED
	), leased AS (
		UPDATE besace_outbox_channels c SET holder = p_holder,
			leased_until = v_now + p_lease_s * interval '1 second',
			served_at = clock_timestamp() AT TIME ZONE 'utc'
		FROM locked l WHERE c.guild_id = l.guild_id AND c.channel_id = l.channel_id
	), heads AS MATERIALIZED (
		SELECT o.guild_id, o.id, l.failures FROM locked l CROSS JOIN LATERAL (
			SELECT h.guild_id, h.id FROM besace_outbox h
			WHERE h.guild_id = l.guild_id AND h.channel_id = l.channel_id
				AND h.outcome IS NULL AND h.send_at <= v_now
			ORDER BY h.send_at, h.id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED) o
	), taken AS (
		UPDATE besace_outbox o SET taken = true, body = CASE WHEN o.taken THEN o.body
			ELSE o.body || besace_level_facts(o.guild_id, o.body) END
		FROM heads h
		WHERE o.guild_id = h.guild_id AND o.id = h.id
		RETURNING o.*, h.failures
	)
	SELECT t.id, t.guild_id, t.channel_id, t.nonce, t.body, t.user_id, u.username, u.xp::integer,
		coalesce(g.name, ''), u.announce_ping AND s.announce_ping IS NOT FALSE, t.failures
	FROM taken t JOIN users u USING (guild_id, user_id)
	LEFT JOIN besace_guilds g ON g.guild_id = t.guild_id
	LEFT JOIN besace_settings s ON s.guild_id = t.guild_id;
END
$$;

-- What became of message P_ID: P_OUTCOME, or NULL to try again. Gives the lease back if P_HOLDER still
-- has it; nothing else leaves for the channel within P_RETRY_MS, whoever sends it: after an outcome
-- that is what Discord's limit asks for. Saying it twice changes nothing.
--
-- P_BLAMED: the failure is about this message and not about Discord being away. A message that has
-- failed so ten times is set aside: it is tried once an hour, and the others of its channel go on.
-- Returns whether it is.
CREATE OR REPLACE FUNCTION besace_outbox_end(p_guild VARCHAR, p_id BIGINT, p_holder VARCHAR,
	p_outcome VARCHAR, p_retry_ms BIGINT, p_blamed BOOLEAN) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
DECLARE
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
	v_channel VARCHAR;
	v_is_holder BOOLEAN;
	v_set_aside BOOLEAN := false;
BEGIN
	SELECT o.channel_id INTO v_channel FROM besace_outbox o WHERE o.guild_id = p_guild AND o.id = p_id;
	SELECT c.holder IS NOT DISTINCT FROM p_holder INTO v_is_holder FROM besace_outbox_channels c
	WHERE c.guild_id = p_guild AND c.channel_id = v_channel FOR NO KEY UPDATE;
	IF p_outcome IS NOT NULL THEN
		UPDATE besace_outbox SET outcome = p_outcome, ended_at = v_now
		WHERE guild_id = p_guild AND id = p_id AND outcome IS NULL;
	ELSIF p_blamed AND v_is_holder THEN
		UPDATE besace_outbox o SET attempts = o.attempts + 1,
			send_at = CASE WHEN o.attempts + 1 >= 10 THEN v_now + interval '1 hour' ELSE o.send_at END
		WHERE o.guild_id = p_guild AND o.id = p_id AND o.outcome IS NULL
		RETURNING o.attempts >= 10 INTO v_set_aside;
	END IF;
	v_set_aside := coalesce(v_set_aside, false);
	IF v_is_holder THEN
		UPDATE besace_outbox_channels c SET holder = NULL, leased_until = NULL,
			failures = CASE WHEN p_outcome IS NOT NULL OR v_set_aside THEN 0
				ELSE least(c.failures, 1000) + 1 END,
			retry_at = CASE WHEN v_set_aside THEN c.retry_at
				ELSE v_now + p_retry_ms * interval '1 millisecond' END
		WHERE c.guild_id = p_guild AND c.channel_id = v_channel;
	END IF;
	RETURN v_set_aside;
END
$$;
