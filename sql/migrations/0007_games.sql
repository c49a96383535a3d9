-- Open games with their stakes, the seeds of verifiable draws, and the edits that ended games owe
-- their messages.

-- The game that a line of the ledger or of the history belongs to: the id of the interaction that
-- opened it. The keys make it certain that a stake is taken once and that a game is paid, and told,
-- once to each of its players.
ALTER TABLE transactions ADD COLUMN game_id VARCHAR(20);
CREATE UNIQUE INDEX transactions_game_out_key ON transactions (from_user_id, game_id)
	WHERE game_id IS NOT NULL AND from_user_id IS NOT NULL;
CREATE UNIQUE INDEX transactions_game_in_key ON transactions (to_user_id, game_id)
	WHERE game_id IS NOT NULL AND to_user_id IS NOT NULL;
ALTER TABLE game_history ADD COLUMN game_id VARCHAR(20);
CREATE UNIQUE INDEX game_history_player_game_key ON game_history (player_id, game_id)
	WHERE game_id IS NOT NULL;

-- A row for each open game; a game that has ended has none.
CREATE TABLE besace_games (
	game_id VARCHAR(20) PRIMARY KEY,
	kind VARCHAR(20) NOT NULL,
	owner_id VARCHAR(20) NOT NULL
		CONSTRAINT besace_games_owner_fkey REFERENCES users, -- who opened it
	opponent_id VARCHAR(20)
		CONSTRAINT besace_games_opponent_fkey REFERENCES users, -- whom a challenge names
	accepted BOOLEAN NOT NULL, -- false while a challenge waits for its answer
	stake INTEGER NOT NULL CONSTRAINT besace_games_stake_check CHECK (stake > 0),
	version INTEGER NOT NULL DEFAULT 1
		CONSTRAINT besace_games_version_check CHECK (version > 0),
	state VARCHAR(80) NOT NULL, -- as the rules of the game write it
	facts JSONB NOT NULL -- what else its messages and draws need
		CONSTRAINT besace_games_facts_check CHECK (jsonb_typeof(facts) = 'object'),
	-- What each player gets if nobody presses anything until it is due.
	lapse JSONB NOT NULL
		CONSTRAINT besace_games_lapse_check CHECK (jsonb_typeof(lapse) = 'array'),
	opened_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	due_at TIMESTAMP NOT NULL,
	channel_id VARCHAR(20),
	language VARCHAR(2) NOT NULL, -- of those who read its message
	-- The interaction whose first answer is the message, while its token lives.
	application_id VARCHAR(20),
	token VARCHAR(1024),
	token_until TIMESTAMP,
	message_id VARCHAR(20), -- once a press has told it
	CONSTRAINT besace_games_kind_check CHECK (kind IN (
		'roue', 'blackjack', 'machine', 'duel', 'roulette', 'pfc', '007', 'c21')),
	CONSTRAINT besace_games_opponent_check CHECK (opponent_id <> owner_id)
);
CREATE INDEX besace_games_due_idx ON besace_games (due_at);
CREATE UNIQUE INDEX besace_games_table_key ON besace_games (channel_id) WHERE kind = 'roulette';

-- Who plays, and the stake that was taken for it: it is owed to the member until the game ends.
-- One open game of a kind for each member.
CREATE TABLE besace_game_seats (
	user_id VARCHAR(20) NOT NULL CONSTRAINT besace_game_seats_user_fkey REFERENCES users,
	kind VARCHAR(20) NOT NULL,
	game_id VARCHAR(20) NOT NULL
		CONSTRAINT besace_game_seats_game_fkey REFERENCES besace_games ON DELETE CASCADE,
	seat SMALLINT NOT NULL CONSTRAINT besace_game_seats_seat_check CHECK (seat >= 0),
	stake INTEGER NOT NULL CONSTRAINT besace_game_seats_stake_check CHECK (stake > 0),
	PRIMARY KEY (user_id, kind),
	CONSTRAINT besace_game_seats_game_key UNIQUE (game_id, seat)
);

-- What a member's draws in the casino are made of; see include/besace/domain/fair.h.
CREATE TABLE besace_seeds (
	user_id VARCHAR(20) PRIMARY KEY CONSTRAINT besace_seeds_user_fkey REFERENCES users,
	server_seed VARCHAR(64) NOT NULL -- secret until it is replaced
		CONSTRAINT besace_seeds_server_check CHECK (server_seed ~ '^[0-9a-f]{64}$'),
	member_seed VARCHAR(32) NOT NULL
		CONSTRAINT besace_seeds_member_check CHECK (member_seed ~ '^[A-Za-z0-9_-]{1,32}$'),
	counter BIGINT NOT NULL DEFAULT 0 -- games drawn from this server seed so far
		CONSTRAINT besace_seeds_counter_check CHECK (counter >= 0)
);

-- Messages of games that ended by themselves, to be edited. A row goes when it is done.
CREATE TABLE besace_game_edits (
	game_id VARCHAR(20) PRIMARY KEY,
	outcome JSONB NOT NULL, -- what the message is made of
	language VARCHAR(2) NOT NULL,
	application_id VARCHAR(20),
	token VARCHAR(1024),
	token_until TIMESTAMP,
	channel_id VARCHAR(20),
	message_id VARCHAR(20),
	ended_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	-- When it is tried (again). Infinity: there is no way to; the next press shows it.
	try_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc')
);
CREATE INDEX besace_game_edits_try_idx ON besace_game_edits (try_at);
CREATE INDEX besace_game_edits_ended_idx ON besace_game_edits (ended_at);
