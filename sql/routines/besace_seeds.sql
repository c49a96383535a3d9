-- The seeds that a member's draws in the casino are made of. The member's row is locked.

-- Gives the member the seeds P_SEEDS, {"server_seed", "client_seed"}, unless they have some: then it
-- returns false.
CREATE OR REPLACE FUNCTION besace_seeds_new(p_guild VARCHAR, p_user VARCHAR, p_seeds JSONB)
RETURNS BOOLEAN
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)
		VALUES (p_guild, p_user, p_seeds ->> 'server_seed', p_seeds ->> 'client_seed')
		ON CONFLICT DO NOTHING;
	RETURN FOUND;
END
$$;

-- Which of the plays of P_OPEN (see besace_match_open) the member's nonce chooses, 0 being the
-- first. NULL: they were drawn from other seeds than the member's, or the nonce is before the first play.
CREATE OR REPLACE FUNCTION besace_seeds_play(p_guild VARCHAR, p_user VARCHAR, p_open JSONB)
RETURNS INTEGER
LANGUAGE plpgsql AS $$
DECLARE
	v_play BIGINT := 0;
	v_is_new BOOLEAN := true;
BEGIN
	IF p_open ? 'new_seeds' THEN
		v_is_new := besace_seeds_new(p_guild, p_user, p_open -> 'new_seeds');
	END IF;
	IF p_open ? 'seeds' THEN
		SELECT nonce - (p_open #>> '{seeds,first_nonce}')::bigint INTO v_play
			FROM users WHERE guild_id = p_guild AND user_id = p_user AND v_is_new
				AND seeds_version = (p_open #>> '{seeds,version}')::integer;
	END IF;
	RETURN CASE WHEN v_play >= 0 THEN v_play::integer END;
END
$$;

-- Gives the member seeds unless they have some. Making it again changes nothing.
CREATE OR REPLACE FUNCTION besace_seeds_make(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_server_seed VARCHAR, p_client_seed VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	INSERT INTO besace_seeds (guild_id, user_id, server_seed, client_seed)
		VALUES (p_guild, p_user, p_server_seed, p_client_seed) ON CONFLICT DO NOTHING;
END
$$;

-- Sets the member's client seed, or reveals the server seed and puts P_SERVER_SEED in its place,
-- whichever is not NULL. Outcome: {"done": true, "server_seed", "client_seed", "nonce"} as they are
-- then, with {"revealed", "draws"} of the one that was revealed; or {"done": false, "refusal"} with
-- the refusals unused (nothing was drawn from it yet) and open (a match that was is still open).
-- The same interaction again returns its first outcome.
CREATE OR REPLACE FUNCTION besace_seeds_change(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_client_seed VARCHAR, p_server_seed VARCHAR)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_outcome JSONB;
	v_seeds RECORD;
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'seeds_change');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	SELECT s.server_seed, s.client_seed, u.nonce INTO STRICT v_seeds
		FROM besace_seeds s JOIN users u ON u.guild_id = s.guild_id AND u.user_id = s.user_id
		WHERE s.guild_id = p_guild AND s.user_id = p_user;
	IF p_server_seed IS NOT NULL AND v_seeds.nonce = 0 THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'unused');
	ELSIF p_server_seed IS NOT NULL AND EXISTS (SELECT FROM besace_escrow e
		JOIN besace_matches m ON m.guild_id = e.guild_id AND m.match_id = e.match_id
		WHERE e.guild_id = p_guild AND e.user_id = p_user AND m.draws_seeds) THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'open');
	ELSE
		UPDATE besace_seeds SET client_seed = coalesce(p_client_seed, client_seed),
			server_seed = coalesce(p_server_seed, server_seed)
			WHERE guild_id = p_guild AND user_id = p_user;
		UPDATE users SET seeds_version = seeds_version + 1,
			nonce = CASE WHEN p_server_seed IS NULL THEN nonce ELSE 0 END,
			updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user;
		IF p_server_seed IS NOT NULL THEN
			INSERT INTO besace_revealed_seeds (guild_id, user_id, commitment, server_seed)
				VALUES (p_guild, p_user, encode(sha256(decode(v_seeds.server_seed, 'hex')), 'hex'),
					v_seeds.server_seed);
		END IF;
		v_outcome := jsonb_build_object('done', true,
			'server_seed', coalesce(p_server_seed, v_seeds.server_seed),
			'client_seed', coalesce(p_client_seed, v_seeds.client_seed),
			'nonce', CASE WHEN p_server_seed IS NULL THEN v_seeds.nonce ELSE 0 END,
			'revealed', CASE WHEN p_server_seed IS NULL THEN NULL
				ELSE v_seeds.server_seed END,
			'draws', CASE WHEN p_server_seed IS NULL THEN NULL ELSE v_seeds.nonce END);
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'seeds_change', v_outcome);
END
$$;
