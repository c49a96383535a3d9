-- Announcements on their way to Discord.

-- name: outbox_take
SELECT id, guild_id, channel_id, nonce, body, user_id, username, xp, guild_name, ping, failures,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = o.guild_id) AS wording
FROM besace_outbox_take($holder::varchar, $count::integer, $lease_s::integer, $busy::varchar[]) o;

-- name: outbox_end
SELECT besace_outbox_end($guild_id::varchar, $id::bigint, $holder::varchar, $outcome::varchar,
	$retry_ms::bigint, $blamed::boolean) AS set_aside;

-- name: cheer
SELECT besace_cheer($guild_id::varchar, $member_id::varchar, $username::varchar, $seen_ms::bigint,
	$interaction_id::varchar, $id::bigint) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- Gives up what has waited for seven days and removes what ended 30 days ago, a bounded number of
-- each. Returns how many were given up and how many removed.
-- name: outbox_sweep
WITH late AS (
	SELECT guild_id, id FROM besace_outbox
	WHERE outcome IS NULL AND created_at < now() AT TIME ZONE 'utc' - interval '7 days'
	ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
), expired AS (
	UPDATE besace_outbox o SET outcome = 'expired', ended_at = now() AT TIME ZONE 'utc'
	FROM late WHERE o.guild_id = late.guild_id AND o.id = late.id RETURNING 1
), old AS (
	SELECT guild_id, id FROM besace_outbox
	WHERE outcome IS NOT NULL AND ended_at < now() AT TIME ZONE 'utc' - interval '30 days'
	ORDER BY ended_at LIMIT 1000 FOR UPDATE SKIP LOCKED
), gone AS (
	DELETE FROM besace_outbox o USING old WHERE o.guild_id = old.guild_id AND o.id = old.id RETURNING 1
)
SELECT (SELECT count(*) FROM expired) AS expired, (SELECT count(*) FROM gone) AS removed;

-- Keeps the operator's channel (NULL: none) and, when Discord has named it, its guild.
-- Returns whether the guild is still to be asked for.
-- name: announce_default
SELECT besace_announce_default_keep($channel_id::varchar, $guild_id::varchar) AS is_unnamed;
