-- The five tables of the game, as plain as every tool that reads them knows them: columns, types,
-- defaults and primary keys, nothing else. `IF NOT EXISTS` and the constraints' being in the next
-- migration leave room for a database whose tables somebody else made: it can be repaired between
-- the two. (Until that adoption exists, the migration runner refuses such a database.)

CREATE TABLE IF NOT EXISTS users (
	user_id VARCHAR(20) PRIMARY KEY,
	username VARCHAR(255) NOT NULL,
	balance INTEGER DEFAULT 25,
	xp INTEGER DEFAULT 0,
	level INTEGER DEFAULT 1,
	invites INTEGER DEFAULT 0,
	message_count INTEGER DEFAULT 0,
	voice_time INTEGER DEFAULT 0, -- seconds
	last_message_xp_time TIMESTAMP,
	last_gift_time TIMESTAMP,
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
	updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS user_inventory (
	id SERIAL PRIMARY KEY,
	user_id VARCHAR(20) NOT NULL,
	item_type VARCHAR(50) NOT NULL,
	quantity INTEGER DEFAULT 0,
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
	updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS active_multipliers (
	id SERIAL PRIMARY KEY,
	user_id VARCHAR(20) NOT NULL,
	multiplier_type VARCHAR(50) NOT NULL,
	multiplier_value INTEGER NOT NULL,
	games_remaining INTEGER DEFAULT 2,
	activated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS transactions (
	id SERIAL PRIMARY KEY,
	from_user_id VARCHAR(20), -- NULL is the house
	to_user_id VARCHAR(20),
	amount INTEGER NOT NULL,
	transaction_type VARCHAR(50) NOT NULL,
	description TEXT,
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);

CREATE TABLE IF NOT EXISTS game_history (
	id SERIAL PRIMARY KEY,
	game_type VARCHAR(50) NOT NULL,
	player_id VARCHAR(20) NOT NULL,
	opponent_id VARCHAR(20),
	bet_amount INTEGER NOT NULL,
	result VARCHAR(20) NOT NULL,
	winnings INTEGER DEFAULT 0, -- gross credit received
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP
);
