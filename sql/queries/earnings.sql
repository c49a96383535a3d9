-- What a member earns, and may lose.

-- name: earnings
SELECT besace_earnings($guild_id::varchar, $member_id::varchar, $seen_ms::bigint,
	$channel_id::varchar, $parent_id::varchar, $category_id::varchar, $roles::varchar[]) AS state,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- What /aide shows of the guild and of who asks; a first contact is one here too.
-- name: help
SELECT p.xp, besace_earnings($guild_id::varchar, $member_id::varchar, $seen_ms::bigint,
		$channel_id::varchar, $parent_id::varchar, $category_id::varchar, $roles::varchar[])
		AS earnings,
	s.gift_amount, s.gift_midnight, s.level_reward_percent, s.level_reward_items,
	s.transfer AS gives, besace_command_ids($guild_id) AS command_ids,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording
FROM besace_profile($guild_id, $member_id, $username::varchar, $asker_id::varchar,
	$asker_name::varchar, $seen_ms) p, besace_settings_effective($guild_id) s;

-- name: loss_limit
SELECT besace_loss_limit_view($guild_id::varchar, $member_id::varchar) AS state,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;

-- name: loss_limit_set
SELECT besace_loss_limit_set($guild_id::varchar, $member_id::varchar, $username::varchar,
	$seen_ms::bigint, $interaction_id::varchar, $day_max::integer) AS outcome,
	(SELECT s.wording FROM besace_settings s WHERE s.guild_id = $guild_id) AS wording;
