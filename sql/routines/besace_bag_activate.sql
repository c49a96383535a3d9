-- Activates one multiplier of type P_ITEM, worth P_VALUE for P_GAMES won games. P_USE as in
-- besace_bag_open. Outcome: {"done", "bag"} or {"done": false, "refusal", "bag"} with the refusals
-- already_active, none_left and used. The same interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_bag_activate(p_interaction VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_use INTEGER, p_item VARCHAR, p_value INTEGER,
	p_games INTEGER)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
BEGIN
	PERFORM besace_member_lock(p_user, p_username, p_seen_ms);
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;

	IF EXISTS (SELECT FROM active_multipliers WHERE user_id = p_user AND games_remaining > 0) THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'already_active');
	ELSIF besace_bag_use(p_user, p_item, p_use) THEN
		INSERT INTO active_multipliers
			(user_id, multiplier_type, multiplier_value, games_remaining)
			VALUES (p_user, p_item, p_value, p_games);
		v_outcome := jsonb_build_object('done', true);
	ELSE
		v_outcome := besace_bag_refusal(p_user, p_item);
	END IF;

	v_outcome := v_outcome || jsonb_build_object('bag', besace_bag_state(p_user));
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
