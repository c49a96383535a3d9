-- What a member carries, as the bag's reply is made of it: {"items": {type: quantity}, "uses": {type:
-- how many were used}, "active"}, the last being the multiplier {"value", "games_left"} or null. A type
-- that is missing was never there.
CREATE OR REPLACE FUNCTION besace_bag_text(p_guild VARCHAR, p_user VARCHAR) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT concat('{"items":{', string_agg('"' || item_type || '":' || quantity, ','),
			'},"uses":{', string_agg('"' || item_type || '":' || uses, ','), '},"active":',
			coalesce((SELECT '{"value":' || multiplier_value || ',"games_left":'
					|| games_remaining || '}'
				FROM active_multipliers WHERE guild_id = p_guild AND user_id = p_user
					AND games_remaining > 0), 'null'), '}')
		FROM user_inventory WHERE guild_id = p_guild AND user_id = p_user);
END
$$;

CREATE OR REPLACE FUNCTION besace_bag_state(p_guild VARCHAR, p_user VARCHAR) RETURNS JSON
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN besace_bag_text(p_guild, p_user);
END
$$;
