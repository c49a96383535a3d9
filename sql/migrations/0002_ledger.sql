-- The ledger. For every member, 25 plus what came in minus what went out is the balance.

CREATE TABLE transactions (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id SERIAL,
	from_user_id VARCHAR(20) COLLATE "C", -- NULL is the house
	to_user_id VARCHAR(20) COLLATE "C",
	amount besace_positive NOT NULL,
	transaction_type VARCHAR(50) NOT NULL,
	description TEXT,
	-- The order of a member's rows. Read under the member's lock and not at the transaction's
	-- start, so that a transaction which waited for that lock is not dated before the one that it
	-- waited for. `id` only tells rows of one moment apart.
	created_at TIMESTAMP DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	match_id VARCHAR(20) COLLATE "C", -- of a stake and of what was paid for it
	CONSTRAINT transactions_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT transactions_from_fkey
		FOREIGN KEY (guild_id, from_user_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT transactions_to_fkey
		FOREIGN KEY (guild_id, to_user_id) REFERENCES users ON DELETE RESTRICT
);

-- What else a row keeps to; see the note on checks in 0001_members.sql.
CREATE FUNCTION besace_transaction_written() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	IF NEW.created_at IS NULL OR NEW.from_user_id IS NOT DISTINCT FROM NEW.to_user_id
			OR NEW.transaction_type NOT IN ('transfer', 'daily_gift', 'level_up',
				'jackpot_reward', 'bet', 'game_win', 'refund', 'admin_adjust', 'opening') THEN
		RAISE EXCEPTION '% is not a type of the ledger, or its row has no time or one party twice',
			NEW.transaction_type USING ERRCODE = 'check_violation', TABLE = 'transactions';
	END IF;
	RETURN NEW;
END
$$;
CREATE TRIGGER besace_transaction_write BEFORE INSERT OR UPDATE ON transactions
	FOR EACH ROW EXECUTE FUNCTION besace_transaction_written();

-- A member's own rows, newest first: two short scans that are merged.
CREATE INDEX transactions_from_idx ON transactions (guild_id, from_user_id, created_at, id)
	WHERE from_user_id IS NOT NULL;
CREATE INDEX transactions_to_idx ON transactions (guild_id, to_user_id, created_at, id)
	WHERE to_user_id IS NOT NULL;

-- A stake is taken once, and each player of a match is paid once.
CREATE UNIQUE INDEX transactions_match_out_key ON transactions (guild_id, from_user_id, match_id)
	WHERE match_id IS NOT NULL AND from_user_id IS NOT NULL;
CREATE UNIQUE INDEX transactions_match_in_key ON transactions (guild_id, to_user_id, match_id)
	WHERE match_id IS NOT NULL AND to_user_id IS NOT NULL;

-- How far the sweep of old movements has come (BESACE_LEDGER_DAYS): it walks through all members, and
-- begins anew a while after it has come to the end.
CREATE TABLE besace_ledger_sweep (
	is_only BOOLEAN NOT NULL DEFAULT true CONSTRAINT besace_ledger_sweep_only_check CHECK (is_only),
	-- The last member that was looked at; not named as other tables name theirs, because it says
	-- nothing of them.
	at_guild VARCHAR(20) COLLATE "C" NOT NULL DEFAULT '',
	at_user VARCHAR(20) COLLATE "C" NOT NULL DEFAULT '',
	before TIMESTAMP NOT NULL DEFAULT 'epoch', -- movements of before are summarised
	began_at TIMESTAMP NOT NULL DEFAULT 'epoch',
	ended_at TIMESTAMP DEFAULT 'epoch', -- NULL: it is under way
	CONSTRAINT besace_ledger_sweep_pkey PRIMARY KEY (is_only)
);
INSERT INTO besace_ledger_sweep DEFAULT VALUES;
