-- What besace-web reads, with a role that can do nothing else. No routines: it may run none. And
-- what besace needs to link to it.

-- name: page_renew
SELECT besace_page_renew($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $page_token::varchar) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- The guild whose page is at an address, with what earns XP there.
-- name: page_guild
SELECT p.guild_id, coalesce(g.name, '') AS name, coalesce(s.theme, 'cognac') AS theme,
	coalesce(s.page_visibility, 'unlisted') = 'listed' AS is_listed,
	concat_ws(' ', coalesce(s.currency_name, 'LC'),
		CASE WHEN s.currency_symbol NOT LIKE '<%' THEN s.currency_symbol END) AS unit,
	coalesce(s.levels, true) AND coalesce(s.message, true) AS message,
	coalesce(s.message_min, 1) AS message_min, coalesce(s.message_max, 3) AS message_max,
	coalesce(s.message_cooldown_s, 60) AS message_cooldown_s,
	coalesce(s.levels, true) AND coalesce(s.reaction, true) AS reaction,
	coalesce(s.reaction_xp, 2) AS reaction_xp, coalesce(s.reaction_xp_max, 10) AS reaction_xp_max,
	coalesce(s.levels, true) AND coalesce(s.voice, true) AS voice,
	coalesce(s.voice_members_min, 2) AS voice_from,
	-- As besace_voice_xp has it.
	coalesce(s.voice_first, 1) + coalesce(s.voice_further, 2)
		* (least(coalesce(s.voice_members_min, 2), s.voice_count_max) - 2) AS voice_first,
	CASE WHEN s.voice_count_max <= coalesce(s.voice_members_min, 2) THEN 0
		ELSE coalesce(s.voice_further, 2) END AS voice_further,
	coalesce(s.levels, true) AND coalesce(s.game, true) AS game,
	coalesce(s.game_win, 15) AS game_win, coalesce(s.game_loss, 5) AS game_loss,
	s.day_xp_max,
	coalesce(s.level_reward_percent, 100) AS level_reward_percent,
	coalesce(s.level_reward_items, true) AS level_reward_items,
	coalesce((SELECT b.above[1] FROM besace_leaderboard b WHERE b.guild_id = p.guild_id
			AND b.metric = 'xp' AND b.node = 5 << 26), 0)::bigint
		+ coalesce((SELECT sum(CASE WHEN c.metric IS NULL
				THEN num_nonnulls(c.xp_is) - num_nonnulls(c.xp_was)
				ELSE (SELECT sum(delta) FROM unnest(c.deltas) AS delta) END)
			FROM besace_leaderboard_changes c WHERE c.guild_id = p.guild_id
				AND (c.metric IS NULL OR c.metric = 'xp')), 0)::bigint AS members
FROM besace_pages p
LEFT JOIN besace_guilds g ON g.guild_id = p.guild_id
LEFT JOIN besace_settings s ON s.guild_id = p.guild_id
WHERE p.address_hash = $address_hash::varchar AND g.removed_at IS NULL
	AND coalesce(s.page_visibility, 'unlisted') <> 'off'
	AND (NOT p.is_name OR s.page_visibility = 'listed');

-- Whether there is a page at an address, by the same conditions, and whether one that was drawn
-- before may still be shown.
-- name: page_hidings
SELECT p.hidings
FROM besace_pages p
LEFT JOIN besace_guilds g ON g.guild_id = p.guild_id
LEFT JOIN besace_settings s ON s.guild_id = p.guild_id
WHERE p.address_hash = $address_hash::varchar AND g.removed_at IS NULL
	AND coalesce(s.page_visibility, 'unlisted') <> 'off'
	AND (NOT p.is_name OR s.page_visibility = 'listed');

-- The members of a page: from the copy, and those who changed since from their own rows; see the migration
-- leaderboard. Hidden members are among them, so that nobody's rank shows that somebody is missing; ties:
-- members before the first with as much. The metric is lc or xp.
-- name: page_members
WITH pending AS MATERIALIZED (
	SELECT user_id FROM besace_leaderboard_changes
	WHERE guild_id = $guild_id::varchar AND user_id IS NOT NULL
	UNION SELECT user_id FROM besace_ranked_due WHERE guild_id = $guild_id
	UNION SELECT unnest(users) FROM besace_ranked_many WHERE guild_id = $guild_id
), live AS MATERIALIZED (
	SELECT u.user_id, CASE $metric::varchar WHEN 'lc' THEN u.balance ELSE u.xp END AS value FROM pending p
	JOIN users u ON u.guild_id = $guild_id AND u.user_id = p.user_id WHERE u.left_at IS NULL
), page AS MATERIALIZED (
	(SELECT user_id, value FROM besace_ranked WHERE guild_id = $guild_id AND metric = $metric
		AND user_id NOT IN (SELECT user_id FROM pending)
		ORDER BY value DESC, user_id LIMIT $offset::integer + $limit::integer)
	UNION ALL SELECT user_id, value FROM live
	ORDER BY value DESC, user_id LIMIT $limit OFFSET $offset
), first AS (SELECT user_id, value FROM page ORDER BY value DESC, user_id LIMIT 1)
SELECT u.user_id, u.username, u.xp, u.balance, u.message_count, u.voice_time, u.page_hidden,
	(SELECT count(*) FROM besace_ranked r, first f WHERE r.guild_id = $guild_id
		AND r.metric = $metric AND r.value = f.value AND r.user_id < f.user_id
		AND r.user_id NOT IN (SELECT user_id FROM pending))
	+ (SELECT count(*) FROM live l, first f WHERE l.value = f.value AND l.user_id < f.user_id) AS ties
FROM page p JOIN users u ON u.guild_id = $guild_id AND u.user_id = p.user_id
ORDER BY p.value DESC, p.user_id;

-- The members with the most time in voice or messages, in order: read through, and kept by
-- besace-web for minutes, because an index would be written with every message.
-- name: page_top
SELECT user_id FROM users WHERE guild_id = $guild_id::varchar AND left_at IS NULL
	AND CASE WHEN $is_voice::boolean THEN voice_time ELSE message_count END > 0
ORDER BY CASE WHEN $is_voice THEN voice_time ELSE message_count END DESC, user_id
LIMIT $limit::integer;

-- name: page_by_ids
SELECT u.user_id, u.username, u.xp, u.balance, u.message_count, u.voice_time, u.page_hidden,
	0::bigint AS ties
FROM unnest($user_ids::text[]) WITH ORDINALITY AS i (user_id, number)
JOIN users u ON u.guild_id = $guild_id::varchar AND u.user_id = i.user_id
WHERE u.left_at IS NULL ORDER BY i.number;

-- Members whose names begin with a text, the highest first: from the text on up to the last character
-- that there is behind it, byte by byte, as the index stands.
-- name: page_search
SELECT user_id, username, xp, balance, message_count, voice_time, page_hidden, 0::bigint AS ties
FROM (SELECT * FROM users WHERE guild_id = $guild_id::varchar AND left_at IS NULL
	AND NOT page_hidden AND lower(username) ~>=~ lower($search::varchar)
	AND lower(username) ~<~ (lower($search) || chr(1114111)) LIMIT 1000) found
ORDER BY xp DESC, user_id LIMIT $limit::integer;

-- A member with their rank by XP, and the member above them.
-- name: page_member
WITH pending AS MATERIALIZED (
	SELECT user_id FROM besace_leaderboard_changes
	WHERE guild_id = $guild_id::varchar AND user_id IS NOT NULL
	UNION SELECT user_id FROM besace_ranked_due WHERE guild_id = $guild_id
	UNION SELECT unnest(users) FROM besace_ranked_many WHERE guild_id = $guild_id
)
SELECT u.user_id, u.username, u.xp, u.balance, u.message_count, u.voice_time, u.page_hidden,
	1 + coalesce((SELECT sum(b.above[2 + besace_leaderboard_child(u.xp, b.node >> 26)])
		FROM besace_leaderboard b, generate_series(0, 5) AS height
		WHERE b.guild_id = u.guild_id AND b.metric = 'xp'
			AND b.node = besace_leaderboard_node(u.xp, height)), 0)::bigint
		+ coalesce((SELECT sum(CASE WHEN c.metric IS NULL THEN (coalesce(c.xp_is, -1) > u.xp)::integer
				- (coalesce(c.xp_was, -1) > u.xp)::integer
				ELSE (SELECT sum(d.delta) FROM unnest(c.at, c.deltas) AS d (value, delta)
					WHERE d.value > u.xp) END)
			FROM besace_leaderboard_changes c WHERE c.guild_id = u.guild_id
				AND (c.metric IS NULL OR c.metric = 'xp')), 0)::bigint
		AS ties,
	coalesce(m.multiplier_value, 0) AS multiplier, coalesce(m.games_remaining, 0) AS games_left,
	above.username AS above_name, above.xp AS above_xp
FROM users u
LEFT JOIN active_multipliers m
	ON m.guild_id = u.guild_id AND m.user_id = u.user_id AND m.games_remaining > 0
LEFT JOIN LATERAL (
	(SELECT a.username, r.value AS xp, r.user_id FROM besace_ranked r
		JOIN users a ON a.guild_id = r.guild_id AND a.user_id = r.user_id
		WHERE r.guild_id = u.guild_id AND r.metric = 'xp' AND r.value > u.xp AND NOT a.page_hidden
			AND r.user_id NOT IN (SELECT user_id FROM pending)
		ORDER BY r.value, r.user_id DESC LIMIT 1)
	UNION ALL
	SELECT a.username, a.xp, a.user_id FROM pending p
	JOIN users a ON a.guild_id = u.guild_id AND a.user_id = p.user_id
	WHERE a.xp > u.xp AND NOT a.page_hidden AND a.left_at IS NULL
	ORDER BY xp, user_id DESC LIMIT 1) above ON true
WHERE u.guild_id = $guild_id AND u.user_id = $user_id::varchar AND u.left_at IS NULL
	AND NOT u.page_hidden;
