-- What a member carries, as the bag's reply is made of it: {"items": {type: quantity}, "uses": {type:
-- how many were used}, "active"}, the last being the multiplier {"value", "games_left"} or null. A type
-- that is missing was never there.
CREATE OR REPLACE FUNCTION besace_bag_state(p_guild VARCHAR, p_user VARCHAR) RETURNS JSON
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_active TEXT;
	v_items TEXT;
	v_uses TEXT;
BEGIN
	SELECT concat('{"value":', multiplier_value, ',"games_left":', games_remaining, '}') INTO v_active
		FROM active_multipliers
		WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0;
	SELECT string_agg(concat('"', item_type, '":', quantity), ','),
		string_agg(concat('"', item_type, '":', uses), ',')
	INTO v_items, v_uses FROM user_inventory WHERE guild_id = p_guild AND user_id = p_user;
	RETURN concat('{"items":{', v_items, '},"uses":{', v_uses, '},"active":', coalesce(v_active, 'null'),
		'}');
END
$$;
