-- Standings.

-- $1 is who asks, seen as $2 at $3; $4 the kind; $5 whether the page is the one before $6, $7.
-- name: standings_page
SELECT besace_standings_page($4, $1, $5, $6, $7), EXISTS (
	SELECT FROM users WHERE user_id = $1::varchar AND (username = $2 OR name_seen_ms > $3));

-- name: standings_fold
SELECT besace_standings_fold($1);
