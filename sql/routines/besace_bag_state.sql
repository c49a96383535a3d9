-- What a member carries, as the bag's reply is made of it: {"items": {type: quantity}, "uses": {type:
-- how many were used}, "active"}, the last being the multiplier {"value", "games_left"} or null. A type
-- that is missing was never there.
CREATE OR REPLACE FUNCTION besace_bag_state(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT jsonb_build_object('items', coalesce(jsonb_object_agg(item_type, quantity), '{}'),
		'uses', coalesce(jsonb_object_agg(item_type, uses), '{}'),
		'active', (SELECT jsonb_build_object('value', multiplier_value,
				'games_left', games_remaining) FROM active_multipliers
			WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0))
	FROM user_inventory WHERE guild_id = p_guild AND user_id = p_user);
END
$$;
