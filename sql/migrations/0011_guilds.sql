-- Guilds: whether Besace is there, in which language nobody in particular is addressed, and the
-- roles that the shim has told of.

CREATE TABLE besace_guilds (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	name VARCHAR(100),
	owner_id VARCHAR(20) COLLATE "C",
	locale VARCHAR(10), -- Discord's preferred_locale
	community BOOLEAN NOT NULL DEFAULT false, -- its locale is its own choice
	locale_at_ms BIGINT NOT NULL DEFAULT 0, -- when what locale and community say was seen
	language VARCHAR(10), -- of its first public reply
	own_role_id VARCHAR(20) COLLATE "C", -- Besace's highest role
	roles_told BOOLEAN NOT NULL DEFAULT false, -- the shim tells of its roles: nobody asks for them
	seen_at_ms BIGINT NOT NULL DEFAULT 0, -- the event that told last whether Besace is there
	removed_at TIMESTAMP, -- since it removed Besace; NULL: Besace is there
	updated_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_guilds_pkey PRIMARY KEY (guild_id)
);
CREATE INDEX besace_guilds_removed_idx ON besace_guilds (removed_at) WHERE removed_at IS NOT NULL;

CREATE TABLE besace_guild_roles (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	role_id VARCHAR(20) COLLATE "C" NOT NULL,
	position INTEGER NOT NULL,
	permissions VARCHAR(20) NOT NULL, -- a bit set, in decimal as Discord writes it
	managed BOOLEAN NOT NULL,
	CONSTRAINT besace_guild_roles_pkey PRIMARY KEY (guild_id, role_id),
	CONSTRAINT besace_guild_roles_guild_fkey FOREIGN KEY (guild_id)
		REFERENCES besace_guilds ON DELETE CASCADE
);

-- Roles and channels that were deleted, for the settings that name them.
CREATE TABLE besace_guild_deletions (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	object_id VARCHAR(20) COLLATE "C" NOT NULL, -- of a role or a channel: snowflakes are of one space
	is_role BOOLEAN NOT NULL,
	deleted_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_guild_deletions_pkey PRIMARY KEY (guild_id, object_id),
	CONSTRAINT besace_guild_deletions_guild_fkey FOREIGN KEY (guild_id)
		REFERENCES besace_guilds ON DELETE CASCADE
);
