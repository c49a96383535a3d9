-- Open matches, seeds, and the edits of messages.

-- All that a play or a press is decided from: the receipt, if this interaction was answered before;
-- the member's balance and seeds; the bounds of the game's stake, which are $stake_min and $stake_max
-- where the guild has set none; the name of the member $other_id; and the match: the one called
-- $match_id, or the table that is open in the channel. One row, with NULL for what there is not.
-- name: match_look
SELECT (SELECT r.outcome::text FROM besace_receipts r WHERE r.guild_id = $guild_id::varchar
		AND r.user_id = $member_id::varchar AND r.interaction_id = $interaction_id::varchar
		AND r.command = 'match') AS receipt,
	coalesce(u.balance, besace_start_balance($guild_id::varchar)) AS balance,
	coalesce((SELECT json_build_array(coalesce(g.stake_min, $stake_min::integer),
			coalesce(g.stake_max, $stake_max::integer))
		FROM besace_game_settings g WHERE g.guild_id = $guild_id
			AND g.game_type = $game_type::varchar),
		json_build_array($stake_min, $stake_max)) AS stakes,
	s.server_seed, s.client_seed, u.nonce, u.seeds_version,
	(SELECT o.username FROM users o WHERE o.guild_id = $guild_id
		AND o.user_id = $other_id::varchar) AS other_name,
	coalesce((SELECT besace_match_view(m) FROM besace_matches m
			WHERE m.guild_id = $guild_id AND m.match_id = $match_id::varchar),
		(SELECT besace_match_view(m) FROM besace_matches m
			WHERE m.guild_id = $guild_id AND m.is_table
				AND m.channel_id = $channel_id::varchar)) AS match,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
FROM (VALUES (1)) AS one (row)
LEFT JOIN users u ON u.guild_id = $guild_id AND u.user_id = $member_id
LEFT JOIN besace_seeds s ON s.guild_id = $guild_id AND s.user_id = $member_id;

-- The same where neither a match nor another member is looked for: each part of a statement takes its
-- time, even if it is not asked, and plays against the house are the matches that are played most.
-- name: play_look
SELECT (SELECT r.outcome::text FROM besace_receipts r WHERE r.guild_id = $guild_id::varchar
		AND r.user_id = $member_id::varchar AND r.interaction_id = $interaction_id::varchar
		AND r.command = 'match') AS receipt,
	coalesce(u.balance, besace_start_balance($guild_id::varchar)) AS balance,
	coalesce((SELECT json_build_array(coalesce(g.stake_min, $stake_min::integer),
			coalesce(g.stake_max, $stake_max::integer))
		FROM besace_game_settings g WHERE g.guild_id = $guild_id
			AND g.game_type = $game_type::varchar),
		json_build_array($stake_min, $stake_max)) AS stakes,
	s.server_seed, s.client_seed, u.nonce, u.seeds_version,
	NULL::varchar AS other_name, NULL::json AS match,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
FROM (VALUES (1)) AS one (row)
LEFT JOIN users u ON u.guild_id = $guild_id AND u.user_id = $member_id
LEFT JOIN besace_seeds s ON s.guild_id = $guild_id AND s.user_id = $member_id;

-- What the match $match_id of $owner_id was, or will be, drawn from: its view while it is open, else its
-- proof, with the server seed if that was revealed since. One row, with NULL for what there is not.
-- name: match_proof
SELECT (SELECT besace_match_view(m) FROM besace_matches m WHERE m.guild_id = $guild_id::varchar
		AND m.match_id = $match_id::varchar) AS match, h.proof, r.server_seed,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
FROM (VALUES (1)) AS one (row)
LEFT JOIN game_history h ON h.guild_id = $guild_id AND h.player_id = $owner_id::varchar
	AND h.match_id = $match_id
LEFT JOIN besace_revealed_seeds r ON r.guild_id = $guild_id AND r.user_id = $owner_id
	AND r.commitment = h.proof ->> 'commit';

-- name: match_open
SELECT besace_match_open($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $open::jsonb) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: match_play
SELECT besace_match_play($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $game_type::varchar, $stake::integer,
	$max_credit::bigint, $channel::varchar, $parent::varchar, $category::varchar,
	$seeds_version::integer, $first_nonce::bigint, $server_seed::varchar, $client_seed::varchar,
	$states::varchar[], $facts::text[], $results::varchar[], $credits::bigint[], $xps::integer[],
	$boosts::varchar[], $items::varchar[], $proofs::text[], $roles::text) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: match_press
SELECT besace_match_press($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $match_id::varchar, $version::integer,
	$act::jsonb) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: matches_expire
SELECT besace_matches_expire($max::integer) AS count;

-- name: matches_expire_singly
SELECT guild_id, match_id, failures, why
FROM besace_matches_expire_singly($max::integer, $seconds_max::integer);

-- name: match_expire
SELECT besace_match_expire($guild_id::varchar, $match_id::varchar);

-- name: seeds_make
SELECT besace_seeds_make($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $server_seed::varchar, $client_seed::varchar);

-- name: seeds_change
SELECT besace_seeds_change($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $client_seed::varchar,
	$server_seed::varchar) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- Up to $max messages to be edited, of all guilds, for $lease_s seconds this caller's own: where they
-- are, what they are made of, and the end of the lease. TOKEN is NULL once it is too old.
-- name: match_edits_take
WITH due AS (
	SELECT guild_id, match_id FROM besace_match_edits WHERE try_at <= now() AT TIME ZONE 'utc'
	ORDER BY try_at LIMIT $max::integer FOR UPDATE SKIP LOCKED
)
UPDATE besace_match_edits e
SET try_at = now() AT TIME ZONE 'utc' + $lease_s::integer * interval '1 second'
FROM due WHERE e.guild_id = due.guild_id AND e.match_id = due.match_id
RETURNING e.guild_id, e.match_id, e.outcome, e.language, e.application_id,
	CASE WHEN e.token_until > now() AT TIME ZONE 'utc' THEN e.token END AS token,
	e.channel_id, e.message_id, e.try_at::text AS leased_until,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = e.guild_id) AS wording;

-- The edit of a match is made, or there is no way to make it. That is for the holder of the lease to
-- say: whoever has taken the edit since is at it.
-- name: match_edits_end
WITH made AS (DELETE FROM besace_match_edits WHERE guild_id = $guild_id::varchar
	AND match_id = $match_id::varchar AND $is_made::boolean)
UPDATE besace_match_edits SET try_at = 'infinity'
WHERE guild_id = $guild_id AND match_id = $match_id AND NOT $is_made
	AND try_at = $leased_until::varchar::timestamp;
