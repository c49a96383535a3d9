-- Every invariant of the game that one row or one key can state.
--
-- Columns that the table of the game leaves nullable stay so for the tools that read it; that they
-- hold a value is part of their check.

-- The level of an XP: level L starts at 50·L·(L−1). Exact for every INTEGER: at a level's start
-- the root is a whole number, and one XP below it is away from it by far more than a double errs.
CREATE FUNCTION besace_level(p_xp INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT floor((50 + sqrt(2500 + 200 * greatest(p_xp, 0)::double precision)) / 100)::integer
$$;

-- `level` is always the level of `xp`, whoever writes.
CREATE FUNCTION besace_set_level() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
	NEW.level := besace_level(NEW.xp);
	RETURN NEW;
END
$$;

CREATE TRIGGER besace_users_level BEFORE INSERT OR UPDATE OF xp, level ON users
	FOR EACH ROW EXECUTE FUNCTION besace_set_level();

-- The time (ms since 1970) of what the username was read from: an older sight, replayed or late,
-- does not replace it.
ALTER TABLE users ADD COLUMN name_seen_ms BIGINT NOT NULL DEFAULT 0;

ALTER TABLE users
	ADD CONSTRAINT users_balance_check CHECK (balance IS NOT NULL AND balance >= 0),
	ADD CONSTRAINT users_xp_check CHECK (xp IS NOT NULL AND xp >= 0),
	ADD CONSTRAINT users_level_check CHECK (level IS NOT NULL AND level = besace_level(xp)),
	ADD CONSTRAINT users_counters_check CHECK (
		invites IS NOT NULL AND message_count IS NOT NULL AND message_count >= 0
		AND voice_time IS NOT NULL AND voice_time >= 0);

ALTER TABLE user_inventory
	ADD CONSTRAINT user_inventory_user_fkey FOREIGN KEY (user_id) REFERENCES users,
	ADD CONSTRAINT user_inventory_user_item_key UNIQUE (user_id, item_type),
	ADD CONSTRAINT user_inventory_item_check
		CHECK (item_type IN ('jackpot', 'multiplier_x2', 'multiplier_x3')),
	ADD CONSTRAINT user_inventory_quantity_check
		CHECK (quantity IS NOT NULL AND quantity >= 0);

ALTER TABLE active_multipliers
	ADD CONSTRAINT active_multipliers_user_fkey FOREIGN KEY (user_id) REFERENCES users,
	ADD CONSTRAINT active_multipliers_value_check CHECK (multiplier_value IN (2, 3)),
	ADD CONSTRAINT active_multipliers_games_check
		CHECK (games_remaining IS NOT NULL AND games_remaining >= 0);
CREATE UNIQUE INDEX active_multipliers_one_key ON active_multipliers (user_id)
	WHERE games_remaining > 0;

ALTER TABLE transactions
	ADD CONSTRAINT transactions_from_fkey FOREIGN KEY (from_user_id) REFERENCES users,
	ADD CONSTRAINT transactions_to_fkey FOREIGN KEY (to_user_id) REFERENCES users,
	ADD CONSTRAINT transactions_amount_check CHECK (amount > 0),
	ADD CONSTRAINT transactions_parties_check
		CHECK (from_user_id IS DISTINCT FROM to_user_id),
	ADD CONSTRAINT transactions_type_check CHECK (transaction_type IN (
		'transfer', 'daily_gift', 'level_up', 'jackpot_reward', 'bet', 'game_win',
		'refund', 'admin_adjust', 'opening'));

ALTER TABLE game_history
	ADD CONSTRAINT game_history_player_fkey FOREIGN KEY (player_id) REFERENCES users,
	ADD CONSTRAINT game_history_opponent_fkey FOREIGN KEY (opponent_id) REFERENCES users,
	ADD CONSTRAINT game_history_type_check CHECK (game_type IN (
		'roue', 'blackjack', 'machine', 'duel', 'roulette', 'pfc', '007', 'c21')),
	ADD CONSTRAINT game_history_bet_check CHECK (bet_amount >= 0),
	ADD CONSTRAINT game_history_result_check CHECK (result IN ('win', 'loss', 'push')),
	ADD CONSTRAINT game_history_winnings_check
		CHECK (winnings IS NOT NULL AND winnings >= 0);
