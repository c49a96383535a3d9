-- The settings of a guild with the defaults filled in; NULL is left where there is no limit, no end,
-- no text. The defaults of domain/settings_list.h: a test holds the two together.
CREATE OR REPLACE FUNCTION besace_settings_effective(p_guild VARCHAR) RETURNS besace_settings
LANGUAGE plpgsql STABLE AS $$
DECLARE
	s besace_settings;
BEGIN
	SELECT * INTO s FROM besace_settings WHERE guild_id = p_guild;
	RETURN besace_settings_filled(p_guild, s);
END
$$;

-- S, which may be NULL, with the defaults filled in.
CREATE OR REPLACE FUNCTION besace_settings_filled(p_guild VARCHAR, s besace_settings)
RETURNS besace_settings
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	s.guild_id := p_guild;
	s.version := coalesce(s.version, 0);
	s.levels := coalesce(s.levels, true);
	s.message := coalesce(s.message, true);
	s.message_min := coalesce(s.message_min, 1);
	s.message_max := coalesce(s.message_max, 3);
	s.message_cooldown_s := coalesce(s.message_cooldown_s, 60);
	s.reaction := coalesce(s.reaction, true);
	s.reaction_xp := coalesce(s.reaction_xp, 2);
	s.reaction_xp_max := coalesce(s.reaction_xp_max, 10);
	s.voice := coalesce(s.voice, true);
	s.voice_first := coalesce(s.voice_first, 1);
	s.voice_further := coalesce(s.voice_further, 2);
	s.voice_members_min := coalesce(s.voice_members_min, 2);
	s.voice_muted := coalesce(s.voice_muted, true);
	s.voice_hour := coalesce(s.voice_hour, 25);
	s.game := coalesce(s.game, true);
	s.game_win := coalesce(s.game_win, 15);
	s.game_loss := coalesce(s.game_loss, 5);
	s.game_push := coalesce(s.game_push, 0);
	s.rate_percent := coalesce(s.rate_percent, 100);
	s.reward_keep := coalesce(s.reward_keep, false);
	s.reward_return := coalesce(s.reward_return, true);
	s.announce_from_level := coalesce(s.announce_from_level, 1);
	s.announce_every := coalesce(s.announce_every, 1);
	s.announce_role_only := coalesce(s.announce_role_only, false);
	s.announce_ping := coalesce(s.announce_ping, true);
	s.currency_name := coalesce(s.currency_name, 'LC');
	s.start_balance := coalesce(s.start_balance, 25);
	s.gift_amount := besace_gift_amount(s.gift_amount);
	s.gift_midnight := besace_gift_midnight(s.gift_midnight);
	s.transfer := coalesce(s.transfer, true);
	s.level_reward_percent := coalesce(s.level_reward_percent, 100);
	s.level_reward_items := coalesce(s.level_reward_items, true);
	s.show_others := coalesce(s.show_others, true);
	s.page_visibility := coalesce(s.page_visibility, 'unlisted');
	s.theme := coalesce(s.theme, 'cognac');
	s.time_zone := besace_time_zone(s.time_zone);
	RETURN s;
END
$$;

-- Those of them that a change reads by themselves: filling in all takes longer than the change.
CREATE OR REPLACE FUNCTION besace_gift_amount(p_amount INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(p_amount, 25) $$;
CREATE OR REPLACE FUNCTION besace_gift_midnight(p_midnight BOOLEAN) RETURNS BOOLEAN
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(p_midnight, false) $$;
CREATE OR REPLACE FUNCTION besace_time_zone(p_zone VARCHAR) RETURNS VARCHAR
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT coalesce(p_zone, 'Europe/Paris') $$;

-- The bounds of a game's stake in rules.md, as the rules in C have them. Arrays and not their texts,
-- whose reading would keep PostgreSQL from putting this into what calls it.
CREATE OR REPLACE FUNCTION besace_game_bounds(p_game_type VARCHAR) RETURNS INTEGER[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE p_game_type WHEN 'roue' THEN ARRAY[10, 500] WHEN 'machine' THEN ARRAY[5, 250]
		WHEN 'roulette' THEN ARRAY[10, 500] ELSE ARRAY[10, 1000] END
$$;
