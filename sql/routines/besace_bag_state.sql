-- What a member carries, as the bag's reply is made of it.
CREATE OR REPLACE FUNCTION besace_bag_state(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object(
		'jackpot', coalesce(max(quantity) FILTER (WHERE item_type = 'jackpot'), 0),
		'multiplier_x2', coalesce(max(quantity) FILTER (WHERE item_type = 'multiplier_x2'), 0),
		'multiplier_x3', coalesce(max(quantity) FILTER (WHERE item_type = 'multiplier_x3'), 0),
		'uses', jsonb_build_object(
			'jackpot', coalesce(max(uses) FILTER (WHERE item_type = 'jackpot'), 0),
			'multiplier_x2',
				coalesce(max(uses) FILTER (WHERE item_type = 'multiplier_x2'), 0),
			'multiplier_x3',
				coalesce(max(uses) FILTER (WHERE item_type = 'multiplier_x3'), 0)),
		'multiplier', max(m.multiplier_value), 'games_left', max(m.games_remaining))
	FROM (VALUES (1)) AS one (row)
	LEFT JOIN user_inventory i ON i.guild_id = p_guild AND i.user_id = p_user
	LEFT JOIN active_multipliers m ON m.guild_id = p_guild AND m.user_id = p_user
		AND m.games_remaining > 0);
END
$$;
