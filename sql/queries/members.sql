-- Members. A query is named by the comment in front of it; queries.h lists the names. The readings
-- create the members that they see for the first time and refresh their names.

-- Whoever is not known by the name just seen, be it the member or the asker, goes through
-- besace_profile_seen, which creates them; everybody else is found without a routine.
-- name: members_profile
SELECT p.seen[1] AS balance, p.seen[2] AS xp,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id::varchar) AS wording
FROM (SELECT coalesce((SELECT ARRAY[u.balance::integer, u.xp::integer] FROM users u
		WHERE u.guild_id = $guild_id::varchar AND u.user_id = $member_id::varchar
			AND (u.username = $username::varchar OR u.name_seen_ms > $seen_ms::bigint)
			AND ($asker_id::varchar = $member_id OR EXISTS (SELECT FROM users a
				WHERE a.guild_id = $guild_id AND a.user_id = $asker_id
					AND (a.username = $asker_name::varchar OR a.name_seen_ms > $seen_ms)))),
	besace_profile_seen($guild_id, $member_id, $username, $asker_id, $asker_name, $seen_ms)) AS seen
	OFFSET 0) p -- apart, so that it is found once
WHERE p.seen IS NOT NULL;

-- Where a member stands; the member is found as by members_profile. A member who is created by this statement
-- is not among those that it counts.
-- name: members_standing
SELECT p.seen[1] AS balance, p.seen[2] AS xp, t.rank, t.members + coalesce(p.seen[3], 0) AS members,
	m.multiplier_value AS multiplier, m.games_remaining AS games_left,
	coalesce(s.brings_items, true) AS brings_items, coalesce(s.theme, 'cognac') AS theme, s.wording
FROM (SELECT coalesce((SELECT ARRAY[u.balance::integer, u.xp::integer] FROM users u
		WHERE u.guild_id = $guild_id::varchar AND u.user_id = $member_id::varchar
			AND (u.username = $username::varchar OR u.name_seen_ms > $seen_ms::bigint)
			AND ($asker_id::varchar = $member_id OR EXISTS (SELECT FROM users a
				WHERE a.guild_id = $guild_id AND a.user_id = $asker_id
					AND (a.username = $asker_name::varchar OR a.name_seen_ms > $seen_ms)))),
	besace_profile_seen($guild_id, $member_id, $username, $asker_id, $asker_name, $seen_ms)) AS seen
	OFFSET 0) p -- apart, so that it is found once
CROSS JOIN LATERAL besace_standing($guild_id, p.seen[2]) t
LEFT JOIN active_multipliers m ON m.guild_id = $guild_id AND m.user_id = $member_id
	AND m.games_remaining > 0
LEFT JOIN LATERAL (SELECT level_reward_items AS brings_items, theme, wording FROM besace_settings
	WHERE guild_id = $guild_id LIMIT 1) s ON true -- apart, so that the other columns are not prepared
WHERE p.seen IS NOT NULL;

-- name: stats
SELECT balance, xp, message_count, voice_time, invites, since, played, won,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id::varchar) AS wording
FROM besace_stats($guild_id::varchar, $member_id::varchar, $username::varchar,
	$asker_id::varchar, $asker_name::varchar, $seen_ms::bigint);

-- Where a user is served in direct messages: the guild in which a row of theirs changed last; the same
-- interaction again, where it counted. Guilds that removed Besace are none. No row when they are in none.
-- name: latest_guild
SELECT l.guild_id, g.name FROM (SELECT coalesce(
	(SELECT r.guild_id FROM besace_user_guilds t
		JOIN besace_receipts r ON r.guild_id = t.guild_id AND r.user_id = t.user_id
			AND r.interaction_id = $interaction_id::varchar
		WHERE t.user_id = $member_id::varchar LIMIT 1),
	(SELECT u.guild_id FROM besace_user_guilds t
		JOIN users u ON u.guild_id = t.guild_id AND u.user_id = t.user_id
		LEFT JOIN besace_guilds b ON b.guild_id = t.guild_id
		WHERE t.user_id = $member_id AND b.removed_at IS NULL
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
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: announce_choice
SELECT besace_announce_choice($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $choice::varchar,
	$on_page::varchar::boolean) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- Keeps what an interaction tells of the member who asks.
-- name: member_tell
SELECT besace_member_tell($guild_id::varchar, $member_id::varchar, $seen_ms::bigint, $roles::text,
	$joined_at::varchar, $pending::boolean);
