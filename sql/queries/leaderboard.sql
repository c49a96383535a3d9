-- Leaderboards.

-- name: leaderboard_page
SELECT besace_leaderboard_page($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $metric::varchar, $side::varchar, $value::integer, $start_id::varchar,
	$page_token::varchar) AS page,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: leaderboard_fold
SELECT besace_leaderboard_fold($max_rows::integer) AS folded;

-- name: ranked_fold
SELECT besace_ranked_fold($max_rows::integer) AS folded;
