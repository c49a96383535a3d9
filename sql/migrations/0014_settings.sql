-- The settings of a guild; see include/besace/domain/settings.h, whose table says what each is.
--
-- A guild in which nothing was ever changed has no row, and NULL is the default everywhere (where
-- the default is "none" or "all" there is nothing else to say). besace_settings_effective has the
-- defaults; a test holds it, the table in C and the documentation together.

CREATE TABLE besace_settings (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	version BIGINT NOT NULL DEFAULT 0, -- the latest row of besace_settings_audit
	wording JSONB, -- what replies are worded by; kept by besace_settings_wording
	-- Of its zones, so that nobody looks for what is not there, and a batch over many guilds finds
	-- in one row what else would be a lookup for each role and place. Kept by besace_zones_keep.
	has_places BOOLEAN NOT NULL DEFAULT false,
	only_places BOOLEAN NOT NULL DEFAULT false, -- some place has the effect "only"
	has_roles BOOLEAN NOT NULL DEFAULT false,
	only_roles BOOLEAN NOT NULL DEFAULT false,
	place_ids VARCHAR(20)[] COLLATE "C", -- all of them
	place_percents INTEGER[], -- theirs
	none_role_ids VARCHAR(20)[] COLLATE "C", -- roles by their effects
	only_role_ids VARCHAR(20)[] COLLATE "C",
	factor_role_ids VARCHAR(20)[] COLLATE "C", -- those of the greatest factors first
	factor_percents INTEGER[], -- theirs
	-- XP
	levels BOOLEAN,
	message BOOLEAN,
	message_min INTEGER CONSTRAINT besace_settings_message_min_check
		CHECK (message_min BETWEEN 0 AND 1000),
	message_max INTEGER CONSTRAINT besace_settings_message_max_check
		CHECK (message_max BETWEEN 0 AND 1000),
	message_cooldown_s INTEGER CONSTRAINT besace_settings_message_cooldown_s_check
		CHECK (message_cooldown_s BETWEEN 5 AND 3600),
	reaction BOOLEAN,
	reaction_xp INTEGER CONSTRAINT besace_settings_reaction_xp_check
		CHECK (reaction_xp BETWEEN 0 AND 100),
	reaction_xp_max INTEGER CONSTRAINT besace_settings_reaction_xp_max_check
		CHECK (reaction_xp_max BETWEEN 0 AND 1000), -- of a message
	voice BOOLEAN,
	voice_first INTEGER CONSTRAINT besace_settings_voice_first_check
		CHECK (voice_first BETWEEN 0 AND 100),
	voice_further INTEGER CONSTRAINT besace_settings_voice_further_check
		CHECK (voice_further BETWEEN 0 AND 20),
	voice_count_max INTEGER CONSTRAINT besace_settings_voice_count_max_check
		CHECK (voice_count_max BETWEEN 2 AND 99), -- NULL: all count
	voice_members_min INTEGER CONSTRAINT besace_settings_voice_members_min_check
		CHECK (voice_members_min BETWEEN 2 AND 10),
	voice_muted BOOLEAN, -- the muted count
	voice_hour INTEGER CONSTRAINT besace_settings_voice_hour_check
		CHECK (voice_hour BETWEEN 0 AND 1000),
	game BOOLEAN,
	game_win INTEGER CONSTRAINT besace_settings_game_win_check
		CHECK (game_win BETWEEN 0 AND 100),
	game_loss INTEGER CONSTRAINT besace_settings_game_loss_check
		CHECK (game_loss BETWEEN 0 AND 100),
	game_push INTEGER CONSTRAINT besace_settings_game_push_check
		CHECK (game_push BETWEEN 0 AND 100),
	day_xp_max INTEGER CONSTRAINT besace_settings_day_xp_max_check
		CHECK (day_xp_max BETWEEN 1 AND 100000), -- NULL: none
	rate_percent INTEGER CONSTRAINT besace_settings_rate_percent_check
		CHECK (rate_percent BETWEEN 10 AND 1000 AND rate_percent % 10 = 0),
	rate_until_ms BIGINT CONSTRAINT besace_settings_rate_until_ms_check
		CHECK (rate_until_ms > 0), -- NULL: without an end
	-- Role rewards
	reward_keep BOOLEAN, -- when the level is lost
	reward_return BOOLEAN, -- to members who come back
	-- Announcements
	announce_place VARCHAR(10) CONSTRAINT besace_settings_announce_place_check
		CHECK (announce_place IN ('none', 'here', 'channel')), -- NULL: the operator's default
	announce_channel_id VARCHAR(20) COLLATE "C" CONSTRAINT besace_settings_announce_channel_id_check
		CHECK (announce_channel_id ~ '^[0-9]+$'),
	announce_from_level INTEGER CONSTRAINT besace_settings_announce_from_level_check
		CHECK (announce_from_level BETWEEN 1 AND 1000),
	announce_every INTEGER CONSTRAINT besace_settings_announce_every_check
		CHECK (announce_every BETWEEN 1 AND 100),
	announce_role_only BOOLEAN,
	announce_text VARCHAR(1000) CONSTRAINT besace_settings_announce_text_check
		CHECK (announce_text <> ''),
	announce_ping BOOLEAN, -- false: nobody is pinged, whatever members want
	-- Money
	currency_name VARCHAR(20) CONSTRAINT besace_settings_currency_name_check
		CHECK (currency_name <> ''),
	currency_symbol VARCHAR(64) CONSTRAINT besace_settings_currency_symbol_check
		CHECK (currency_symbol <> ''),
	start_balance INTEGER CONSTRAINT besace_settings_start_balance_check
		CHECK (start_balance BETWEEN 0 AND 10000),
	gift_amount INTEGER CONSTRAINT besace_settings_gift_amount_check
		CHECK (gift_amount BETWEEN 0 AND 10000), -- 0: off
	gift_midnight BOOLEAN, -- once a day of the guild instead of once in 24 h
	transfer BOOLEAN,
	transfer_day_max INTEGER CONSTRAINT besace_settings_transfer_day_max_check
		CHECK (transfer_day_max BETWEEN 1 AND 1000000),
	level_reward_percent INTEGER CONSTRAINT besace_settings_level_reward_percent_check
		CHECK (level_reward_percent BETWEEN 0 AND 1000 AND level_reward_percent % 10 = 0),
	level_reward_items BOOLEAN,
	loss_day_max INTEGER CONSTRAINT besace_settings_loss_day_max_check
		CHECK (loss_day_max BETWEEN 1 AND 1000000),
	-- Others
	language VARCHAR(10) CONSTRAINT besace_settings_language_check
		CHECK (language IN ('fr', 'en')), -- NULL: automatic
	show_others BOOLEAN,
	page_visibility VARCHAR(10) CONSTRAINT besace_settings_page_visibility_check
		CHECK (page_visibility IN ('off', 'unlisted', 'listed')),
	page_name VARCHAR(32) CONSTRAINT besace_settings_page_name_check
		CHECK (page_name ~ '^[a-z0-9][a-z0-9-]+[a-z0-9]$'),
	theme VARCHAR(10) CONSTRAINT besace_settings_theme_check
		CHECK (theme IN ('cognac', 'foret', 'nuit', 'sable')),
	time_zone VARCHAR(64) CONSTRAINT besace_settings_time_zone_check
		CHECK (time_zone ~ '^[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*$'), -- an IANA name
	access_roles VARCHAR(20)[] COLLATE "C" CONSTRAINT besace_settings_access_roles_check
		CHECK (cardinality(access_roles) BETWEEN 1 AND 5),
	CONSTRAINT besace_settings_pkey PRIMARY KEY (guild_id),
	CONSTRAINT besace_settings_message_check
		CHECK (coalesce(message_min, 1) <= coalesce(message_max, 3)),
	CONSTRAINT besace_settings_announce_check
		CHECK (announce_place IS DISTINCT FROM 'channel' OR announce_channel_id IS NOT NULL)
);

-- Of a game; the bounds of rules.md where NULL. That min is not above max is known to the routine
-- that writes the row, which is told the bounds of each game.
CREATE TABLE besace_game_settings (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	game_type VARCHAR(20) NOT NULL CONSTRAINT besace_game_settings_type_check CHECK (game_type IN (
		'roue', 'blackjack', 'machine', 'duel', 'roulette', 'pfc', '007', 'c21')),
	enabled BOOLEAN,
	stake_min INTEGER CONSTRAINT besace_game_settings_stake_min_check
		CHECK (stake_min BETWEEN 1 AND 100000),
	stake_max INTEGER CONSTRAINT besace_game_settings_stake_max_check
		CHECK (stake_max BETWEEN 1 AND 100000),
	pause_s INTEGER CONSTRAINT besace_game_settings_pause_s_check
		CHECK (pause_s BETWEEN 0 AND 3600), -- between two matches of a member
	channels VARCHAR(20)[] COLLATE "C" CONSTRAINT besace_game_settings_channels_check
		CHECK (cardinality(channels) BETWEEN 1 AND 10), -- only there; NULL: everywhere
	CONSTRAINT besace_game_settings_pkey PRIMARY KEY (guild_id, game_type),
	CONSTRAINT besace_game_settings_stake_check CHECK (stake_min <= stake_max)
);

-- Places (threads, channels, forums, categories) and roles that earn otherwise.
CREATE TABLE besace_zones (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	object_id VARCHAR(20) COLLATE "C" NOT NULL, -- snowflakes of places and roles are of one space
	is_role BOOLEAN NOT NULL,
	effect VARCHAR(10) NOT NULL CONSTRAINT besace_zones_effect_check
		CHECK (effect IN ('none', 'only', 'factor')), -- sans-xp, seulement, facteur
	factor_percent INTEGER CONSTRAINT besace_zones_factor_percent_check
		CHECK (factor_percent BETWEEN 10 AND 1000),
	slot SMALLINT NOT NULL CONSTRAINT besace_zones_slot_check CHECK (slot BETWEEN 1 AND 50),
	CONSTRAINT besace_zones_pkey PRIMARY KEY (guild_id, object_id),
	-- No more than fifty of each.
	CONSTRAINT besace_zones_slot_key UNIQUE (guild_id, is_role, slot),
	CONSTRAINT besace_zones_factor_check
		CHECK ((effect = 'factor') = (factor_percent IS NOT NULL))
);

-- Roles by level.
CREATE TABLE besace_rewards (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	role_id VARCHAR(20) COLLATE "C" NOT NULL,
	level INTEGER NOT NULL CONSTRAINT besace_rewards_level_check CHECK (level BETWEEN 2 AND 6553),
	mode VARCHAR(10) NOT NULL CONSTRAINT besace_rewards_mode_check
		CHECK (mode IN ('stack', 'single')), -- cumul, seul
	-- Blocked: Discord refuses it (403), and it is not tried again before the role, Besace's roles
	-- or the setting change. Gone: the role was deleted.
	state VARCHAR(10) NOT NULL DEFAULT 'active' CONSTRAINT besace_rewards_state_check
		CHECK (state IN ('active', 'blocked', 'gone')),
	code INTEGER, -- Discord's, of the refusal
	state_at TIMESTAMP,
	added_by VARCHAR(20) COLLATE "C", -- NULL: the operator
	-- The highest role that they had, which must stay above this one; NULL: the guild's owner, who may
	-- choose any, or not known.
	setter_role_id VARCHAR(20) COLLATE "C",
	added_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	slot SMALLINT NOT NULL CONSTRAINT besace_rewards_slot_check CHECK (slot BETWEEN 1 AND 100),
	level_slot SMALLINT NOT NULL
		CONSTRAINT besace_rewards_level_slot_check CHECK (level_slot BETWEEN 1 AND 5),
	CONSTRAINT besace_rewards_pkey PRIMARY KEY (guild_id, role_id),
	-- No more than a hundred, no more than five a level.
	CONSTRAINT besace_rewards_slot_key UNIQUE (guild_id, slot),
	CONSTRAINT besace_rewards_level_slot_key UNIQUE (guild_id, level, level_slot),
	CONSTRAINT besace_rewards_state_at_check CHECK ((state = 'active') = (state_at IS NULL))
);

-- Every change of a setting, written in its transaction. Rows are never changed but for undone_by.
-- Keys: a column of besace_settings; GAME.column of besace_game_settings; zone.PLACE, zone.@ROLE;
-- reward.ROLE. JSON null is the default, or that there is none.

-- How a guild wants what its members read: the language of public messages, the currency, whether
-- members see themselves alone, with the roles of those who see everybody all the same, whether
-- there is no daily gift and levels bring no items, so that nothing leads to them, and whether
-- anything depends on the roles of members and on when they joined. What is not set has no key; NULL
-- when nothing is. The shape json_wording. Every reply reads it and few change it, so it is written when
-- they change.
CREATE FUNCTION besace_settings_wording() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	NEW.wording := nullif(jsonb_strip_nulls(jsonb_build_object('language', NEW.language,
		'currency', NEW.currency_name, 'symbol', NEW.currency_symbol,
		'hides_others', nullif(NOT NEW.show_others, false),
		'no_gift', nullif(NEW.gift_amount = 0, false),
		'no_items', nullif(NOT NEW.level_reward_items, false),
		'wants_members', nullif(NEW.has_roles OR EXISTS (
			SELECT FROM besace_rewards WHERE guild_id = NEW.guild_id), false),
		'managers', CASE WHEN NOT NEW.show_others THEN NEW.access_roles END)), '{}');
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_settings_word BEFORE INSERT OR UPDATE ON besace_settings
	FOR EACH ROW EXECUTE FUNCTION besace_settings_wording();

CREATE TABLE besace_settings_audit (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id BIGINT NOT NULL, -- of besace_journals
	change_id BIGINT NOT NULL, -- the first row of those that were changed together
	actor_id VARCHAR(20) COLLATE "C", -- NULL is the operator, by besacectl
	setting VARCHAR(40) NOT NULL,
	old JSONB NOT NULL,
	new JSONB NOT NULL,
	undone_by BIGINT,
	created_at TIMESTAMP NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	CONSTRAINT besace_settings_audit_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT besace_settings_audit_actor_fkey
		FOREIGN KEY (guild_id, actor_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_settings_audit_undone_key UNIQUE (guild_id, undone_by),
	CONSTRAINT besace_settings_audit_undone_fkey
		FOREIGN KEY (guild_id, undone_by) REFERENCES besace_settings_audit,
	CONSTRAINT besace_settings_audit_change_check CHECK (old <> new)
);
CREATE INDEX besace_settings_audit_change_idx ON besace_settings_audit (guild_id, change_id);
CREATE INDEX besace_settings_audit_setting_idx ON besace_settings_audit (guild_id, setting, id);
CREATE INDEX besace_settings_audit_actor_idx ON besace_settings_audit (guild_id, actor_id)
	WHERE actor_id IS NOT NULL;

-- Where a guild's page is: behind a token, or under a name once it is listed. Keyed by the address,
-- because the guild is what is looked for.
CREATE TABLE besace_pages (
	page_token VARCHAR(32) NOT NULL, -- the token, or the name
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	is_name BOOLEAN NOT NULL,
	CONSTRAINT besace_pages_pkey PRIMARY KEY (page_token),
	CONSTRAINT besace_pages_guild_key UNIQUE (guild_id, is_name)
);

-- Channels and threads: where they stand, as last seen. NULL: not known, or nowhere.
CREATE TABLE besace_channels (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	channel_id VARCHAR(20) COLLATE "C" NOT NULL,
	parent_id VARCHAR(20) COLLATE "C", -- of a thread: its channel
	category_id VARCHAR(20) COLLATE "C",
	CONSTRAINT besace_channels_pkey PRIMARY KEY (guild_id, channel_id)
);

-- A member's own limit of losses a day (/limite). Lowering counts at once, raising later.
CREATE TABLE besace_loss_limits (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	day_max INTEGER CONSTRAINT besace_loss_limits_day_max_check
		CHECK (day_max BETWEEN 1 AND 1000000), -- NULL: none
	next_max INTEGER CONSTRAINT besace_loss_limits_next_max_check
		CHECK (next_max BETWEEN 1 AND 1000000), -- from next_at on; NULL: none
	next_at TIMESTAMP,
	CONSTRAINT besace_loss_limits_pkey PRIMARY KEY (guild_id, user_id),
	CONSTRAINT besace_loss_limits_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_loss_limits_next_check CHECK (next_at IS NOT NULL OR next_max IS NULL)
);

-- When a member's latest match of a game with a pause began.
CREATE TABLE besace_game_pauses (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	game_type VARCHAR(20) NOT NULL,
	started_at TIMESTAMP NOT NULL,
	CONSTRAINT besace_game_pauses_pkey PRIMARY KEY (guild_id, user_id, game_type),
	CONSTRAINT besace_game_pauses_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
);

-- XP of the guild's current day and of the day before, for the cap of the day and for /gains; and
-- what the latest message earned, and why. The place is that of their latest earning, as far as
-- something asks for it.
CREATE DOMAIN besace_message_why AS VARCHAR(8) CONSTRAINT besace_message_why_check
	CHECK (VALUE IN ('paid', 'levels', 'off', 'place', 'role', 'cooldown', 'cap', 'zero'));
ALTER TABLE users
	ADD COLUMN place_id VARCHAR(20) COLLATE "C",
	ADD COLUMN xp_day DATE,
	ADD COLUMN xp_today besace_count NOT NULL DEFAULT 0,
	ADD COLUMN xp_eve besace_count NOT NULL DEFAULT 0,
	ADD COLUMN message_xp INTEGER,
	ADD COLUMN message_why besace_message_why;

SELECT besace_catalogue_keep();
