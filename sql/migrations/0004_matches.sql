-- Matches: open ones with the stakes in escrow, ended ones, the seeds of verifiable draws, and the
-- edits that expired matches owe their messages. A match has the id of the interaction that opened
-- it.

-- See the note on checks in 0001_members.sql.
CREATE DOMAIN besace_game AS VARCHAR(50) CONSTRAINT besace_game_check
	CHECK (VALUE IN ('roue', 'blackjack', 'machine', 'duel', 'roulette', 'pfc', '007', 'c21'));
CREATE DOMAIN besace_result AS VARCHAR(20)
	CONSTRAINT besace_result_check CHECK (VALUE IN ('win', 'loss', 'push'));
CREATE DOMAIN besace_proof AS JSONB
	CONSTRAINT besace_proof_check CHECK (jsonb_typeof(VALUE) = 'object');

CREATE TABLE game_history (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id SERIAL,
	game_type besace_game NOT NULL,
	player_id VARCHAR(20) COLLATE "C" NOT NULL,
	opponent_id VARCHAR(20) COLLATE "C",
	bet_amount besace_count NOT NULL,
	result besace_result NOT NULL,
	winnings besace_count DEFAULT 0, -- gross credit received
	created_at TIMESTAMP DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	match_id VARCHAR(20) COLLATE "C",
	-- What the match was drawn from, in the row of who opened it; NULL: nothing was drawn.
	proof besace_proof,
	CONSTRAINT game_history_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT game_history_player_fkey
		FOREIGN KEY (guild_id, player_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT game_history_opponent_fkey
		FOREIGN KEY (guild_id, opponent_id) REFERENCES users ON DELETE RESTRICT
);

-- Wins of a member one after the other, and against each opponent; see besace_match_rivalry.
CREATE INDEX game_history_streak_idx
	ON game_history (guild_id, player_id, game_type, result, created_at, id)
	WHERE opponent_id IS NOT NULL;
CREATE INDEX game_history_rivals_idx ON game_history (guild_id, player_id, opponent_id, game_type)
	WHERE opponent_id IS NOT NULL AND result = 'win';
-- A match is in each player's history once. Matches played and won are counted in this index alone.
CREATE UNIQUE INDEX game_history_player_match_key ON game_history (guild_id, player_id, match_id)
	INCLUDE (result);

-- Open matches; one that has ended has no row.
CREATE TABLE besace_matches (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	match_id VARCHAR(20) COLLATE "C" NOT NULL,
	game_type besace_game NOT NULL,
	owner_id VARCHAR(20) COLLATE "C" NOT NULL, -- opened it
	opponent_id VARCHAR(20) COLLATE "C", -- is challenged
	accepted BOOLEAN NOT NULL, -- false while a challenge waits for its answer
	stake INTEGER NOT NULL,
	version INTEGER NOT NULL DEFAULT 1,
	state VARCHAR(80) NOT NULL, -- as the rules of the game write it
	facts JSONB NOT NULL, -- an object: what else its messages and draws need
	expiry JSONB NOT NULL, -- a list: what each player gets if the match expires
	opened_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	expires_at TIMESTAMP NOT NULL,
	-- Its draws come from the owner's server seed, which stays secret until the match has ended.
	draws_seeds BOOLEAN NOT NULL DEFAULT false,
	-- Its channel has one such match, which anybody there can join.
	is_table BOOLEAN NOT NULL DEFAULT false,
	channel_id VARCHAR(20) COLLATE "C",
	language VARCHAR(2) NOT NULL, -- of its message
	-- The interaction whose first answer is the message, while its token lives.
	application_id VARCHAR(20) COLLATE "C",
	token VARCHAR(1024),
	token_until TIMESTAMP,
	message_id VARCHAR(20) COLLATE "C", -- known since the first press
	failures INTEGER NOT NULL DEFAULT 0, -- to end it once it had expired
	retry_at TIMESTAMP, -- set aside until then; NULL: it is not
	CONSTRAINT besace_matches_pkey PRIMARY KEY (guild_id, match_id),
	-- That the owner is a member, besace_escrow keeps to: their stake is there while the match is open.
	CONSTRAINT besace_matches_opponent_fkey
		FOREIGN KEY (guild_id, opponent_id) REFERENCES users ON DELETE RESTRICT
) WITH (fillfactor = 70); -- each press writes the row anew

-- What else a row keeps to; see the note on checks in 0001_members.sql.
CREATE FUNCTION besace_match_written() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.stake < 1 OR NEW.version < 1 OR NEW.opponent_id = NEW.owner_id
			OR NEW.is_table AND NEW.channel_id IS NULL
			OR jsonb_typeof(NEW.facts) <> 'object' OR jsonb_typeof(NEW.expiry) <> 'array' THEN
		RAISE EXCEPTION 'a match of % is not such', NEW.game_type
			USING ERRCODE = 'check_violation', TABLE = 'besace_matches';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_match_write BEFORE INSERT OR UPDATE ON besace_matches
	FOR EACH ROW EXECUTE FUNCTION besace_match_written();

CREATE INDEX besace_matches_expires_idx ON besace_matches (expires_at);
-- Challenges of a member: they have no stake yet by which they would be found.
CREATE INDEX besace_matches_opponent_idx ON besace_matches (guild_id, opponent_id)
	WHERE opponent_id IS NOT NULL;
CREATE UNIQUE INDEX besace_matches_table_key ON besace_matches (guild_id, channel_id)
	WHERE is_table;

-- Stakes in escrow, owed to their players until the match ends. A member has one open match of a
-- game type.
CREATE TABLE besace_escrow (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	game_type VARCHAR(20) NOT NULL,
	match_id VARCHAR(20) COLLATE "C" NOT NULL,
	seat SMALLINT NOT NULL,
	stake INTEGER NOT NULL,
	CONSTRAINT besace_escrow_stake_check CHECK (stake > 0 AND seat >= 0),
	CONSTRAINT besace_escrow_pkey PRIMARY KEY (guild_id, user_id, game_type),
	CONSTRAINT besace_escrow_seat_key UNIQUE (guild_id, match_id, seat),
	CONSTRAINT besace_escrow_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_escrow_match_fkey FOREIGN KEY (guild_id, match_id)
		REFERENCES besace_matches ON DELETE CASCADE
);

-- What a member's draws in the casino are made of; see include/besace/domain/fair.h. What each draw
-- changes stands in the member's row, which a play writes anyhow.
CREATE TABLE besace_seeds (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	server_seed VARCHAR(64) NOT NULL, -- 64 hex digits; secret until it is replaced
	client_seed VARCHAR(32) NOT NULL,
	CONSTRAINT besace_seeds_pkey PRIMARY KEY (guild_id, user_id),
	CONSTRAINT besace_seeds_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
);

CREATE DOMAIN besace_draws AS BIGINT CONSTRAINT besace_draws_check CHECK (VALUE >= 0);
ALTER TABLE users
	ADD COLUMN nonce besace_draws NOT NULL DEFAULT 0, -- draws from the server seed so far
	-- Grows with each change of the seeds: what was drawn from others is no play any more.
	ADD COLUMN seeds_version INTEGER NOT NULL DEFAULT 0;

CREATE FUNCTION besace_seeds_written() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.server_seed !~ '^[0-9a-f]{64}$' OR NEW.client_seed !~ '^[A-Za-z0-9_-]{1,32}$' THEN
		RAISE EXCEPTION 'the seeds of % are not such', NEW.user_id
			USING ERRCODE = 'check_violation', TABLE = 'besace_seeds';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_seeds_write BEFORE INSERT OR UPDATE OF server_seed, client_seed
	ON besace_seeds FOR EACH ROW EXECUTE FUNCTION besace_seeds_written();

-- Server seeds that their members revealed: what was drawn from one can be verified.
CREATE TABLE besace_revealed_seeds (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	commitment VARCHAR(64) NOT NULL
		CONSTRAINT besace_revealed_seeds_commitment_check CHECK (commitment ~ '^[0-9a-f]{64}$'),
	server_seed VARCHAR(64) NOT NULL
		CONSTRAINT besace_revealed_seeds_server_check CHECK (server_seed ~ '^[0-9a-f]{64}$'),
	CONSTRAINT besace_revealed_seeds_pkey PRIMARY KEY (guild_id, user_id, commitment),
	CONSTRAINT besace_revealed_seeds_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
);

-- Messages of matches that expired, to be edited. A row goes when its edit is made.
CREATE TABLE besace_match_edits (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	match_id VARCHAR(20) COLLATE "C" NOT NULL,
	outcome JSON NOT NULL, -- what the message is made of; as in besace_receipts
	language VARCHAR(2) NOT NULL,
	application_id VARCHAR(20) COLLATE "C",
	token VARCHAR(1024),
	token_until TIMESTAMP,
	channel_id VARCHAR(20) COLLATE "C",
	message_id VARCHAR(20) COLLATE "C",
	ended_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	-- When it is tried (again). Infinity: there is no way to; the next press shows it.
	try_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_match_edits_pkey PRIMARY KEY (guild_id, match_id)
);
CREATE INDEX besace_match_edits_try_idx ON besace_match_edits (try_at);
CREATE INDEX besace_match_edits_ended_idx ON besace_match_edits (ended_at);

-- A column whose comment begins so is not shown to the reader: moves chosen in secret, cards.
COMMENT ON COLUMN besace_matches.state IS 'Secret until the match is over';
COMMENT ON COLUMN besace_matches.facts IS 'Secret until the match is over';
COMMENT ON COLUMN besace_matches.expiry IS 'Secret until the match is over';
