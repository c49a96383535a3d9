-- Open games, seeds, and the edits of messages.

-- All that a play or a press is decided from: the receipt, if this interaction ($1) of the member
-- ($2) was answered before; their balance and seeds; and the game: the one called $3, or the table
-- that is open in the channel $4, with "lapsed" when its time is up and it only waits for its end.
-- One row, with NULL for what there is not.
-- name: game_look
SELECT (SELECT r.outcome FROM besace_receipts r
		WHERE r.user_id = $2::varchar AND r.interaction_id = $1::varchar),
	u.balance, s.server_seed, s.member_seed, s.counter,
	(SELECT besace_game_view(g)
			|| jsonb_build_object('lapsed', g.due_at <= now() AT TIME ZONE 'utc')
		FROM besace_games g
		WHERE g.game_id = $3::varchar OR g.kind = 'roulette' AND g.channel_id = $4::varchar
		LIMIT 1)
FROM (VALUES (1)) AS one (row)
LEFT JOIN users u ON u.user_id = $2::varchar
LEFT JOIN besace_seeds s ON s.user_id = $2::varchar;

-- name: game_open
SELECT besace_game_open($1, $2, $3, $4, $5, $6);

-- name: game_press
SELECT besace_game_press($1, $2, $3, $4, $5, $6, $7, $8);

-- name: games_expire
SELECT besace_games_expire($1, $2);

-- name: game_lapse
SELECT besace_game_lapse($1, $2);

-- name: seeds_make
SELECT besace_seeds_make($1, $2, $3, $4, $5);

-- name: seeds_change
SELECT besace_seeds_change($1, $2, $3, $4, $5, $6);

-- Up to $1 messages to be edited, for $2 seconds this caller's own: where they are and what they
-- are made of. TOKEN is NULL once it is too old.
-- name: game_edits_take
WITH due AS (
	SELECT game_id FROM besace_game_edits WHERE try_at <= now() AT TIME ZONE 'utc'
	ORDER BY try_at LIMIT $1::integer FOR UPDATE SKIP LOCKED
)
UPDATE besace_game_edits e
SET try_at = now() AT TIME ZONE 'utc' + $2::integer * interval '1 second'
FROM due WHERE e.game_id = due.game_id
RETURNING e.game_id, e.outcome, e.language, e.application_id,
	CASE WHEN e.token_until > now() AT TIME ZONE 'utc' THEN e.token END,
	e.channel_id, e.message_id;

-- The edit of game $1 is made, or ($2 false) there is no way to make it.
-- name: game_edits_end
WITH made AS (DELETE FROM besace_game_edits WHERE game_id = $1::varchar AND $2::boolean)
UPDATE besace_game_edits SET try_at = 'infinity' WHERE game_id = $1::varchar AND NOT $2::boolean;
