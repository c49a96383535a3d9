-- Rewards the levels above P_WAS up to P_LEVEL that member P_USER has just crossed, without touching
-- their row in users: the caller has locked it, and adds the LC to the balance and raises
-- level_rewarded in its own UPDATE. Whatever gives XP ends here, in its own transaction.
--
-- Each level is rewarded once in a lifetime: those up to P_REWARDED were. A balance, of which
-- P_ROOM is left, or an item that is full takes what it can hold. One announcement is queued,
-- however many levels were crossed.
--
-- P_PLACE is where it happened, for a guild that announces there; NULL: where the row says that the
-- member earned last.
--
-- Returns {user, old, level, lc, items: {type: quantity}}; NULL when no level was crossed.
CREATE OR REPLACE FUNCTION besace_level_reward(p_guild VARCHAR, p_user VARCHAR, p_was INTEGER,
	p_rewarded INTEGER, p_level INTEGER, p_room INTEGER, p_place VARCHAR DEFAULT NULL)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_paid JSONB;
	v_fact JSONB;
BEGIN
	IF p_level <= p_was THEN
		RETURN NULL;
	END IF;
	v_paid := besace_level_pay(p_guild, p_user, greatest(p_was, p_rewarded) + 1, p_level, p_room);
	v_fact := jsonb_build_object('user', p_user, 'old', p_was, 'level', p_level,
		'lc', v_paid -> 'lc', 'items', v_paid -> 'items');
	-- A level that was rewarded before is regained in silence.
	IF p_level > p_rewarded THEN
		PERFORM besace_level_announce(p_guild, p_user, v_fact, p_place);
	END IF;
	RETURN v_fact;
END
$$;
