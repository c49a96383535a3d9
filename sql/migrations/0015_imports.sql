-- Imports: what the figures of another bot changed, member by member, so that a batch can be
-- continued after it was cut short, and taken back.

CREATE TABLE besace_imports (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	import_id BIGINT GENERATED ALWAYS AS IDENTITY,
	source VARCHAR(20) NOT NULL,
	sha256 VARCHAR(64) NOT NULL -- of the files, or of the rows of a database
		CONSTRAINT besace_imports_sha256_check CHECK (sha256 ~ '^[0-9a-f]{64}$'),
	options VARCHAR(200) NOT NULL, -- those that decide what becomes of a row
	state VARCHAR(10) NOT NULL DEFAULT 'applying' CONSTRAINT besace_imports_state_check
		CHECK (state IN ('applying', 'done', 'undoing', 'undone')),
	members INTEGER NOT NULL CONSTRAINT besace_imports_members_check CHECK (members >= 0),
	-- How far the history has come: the place in the file of the last ledger row and of the last
	-- match that a slice has handled.
	ledger_at BIGINT NOT NULL DEFAULT 0,
	matches_at BIGINT NOT NULL DEFAULT 0,
	settings JSONB NOT NULL DEFAULT '{}', -- that it made: keys and values
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	ended_at TIMESTAMP,
	actor_id VARCHAR(20) COLLATE "C", -- who asked for it in the panel; NULL: the operator
	undo_at TIMESTAMP, -- since when it is taken back
	-- Its place among acts and changes of settings, and that of its undo.
	act_id BIGINT,
	change_id BIGINT,
	undo_act_id BIGINT,
	undo_change_id BIGINT,
	CONSTRAINT besace_imports_pkey PRIMARY KEY (guild_id, import_id),
	CONSTRAINT besace_imports_number_key UNIQUE (import_id)
);
-- The same file under the same options is imported once.
CREATE UNIQUE INDEX besace_imports_file_key ON besace_imports (guild_id, sha256, options)
	WHERE state <> 'undone';

-- Those that were cut short, or are under way.
CREATE INDEX besace_imports_applying_idx ON besace_imports (created_at) WHERE state = 'applying';

-- What a batch added to each of its members; less where it is negative. A row goes when its member's
-- part is taken back. No foreign key to users: a million of them cost as much as the rows
-- themselves, and what erases a member erases these rows.
CREATE TABLE besace_import_changes (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	import_id BIGINT NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	created BOOLEAN NOT NULL, -- nobody knew the member before
	balance INTEGER NOT NULL,
	xp INTEGER NOT NULL,
	messages INTEGER NOT NULL,
	voice_s INTEGER NOT NULL,
	invites INTEGER NOT NULL,
	jackpots INTEGER NOT NULL DEFAULT 0,
	x2 INTEGER NOT NULL DEFAULT 0,
	x3 INTEGER NOT NULL DEFAULT 0,
	level_rewarded INTEGER NOT NULL, -- before
	level_rewarded_now INTEGER NOT NULL,
	entries INTEGER[], -- its rows in the ledger: openings, and rewards that were paid
	multiplier_id INTEGER, -- of active_multipliers
	CONSTRAINT besace_import_changes_pkey PRIMARY KEY (guild_id, import_id, user_id)
);

-- The history that came with a batch; what the ledger has of it beside, stands in `entries`.
ALTER TABLE transactions ADD COLUMN import_id BIGINT;
ALTER TABLE game_history ADD COLUMN import_id BIGINT;
CREATE INDEX transactions_import_idx ON transactions (guild_id, import_id, id)
	WHERE import_id IS NOT NULL;
CREATE INDEX game_history_import_idx ON game_history (guild_id, import_id, id)
	WHERE import_id IS NOT NULL;

SELECT besace_catalogue_keep();
