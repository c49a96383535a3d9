-- What a member carries, as the bag's reply is made of it.
CREATE OR REPLACE FUNCTION besace_bag_state(p_user VARCHAR) RETURNS JSONB
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object(
		'jackpot', coalesce(max(quantity) FILTER (WHERE item_type = 'jackpot'), 0),
		'multiplier_x2', coalesce(max(quantity) FILTER (WHERE item_type = 'multiplier_x2'), 0),
		'multiplier_x3', coalesce(max(quantity) FILTER (WHERE item_type = 'multiplier_x3'), 0),
		'uses', jsonb_build_object(
			'jackpot', coalesce(max(uses) FILTER (WHERE item_type = 'jackpot'), 0),
			'multiplier_x2',
				coalesce(max(uses) FILTER (WHERE item_type = 'multiplier_x2'), 0),
			'multiplier_x3',
				coalesce(max(uses) FILTER (WHERE item_type = 'multiplier_x3'), 0)),
		'multiplier', (SELECT multiplier_value FROM active_multipliers m
			WHERE m.user_id = p_user AND games_remaining > 0),
		'games_left', (SELECT games_remaining FROM active_multipliers m
			WHERE m.user_id = p_user AND games_remaining > 0))
	FROM user_inventory WHERE user_id = p_user
$$;
