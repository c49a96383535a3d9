-- A member's seat in a game: may it be taken, the stake that it costs. The member's row is locked.

-- Why P_USER may not stake P_STAKE in a game of P_KIND that can credit up to P_MOST, as an outcome
-- without its balance; NULL when nothing is against it.
CREATE OR REPLACE FUNCTION besace_game_refusal(
	p_user VARCHAR, p_kind VARCHAR, p_stake INTEGER, p_most INTEGER) RETURNS JSONB
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('done', false, 'refusal', r.refusal) FROM (
		SELECT CASE WHEN EXISTS (SELECT FROM besace_game_seats s
				WHERE s.user_id = p_user AND s.kind = p_kind) THEN 'playing'
			WHEN u.balance < p_stake THEN 'balance'
			WHEN u.balance::bigint - p_stake + p_most > 2147483647 THEN 'purse_full' END
		FROM users u WHERE u.user_id = p_user) AS r (refusal)
	WHERE r.refusal IS NOT NULL
$$;

-- Takes the stake, with its line in the ledger. The caller has looked for refusals.
CREATE OR REPLACE FUNCTION besace_game_stake(
	p_user VARCHAR, p_kind VARCHAR, p_game VARCHAR, p_stake INTEGER) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	UPDATE users SET balance = balance - p_stake, updated_at = now() AT TIME ZONE 'utc'
		WHERE user_id = p_user AND balance >= p_stake;
	IF NOT FOUND THEN
		RAISE EXCEPTION 'the balance of % does not hold the stake', p_user;
	END IF;
	INSERT INTO transactions (from_user_id, amount, transaction_type, description, game_id)
		VALUES (p_user, p_stake, 'bet', p_kind || ' ' || p_game, p_game);
END
$$;

-- Takes the stake and the seat.
CREATE OR REPLACE FUNCTION besace_game_sit(
	p_user VARCHAR, p_kind VARCHAR, p_game VARCHAR, p_seat INTEGER, p_stake INTEGER) RETURNS VOID
LANGUAGE plpgsql AS $$
BEGIN
	PERFORM besace_game_stake(p_user, p_kind, p_game, p_stake);
	INSERT INTO besace_game_seats (user_id, kind, game_id, seat, stake)
		VALUES (p_user, p_kind, p_game, p_seat, p_stake);
END
$$;
