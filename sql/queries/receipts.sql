-- Receipts of interactions.

-- Removes a bounded number of receipts older than a day, of all guilds; replicas that sweep at the
-- same time skip each other's rows. Returns how many. With them go the hashes of members who were
-- erased long enough ago.
-- name: receipts_sweep
WITH old AS (
	SELECT guild_id, user_id, interaction_id FROM besace_receipts
	WHERE created_at < now() AT TIME ZONE 'utc' - interval '1 day'
	ORDER BY created_at LIMIT 1000 FOR UPDATE SKIP LOCKED
), forgotten AS (
	DELETE FROM besace_erasures
	WHERE erased_at < now() AT TIME ZONE 'utc' - besace_erasure_kept()
), swept AS (
	DELETE FROM besace_receipts r USING old WHERE r.guild_id = old.guild_id
		AND r.user_id = old.user_id AND r.interaction_id = old.interaction_id RETURNING 1
)
SELECT count(*) AS swept FROM swept;
