-- What a member carries, as the bag's reply is made of it.
CREATE OR REPLACE FUNCTION besace_bag_state(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_multiplier INTEGER;
	v_games_left INTEGER;
BEGIN
	SELECT multiplier_value, games_remaining INTO v_multiplier, v_games_left
	FROM active_multipliers
		WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0;
	RETURN (SELECT '{"jackpot": 0, "multiplier_x2": 0, "multiplier_x3": 0}'::jsonb
		|| coalesce(jsonb_object_agg(item_type, quantity), '{}')
		|| jsonb_build_object('uses', '{"jackpot": 0, "multiplier_x2": 0, "multiplier_x3": 0}'::jsonb
			|| coalesce(jsonb_object_agg(item_type, uses), '{}'),
			'multiplier', v_multiplier, 'games_left', v_games_left)
	FROM user_inventory WHERE guild_id = p_guild AND user_id = p_user);
END
$$;
