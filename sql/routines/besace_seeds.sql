-- The seeds that a member's draws in the casino are made of.

-- Gives the member seeds unless they have some. Making it again changes nothing.
CREATE OR REPLACE FUNCTION besace_seeds_make(p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT,
	p_server VARCHAR, p_member VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM besace_member_lock(p_user, p_username, p_seen_ms);
	INSERT INTO besace_seeds (user_id, server_seed, member_seed)
		VALUES (p_user, p_server, p_member) ON CONFLICT DO NOTHING;
END
$$;

-- Sets the member's own seed (P_MEMBER) or reveals the secret one and puts P_SERVER in its place,
-- whichever is not NULL. Outcome: {"done": true, "server", "member", "counter"} as they are then,
-- with {"revealed", "games"} of the one that was revealed; or {"done": false, "refusal"} with the
-- refusals unused (nothing was drawn from it yet) and open (a game that was is still open). The
-- same interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_seeds_change(p_interaction VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_member VARCHAR, p_server VARCHAR) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_outcome JSONB;
	v_seeds besace_seeds;
BEGIN
	PERFORM besace_member_lock(p_user, p_username, p_seen_ms);
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;

	SELECT * INTO STRICT v_seeds FROM besace_seeds WHERE user_id = p_user;
	IF p_server IS NOT NULL AND v_seeds.counter = 0 THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'unused');
	ELSIF p_server IS NOT NULL AND EXISTS (SELECT FROM besace_game_seats
		WHERE user_id = p_user AND kind = 'blackjack') THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'open');
	ELSE
		UPDATE besace_seeds SET member_seed = coalesce(p_member, member_seed),
			server_seed = coalesce(p_server, server_seed),
			counter = CASE WHEN p_server IS NULL THEN counter ELSE 0 END
			WHERE user_id = p_user;
		v_outcome := jsonb_build_object('done', true,
			'server', coalesce(p_server, v_seeds.server_seed),
			'member', coalesce(p_member, v_seeds.member_seed),
			'counter', CASE WHEN p_server IS NULL THEN v_seeds.counter ELSE 0 END);
		IF p_server IS NOT NULL THEN
			v_outcome := v_outcome || jsonb_build_object(
				'revealed', v_seeds.server_seed, 'games', v_seeds.counter);
		END IF;
	END IF;
	INSERT INTO besace_receipts (user_id, interaction_id, outcome)
		VALUES (p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
