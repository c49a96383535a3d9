-- Where a user is served in direct messages: in the guild in which a row of theirs changed last. That is
-- the row's updated_at, which every change moves (0021_member_rows.sql); here stands in which guilds
-- there is a row to look at. Keyed by the user, because the guild is what is looked for.
CREATE TABLE besace_user_guilds (
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	CONSTRAINT besace_user_guilds_pkey PRIMARY KEY (user_id, guild_id)
);
