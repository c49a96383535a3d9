-- A member's own limit of losses a day. Lowering it counts at once, raising or lifting it a day later.

-- What stands: {"day_max", "next_max", "next_at_s", "lost", "guild_max"}. 0: no limit; nothing is
-- coming.
CREATE OR REPLACE FUNCTION besace_loss_limit_view(p_guild VARCHAR, p_user VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	l besace_loss_limits;
	v_waits BOOLEAN;
BEGIN
	SELECT * INTO l FROM besace_loss_limits WHERE guild_id = p_guild AND user_id = p_user;
	v_waits := coalesce(l.next_at > clock_timestamp() AT TIME ZONE 'utc', false);
	RETURN jsonb_build_object('day_max', coalesce(besace_loss_limit(p_guild, p_user), 0),
		'next_max', CASE WHEN v_waits THEN coalesce(l.next_max, 0) ELSE 0 END,
		'next_at_s', CASE WHEN v_waits THEN extract(epoch FROM l.next_at)::bigint ELSE 0 END,
		'lost', greatest(besace_loss_today(p_guild, p_user), 0),
		'guild_max', coalesce((besace_settings_effective(p_guild)).loss_day_max, 0));
END
$$;

-- Sets it to P_MAX, 0: none. Outcome: {"done", …} as besace_loss_limit_view has it.
CREATE OR REPLACE FUNCTION besace_loss_limit_set(p_guild VARCHAR, p_user VARCHAR,
	p_username VARCHAR, p_seen_ms BIGINT, p_interaction VARCHAR, p_max INTEGER) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_now INTEGER;
	v_max INTEGER := nullif(p_max, 0);
BEGIN
	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'loss_limit');
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;
	v_now := besace_loss_limit(p_guild, p_user);
	IF v_max <= v_now OR v_now IS NULL THEN
		INSERT INTO besace_loss_limits (guild_id, user_id, day_max)
			VALUES (p_guild, p_user, v_max)
			ON CONFLICT (guild_id, user_id) DO UPDATE
			SET day_max = excluded.day_max, next_max = NULL, next_at = NULL;
	ELSE
		-- Asking for the same once more does not put it off.
		UPDATE besace_loss_limits SET day_max = v_now, next_max = v_max,
			next_at = CASE WHEN next_at > clock_timestamp() AT TIME ZONE 'utc'
				AND next_max IS NOT DISTINCT FROM v_max THEN next_at
				ELSE clock_timestamp() AT TIME ZONE 'utc' + interval '24 hours' END
			WHERE guild_id = p_guild AND user_id = p_user;
	END IF;
	RETURN besace_end(p_guild, p_user, p_interaction, 'loss_limit',
		besace_loss_limit_view(p_guild, p_user) || '{"done": true}');
END
$$;
