-- Open matches, seeds, and the edits of messages.

-- All that a play or a press is decided from: the receipt, if this interaction was answered before;
-- the member's balance and seeds; and the match: the one called $4, or the table that is open in
-- the channel $5. One row, with NULL for what there is not.
-- name: match_look
SELECT (SELECT r.outcome FROM besace_receipts r WHERE r.guild_id = $1::varchar
		AND r.user_id = $2::varchar AND r.interaction_id = $3::varchar
		AND r.command = 'match'),
	u.balance, s.server_seed, s.client_seed, s.nonce,
	(SELECT besace_match_view(m) FROM besace_matches m
		WHERE m.guild_id = $1::varchar AND (m.match_id = $4::varchar
			OR m.is_table AND m.channel_id = $5::varchar) LIMIT 1)
FROM (VALUES (1)) AS one (row)
LEFT JOIN users u ON u.guild_id = $1::varchar AND u.user_id = $2::varchar
LEFT JOIN besace_seeds s ON s.guild_id = $1::varchar AND s.user_id = $2::varchar;

-- name: match_open
SELECT besace_match_open($1, $2, $3, $4, $5, $6);

-- name: match_play
SELECT besace_match_play($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13);

-- name: match_press
SELECT besace_match_press($1, $2, $3, $4, $5, $6, $7, $8);

-- name: matches_expire
SELECT besace_matches_expire($1);

-- name: match_expire
SELECT besace_match_expire($1, $2);

-- name: seeds_make
SELECT besace_seeds_make($1, $2, $3, $4, $5, $6);

-- name: seeds_change
SELECT besace_seeds_change($1, $2, $3, $4, $5, $6, $7);

-- Up to $1 messages to be edited, of all guilds, for $2 seconds this caller's own: where they are
-- and what they are made of. TOKEN is NULL once it is too old.
-- name: match_edits_take
WITH due AS (
	SELECT guild_id, match_id FROM besace_match_edits WHERE try_at <= now() AT TIME ZONE 'utc'
	ORDER BY try_at LIMIT $1::integer FOR UPDATE SKIP LOCKED
)
UPDATE besace_match_edits e
SET try_at = now() AT TIME ZONE 'utc' + $2::integer * interval '1 second'
FROM due WHERE e.guild_id = due.guild_id AND e.match_id = due.match_id
RETURNING e.guild_id, e.match_id, e.outcome, e.language, e.application_id,
	CASE WHEN e.token_until > now() AT TIME ZONE 'utc' THEN e.token END,
	e.channel_id, e.message_id;

-- The edit of match $2 is made, or ($3 false) there is no way to make it.
-- name: match_edits_end
WITH made AS (DELETE FROM besace_match_edits
	WHERE guild_id = $1::varchar AND match_id = $2::varchar AND $3::boolean)
UPDATE besace_match_edits SET try_at = 'infinity'
WHERE guild_id = $1::varchar AND match_id = $2::varchar AND NOT $3::boolean;
