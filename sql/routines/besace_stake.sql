-- What the settings of a guild, and a member's own limit, say about a stake. The member is locked.

-- Why P_USER may not stake P_STAKE at P_GAME_TYPE in P_CHANNEL (NULL: it was looked at when the match
-- was opened), as an outcome without its balance; NULL when nothing is against it. Refusals:
--
--	disabled  the game is off here
--	channel   it is played elsewhere: "channels"
--	range     "min", "max"
--	pause     "until", in seconds since 1970
--	loss      the stake could pass the limit of a day: "left"; "own": it is the member's own limit;
--	          "min", "max" of the game
CREATE OR REPLACE FUNCTION besace_stake_refusal(p_guild VARCHAR, p_user VARCHAR,
	p_game_type VARCHAR, p_stake INTEGER, p_channel VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	g RECORD;
	v_bounds INTEGER[] := besace_game_bounds(p_game_type);
	v_until TIMESTAMP;
BEGIN
	SELECT s.enabled, s.pause_s, s.channels, l.user_id IS NOT NULL AS has_limit,
		t.loss_day_max,
		coalesce(s.stake_min, v_bounds[1]) AS min, coalesce(s.stake_max, v_bounds[2]) AS max
	INTO g FROM (VALUES (1)) AS one (row)
	LEFT JOIN besace_game_settings s ON s.guild_id = p_guild AND s.game_type = p_game_type
	LEFT JOIN besace_settings t ON t.guild_id = p_guild
	LEFT JOIN besace_loss_limits l ON l.guild_id = p_guild AND l.user_id = p_user;
	IF NOT g.enabled THEN
		RETURN '{"done": false, "refusal": "disabled"}';
	ELSIF p_channel IS NOT NULL AND NOT p_channel = ANY (g.channels)
			AND NOT coalesce((SELECT parent_id = ANY (g.channels) FROM besace_channels
				WHERE guild_id = p_guild AND channel_id = p_channel), false) THEN
		RETURN jsonb_build_object('done', false, 'refusal', 'channel',
			'channels', to_jsonb(g.channels));
	ELSIF p_stake < g.min OR p_stake > g.max THEN
		RETURN jsonb_build_object('done', false, 'refusal', 'range',
			'min', g.min, 'max', g.max);
	END IF;
	IF g.pause_s > 0 THEN
		SELECT started_at + g.pause_s * interval '1 second' INTO v_until
		FROM besace_game_pauses
		WHERE guild_id = p_guild AND user_id = p_user AND game_type = p_game_type;
		IF v_until > clock_timestamp() AT TIME ZONE 'utc' THEN
			RETURN jsonb_build_object('done', false, 'refusal', 'pause',
				'until', ceil(extract(epoch FROM v_until))::bigint);
		END IF;
	END IF;
	IF g.has_limit OR g.loss_day_max IS NOT NULL THEN
		RETURN besace_loss_refusal(p_guild, p_user, g.loss_day_max, p_stake)
			|| jsonb_build_object('min', g.min, 'max', g.max);
	END IF;
	RETURN NULL;
END
$$;

-- The refusal of P_STAKE, which the balance does not hold: "stake" and the bounds "min" and "max" of
-- another one.
CREATE OR REPLACE FUNCTION besace_balance_refusal(
	p_guild VARCHAR, p_game_type VARCHAR, p_stake INTEGER) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_stakes JSONB := besace_game_stakes(p_guild, p_game_type);
BEGIN
	RETURN jsonb_build_object('done', false, 'refusal', 'balance', 'stake', p_stake,
		'min', v_stakes -> 0, 'max', v_stakes -> 1);
END
$$;

-- A match of P_GAME_TYPE has begun for P_USER: the pause of the game, if it has one, begins.
CREATE OR REPLACE FUNCTION besace_pause_begin(
	p_guild VARCHAR, p_user VARCHAR, p_game_type VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_game_pauses (guild_id, user_id, game_type, started_at)
	SELECT p_guild, p_user, p_game_type, clock_timestamp() AT TIME ZONE 'utc'
	FROM besace_game_settings
	WHERE guild_id = p_guild AND game_type = p_game_type AND pause_s > 0
	ON CONFLICT (guild_id, user_id, game_type) DO UPDATE SET started_at = excluded.started_at;
END
$$;

-- What P_USER has lost in the guild's current day: stakes less credits since midnight, and the
-- stakes of before that are still in escrow.
CREATE OR REPLACE FUNCTION besace_loss_today(p_guild VARCHAR, p_user VARCHAR) RETURNS BIGINT
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_zone VARCHAR := coalesce((SELECT time_zone FROM besace_settings WHERE guild_id = p_guild),
		'Europe/Paris');
	v_midnight TIMESTAMP := (besace_day(v_zone, now())::timestamp AT TIME ZONE v_zone)
		AT TIME ZONE 'utc';
BEGIN
	RETURN (SELECT coalesce(sum(amount), 0) FROM transactions
			WHERE guild_id = p_guild AND from_user_id = p_user AND created_at >= v_midnight
				AND transaction_type = 'bet')
		- (SELECT coalesce(sum(amount), 0) FROM transactions
			WHERE guild_id = p_guild AND to_user_id = p_user AND created_at >= v_midnight
				AND transaction_type IN ('game_win', 'refund'))
		+ (SELECT coalesce(sum(e.stake), 0) FROM besace_escrow e
			WHERE e.guild_id = p_guild AND e.user_id = p_user AND EXISTS (
				SELECT FROM transactions t WHERE t.guild_id = p_guild
					AND t.from_user_id = p_user AND t.match_id = e.match_id
					AND t.created_at < v_midnight));
END
$$;

-- The member's own limit of a day; NULL: none.
CREATE OR REPLACE FUNCTION besace_loss_limit(p_guild VARCHAR, p_user VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT CASE WHEN next_at <= clock_timestamp() AT TIME ZONE 'utc'
			THEN next_max ELSE day_max END
		FROM besace_loss_limits WHERE guild_id = p_guild AND user_id = p_user);
END
$$;

CREATE OR REPLACE FUNCTION besace_loss_refusal(
	p_guild VARCHAR, p_user VARCHAR, p_guild_max INTEGER, p_stake INTEGER) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_own INTEGER := besace_loss_limit(p_guild, p_user);
	v_left BIGINT := least(v_own, p_guild_max);
BEGIN
	IF v_left IS NULL THEN
		RETURN NULL;
	END IF;
	v_left := v_left - besace_loss_today(p_guild, p_user);
	RETURN CASE WHEN p_stake > v_left THEN jsonb_build_object('done', false,
		'refusal', 'loss', 'left', least(greatest(v_left, 0), 2147483647),
		'own', v_own <= coalesce(p_guild_max, v_own)) END;
END
$$;

-- XP that a match which ended with P_RESULT (NULL: it was none) brings P_USER in P_CHANNEL; P_XP is
-- what it brings by the rules. S are the guild's settings, NULL when it has none.
CREATE OR REPLACE FUNCTION besace_game_xp(s besace_settings, p_user VARCHAR, p_result VARCHAR,
	p_xp INTEGER, p_channel VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_xp INTEGER;
BEGIN
	IF s.guild_id IS NULL OR p_result IS NULL OR p_xp IS NULL THEN
		RETURN coalesce(p_xp, 0);
	END IF;
	s := besace_settings_filled(s.guild_id, s);
	IF NOT s.levels OR NOT s.game THEN
		RETURN 0;
	END IF;
	v_xp := besace_xp_scale(
		CASE p_result WHEN 'win' THEN s.game_win WHEN 'loss' THEN s.game_loss
			ELSE s.game_push END,
		besace_member_percent(s, p_user), besace_place_percent(s, p_channel, NULL, NULL),
		besace_rate(s.rate_percent, s.rate_until_ms,
			(extract(epoch FROM now()) * 1000)::bigint));
	IF s.day_xp_max IS NULL THEN
		RETURN v_xp;
	END IF;
	RETURN (SELECT least(v_xp, greatest(0, s.day_xp_max - besace_xp_of_day(u.xp_day, u.xp_today,
			u.xp_eve, besace_day(s.time_zone, now()))))
		FROM users u WHERE u.guild_id = s.guild_id AND u.user_id = p_user);
END
$$;

-- The bounds of a stake: [min, max].
CREATE OR REPLACE FUNCTION besace_game_stakes(p_guild VARCHAR, p_game_type VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_bounds INTEGER[] := besace_game_bounds(p_game_type);
BEGIN
	RETURN coalesce((SELECT jsonb_build_array(coalesce(stake_min, v_bounds[1]),
			coalesce(stake_max, v_bounds[2]))
		FROM besace_game_settings WHERE guild_id = p_guild AND game_type = p_game_type),
		to_jsonb(v_bounds));
END
$$;

-- What a newcomer begins with.
CREATE OR REPLACE FUNCTION besace_start_balance(p_guild VARCHAR) RETURNS INTEGER
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN coalesce((SELECT start_balance FROM besace_settings WHERE guild_id = p_guild), 25);
END
$$;

-- Keeps where a channel stands, as an interaction tells it: NULL tells nothing, '' that it stands in
-- nothing. Only in guilds where it matters; elsewhere the next interaction tells it as well.
CREATE OR REPLACE FUNCTION besace_place_see(p_guild VARCHAR, p_channel VARCHAR, p_parent VARCHAR,
	p_category VARCHAR) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	IF p_channel IS NOT NULL AND EXISTS (SELECT FROM besace_settings s
			WHERE s.guild_id = p_guild AND (s.has_places OR EXISTS (
				SELECT FROM besace_game_settings g
				WHERE g.guild_id = p_guild AND g.channels IS NOT NULL)))
			AND NOT besace_channel_is_kept(p_guild, p_channel, p_parent, p_category) THEN
		PERFORM besace_channels_keep(ARRAY[p_guild], ARRAY[p_channel], ARRAY[p_parent],
			ARRAY[p_category]);
	END IF;
END
$$;
