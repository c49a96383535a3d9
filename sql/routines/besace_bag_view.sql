-- A member's bag, created on first contact as besace_profile does it. NULL of an item or of the
-- multiplier is none.
CREATE OR REPLACE FUNCTION besace_bag_view(
	p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT)
RETURNS TABLE (jackpot INTEGER, x2 INTEGER, x3 INTEGER, jackpot_uses INTEGER, x2_uses INTEGER,
	x3_uses INTEGER, multiplier INTEGER, games_left INTEGER)
LANGUAGE plpgsql AS $$
BEGIN
	IF NOT besace_member_is_current(p_guild, p_user, p_username, p_seen_ms) THEN
		PERFORM besace_member_see(p_guild, p_user, p_username, p_seen_ms);
	END IF;
	RETURN QUERY
	SELECT max(i.quantity) FILTER (WHERE i.item_type = 'jackpot'),
		max(i.quantity) FILTER (WHERE i.item_type = 'multiplier_x2'),
		max(i.quantity) FILTER (WHERE i.item_type = 'multiplier_x3'),
		max(i.uses) FILTER (WHERE i.item_type = 'jackpot'),
		max(i.uses) FILTER (WHERE i.item_type = 'multiplier_x2'),
		max(i.uses) FILTER (WHERE i.item_type = 'multiplier_x3'),
		max(m.multiplier_value), max(m.games_remaining)
	FROM (VALUES (1)) AS one (row)
	LEFT JOIN user_inventory i ON i.guild_id = p_guild AND i.user_id = p_user
	LEFT JOIN active_multipliers m ON m.guild_id = p_guild AND m.user_id = p_user
		AND m.games_remaining > 0;
END
$$;
