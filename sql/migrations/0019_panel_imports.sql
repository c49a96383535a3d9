-- Imports that the panel of settings asks for: the file, what it would do, how far it is.

-- One a guild: the latest. A process works at one while its session holds the advisory lock of
-- besace_panel_import_take, so that a killed one is followed at once.
CREATE TABLE besace_panel_imports (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	upload_id VARCHAR(20) COLLATE "C" NOT NULL, -- the interaction that brought the file
	state VARCHAR(10) NOT NULL CONSTRAINT besace_panel_imports_state_check CHECK (state IN
		('fetching', 'planning', 'planned', 'importing', 'imported', 'failed', 'cancelled')),
	source VARCHAR(32) NOT NULL,
	filename VARCHAR(100) NOT NULL,
	url VARCHAR(2048), -- until the file is there
	actor_id VARCHAR(20) COLLATE "C" NOT NULL, -- who brought it
	confirmed_by VARCHAR(20) COLLATE "C", -- who said that it is imported, or not
	plan JSONB, -- what it would do
	done BIGINT NOT NULL DEFAULT 0,
	total BIGINT NOT NULL DEFAULT 0,
	import_id BIGINT, -- of besace_imports
	why VARCHAR(500), -- it failed
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	changed_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_panel_imports_pkey PRIMARY KEY (guild_id)
);
COMMENT ON COLUMN besace_panel_imports.url IS 'Secret: it opens the file';
CREATE INDEX besace_panel_imports_due_idx ON besace_panel_imports (created_at)
	WHERE state IN ('fetching', 'planning', 'planned', 'importing');

-- The file, until it is imported or given up.
CREATE TABLE besace_panel_import_parts (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	place INTEGER NOT NULL,
	bytes BYTEA NOT NULL,
	CONSTRAINT besace_panel_import_parts_pkey PRIMARY KEY (guild_id, place),
	CONSTRAINT besace_panel_import_parts_guild_fkey FOREIGN KEY (guild_id)
		REFERENCES besace_panel_imports ON DELETE CASCADE
);
COMMENT ON COLUMN besace_panel_import_parts.bytes IS 'Secret: whatever a file says of members';

SELECT besace_catalogue_keep();
