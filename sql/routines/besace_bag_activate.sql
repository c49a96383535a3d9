-- Activates one multiplier of type P_ITEM, worth P_VALUE for P_GAMES won games. P_USE as in
-- besace_bag_open. Outcome: {"done", "bag"} or {"done": false, "refusal", "bag"} with the refusals
-- already_active, none_left and used.
CREATE OR REPLACE FUNCTION besace_bag_activate(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_use INTEGER, p_item VARCHAR,
	p_value INTEGER, p_games INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_outcome JSONB;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'bag_activate');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	IF EXISTS (SELECT FROM active_multipliers
		WHERE guild_id = p_guild AND user_id = p_user AND games_remaining > 0)
	THEN
		v_outcome := '{"done": false, "refusal": "already_active"}';
	ELSIF besace_bag_use(p_guild, p_user, p_item, p_use) THEN
		INSERT INTO active_multipliers
			(guild_id, user_id, multiplier_type, multiplier_value, games_remaining)
			VALUES (p_guild, p_user, p_item, p_value, p_games)
			-- One that another tool used up and left.
			ON CONFLICT (guild_id, user_id) DO UPDATE SET
				multiplier_type = excluded.multiplier_type,
				multiplier_value = excluded.multiplier_value,
				games_remaining = excluded.games_remaining,
				activated_at = excluded.activated_at;
		-- The member's row counts as changed, for direct messages.
		UPDATE users SET updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user;
		v_outcome := '{"done": true}';
	ELSE
		v_outcome := besace_bag_refusal(p_guild, p_user, p_item);
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'bag_activate',
		v_outcome || jsonb_build_object('bag', besace_bag_state(p_guild, p_user)));
END
$$;
