-- Members. A query is named by the comment in front of it; queries.h lists the names. The readings
-- create the members that they see for the first time and refresh their names.

-- name: members_profile
SELECT balance, xp, besace_guild_wording($guild_id::varchar) AS wording
FROM besace_profile($guild_id, $member_id::varchar, $username::varchar,
	$asker_id::varchar, $asker_name::varchar, $seen_ms::bigint);

-- name: members_standing
SELECT p.balance, p.xp, besace_rank($guild_id::varchar, 'xp', p.xp) AS rank,
	besace_members_count($guild_id) AS members,
	m.multiplier_value AS multiplier, m.games_remaining AS games_left,
	coalesce(s.level_reward_items, true) AS brings_items, coalesce(s.theme, 'cognac') AS theme,
	besace_guild_wording($guild_id::varchar) AS wording
FROM besace_profile($guild_id, $member_id::varchar, $username::varchar,
	$asker_id::varchar, $asker_name::varchar, $seen_ms::bigint) p
LEFT JOIN active_multipliers m ON m.guild_id = $guild_id AND m.user_id = $member_id
	AND m.games_remaining > 0
LEFT JOIN besace_settings s ON s.guild_id = $guild_id;

-- name: stats
SELECT balance, xp, message_count, voice_time, invites, since, played, won,
	besace_guild_wording($guild_id::varchar) AS wording
FROM besace_stats($guild_id::varchar, $member_id::varchar, $username::varchar,
	$asker_id::varchar, $asker_name::varchar, $seen_ms::bigint);

-- Where a user is served in direct messages: the guild in which a row of theirs changed last; the same
-- interaction again, where it counted. No row when they are in none.
-- name: latest_guild
SELECT l.guild_id, g.name FROM (SELECT coalesce(
	(SELECT r.guild_id FROM besace_receipts r
		WHERE r.interaction_id = $interaction_id::varchar AND r.user_id = $member_id::varchar),
	(SELECT u.guild_id FROM besace_user_guilds t
		JOIN users u ON u.guild_id = t.guild_id AND u.user_id = t.user_id
		WHERE t.user_id = $member_id
		ORDER BY u.updated_at DESC NULLS LAST, u.guild_id LIMIT 1)) AS guild_id) l
LEFT JOIN besace_guilds g ON g.guild_id = l.guild_id
WHERE l.guild_id IS NOT NULL AND g.removed_at IS NULL;

-- Whose press it was that erased them is in no guild any more, but in the one of its receipt.
-- name: guild_of_member
SELECT l.guild_id, g.name FROM (
	SELECT u.guild_id FROM users u
	WHERE u.guild_id = $guild_id::varchar AND u.user_id = $member_id::varchar
	UNION
	SELECT r.guild_id FROM besace_receipts r WHERE r.guild_id = $guild_id AND r.user_id = '0'
		AND r.interaction_id = $interaction_id::varchar) l
LEFT JOIN besace_guilds g ON g.guild_id = l.guild_id
WHERE g.removed_at IS NULL;

-- name: announce_view
SELECT besace_announce_view($guild_id::varchar, $member_id::varchar) AS state,
	besace_guild_wording($guild_id) AS wording;

-- name: announce_choice
SELECT besace_announce_choice($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $choice::varchar,
	$on_page::varchar::boolean) AS outcome,
	besace_guild_wording($guild_id) AS wording;

-- Keeps what an interaction tells of the member who asks.
-- name: member_tell
SELECT besace_member_tell($guild_id::varchar, $member_id::varchar, $seen_ms::bigint, $roles::text,
	$joined_at::varchar, $pending::boolean);
