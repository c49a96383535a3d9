-- The members of a guild: balance, XP, bag, multipliers.
--
-- Every table that belongs to a guild has `guild_id` first in each of its keys: members with the
-- same user id in two guilds are two members. Columns that rules.md leaves nullable stay so; that
-- they hold a value is part of their check. All timestamps are UTC, whatever the session's zone.
-- Ids are compared byte by byte (COLLATE "C"): they are digits, which every locale orders like that, and
-- asking the locale takes a good part of each look into an index.
--
-- PostgreSQL reads and plans the text of each check of a table anew for every statement that writes it,
-- which takes longer than the check itself; the check of a domain it plans once in a session, and looks
-- at it only where a statement writes a column of that type. What a column of the tables that members'
-- changes write keeps to is therefore the check of its domain, and what a row keeps to, a trigger of the
-- row without a condition.
--
-- What refers to a member forbids deleting them by RESTRICT. By PostgreSQL's default, each of twenty foreign
-- keys would first look whether another row has come to have the member's key; keys never change.

-- A domain of one column or of many. An INTEGER of these is never empty, though its column may be
-- nullable.
CREATE DOMAIN besace_number AS INTEGER
	CONSTRAINT besace_number_check CHECK (VALUE IS NOT NULL);
CREATE DOMAIN besace_count AS INTEGER
	CONSTRAINT besace_count_check CHECK ((VALUE >= 0) IS TRUE);
CREATE DOMAIN besace_positive AS INTEGER
	CONSTRAINT besace_positive_check CHECK ((VALUE > 0) IS TRUE);

-- The level of an XP: level L starts at 50·L·(L−1). Exact for every INTEGER: at a level's start
-- the root is a whole number, and one XP below it is away from it by far more than a double errs.
CREATE FUNCTION besace_level(p_xp INTEGER) RETURNS INTEGER
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
	RETURN floor((50 + sqrt(2500 + 200 * greatest(p_xp, 0)::double precision)) / 100)::integer;
END
$$;

CREATE TABLE users (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	username VARCHAR(255) NOT NULL,
	balance besace_count DEFAULT 25,
	xp besace_count DEFAULT 0,
	level INTEGER DEFAULT 1,
	invites besace_number DEFAULT 0,
	message_count besace_count DEFAULT 0,
	voice_time besace_count DEFAULT 0, -- seconds
	last_message_xp_time TIMESTAMP,
	last_gift_time TIMESTAMP,
	created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
	updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
	-- When the username was seen, in ms since 1970: an older one, replayed or late, is ignored.
	name_seen_ms BIGINT NOT NULL DEFAULT 0,
	-- The highest level that was rewarded: a level lost and regained pays nothing.
	level_rewarded besace_positive NOT NULL DEFAULT 1,
	announce_ping BOOLEAN NOT NULL DEFAULT false, -- announcements of level-ups mention the member
	roles VARCHAR(20)[] COLLATE "C" NOT NULL DEFAULT '{}', -- as last seen
	joined_at TIMESTAMP, -- as last seen
	left_at TIMESTAMP, -- since Discord said that they are no member; NULL once seen again
	CONSTRAINT users_pkey PRIMARY KEY (guild_id, user_id)
) WITH (fillfactor = 85); -- room for the new version of a row beside the old one

CREATE TABLE user_inventory (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id SERIAL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	item_type VARCHAR(50) NOT NULL,
	quantity besace_count DEFAULT 0,
	created_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
	updated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
	-- How many were used. A button names the use that it stands for, so that pressing it twice, in
	-- one window or in two, uses one item.
	uses besace_count NOT NULL DEFAULT 0,
	CONSTRAINT user_inventory_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT user_inventory_user_item_key UNIQUE (guild_id, user_id, item_type),
	CONSTRAINT user_inventory_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
) WITH (fillfactor = 85);

CREATE FUNCTION besace_item_written() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.item_type NOT IN ('jackpot', 'multiplier_x2', 'multiplier_x3') THEN
		RAISE EXCEPTION '% is no item', NEW.item_type
			USING ERRCODE = 'check_violation', TABLE = 'user_inventory';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_item_write BEFORE INSERT OR UPDATE OF item_type ON user_inventory
	FOR EACH ROW EXECUTE FUNCTION besace_item_written();

CREATE TABLE active_multipliers (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id SERIAL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	multiplier_type VARCHAR(50) NOT NULL,
	multiplier_value INTEGER NOT NULL CONSTRAINT active_multipliers_value_check
		CHECK (multiplier_value IN (2, 3)),
	games_remaining besace_count DEFAULT 2,
	activated_at TIMESTAMP DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT active_multipliers_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT active_multipliers_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
);
-- One a member: a row goes with its last game. Of all rows, not of those with games left: by it a member
-- who is deleted is looked for, and a game that is used up need not be written into an index.
CREATE UNIQUE INDEX active_multipliers_active_key ON active_multipliers (guild_id, user_id);
