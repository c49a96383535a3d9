-- Takes one of an item out of a bag whose member is locked. P_USE is the use that the button stands
-- for, which must be the next one (NULL: whichever is). Returns whether there was one to take.
CREATE OR REPLACE FUNCTION besace_bag_use(
	p_guild VARCHAR, p_user VARCHAR, p_item VARCHAR, p_use INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE user_inventory SET quantity = quantity - 1, uses = uses + 1,
		updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id = p_user AND item_type = p_item AND quantity > 0
			AND uses = coalesce(p_use, uses);
	RETURN FOUND;
END
$$;

-- Why besace_bag_use took none.
CREATE OR REPLACE FUNCTION besace_bag_refusal(p_guild VARCHAR, p_user VARCHAR, p_item VARCHAR)
RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN jsonb_build_object('done', false, 'refusal', CASE WHEN EXISTS (
		SELECT FROM user_inventory WHERE guild_id = p_guild AND user_id = p_user
			AND item_type = p_item AND quantity > 0) THEN 'used' ELSE 'none_left' END);
END
$$;
