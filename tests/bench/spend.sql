-- B, what a change is measured against: a bare durable spend. One routine: lock the member, look for the
-- receipt, change the balance, one ledger row, the receipt. In the service's own tables, with their
-- constraints and triggers, so that it is what the least change of a balance takes; and, beside it, in
-- tables of its own without any, which says what those take.
\ir members.sql
CREATE FUNCTION spend(p_guild VARCHAR, p_user VARCHAR, p_interaction VARCHAR, p_amount INTEGER)
RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_balance INTEGER;
	v_outcome JSON;
BEGIN
	SELECT balance INTO v_balance FROM users
		WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
	SELECT outcome INTO v_outcome FROM besace_receipts
		WHERE guild_id = p_guild AND user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;
	UPDATE users SET balance = balance - p_amount, updated_at = now() AT TIME ZONE 'utc'
		WHERE guild_id = p_guild AND user_id = p_user AND balance >= p_amount;
	INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type, description)
		VALUES (p_guild, p_user, p_amount, 'bet', 'spend ' || p_interaction);
	v_outcome := json_build_object('done', true, 'balance', v_balance - p_amount);
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)
		VALUES (p_guild, p_user, p_interaction, 'spend', v_outcome);
	RETURN v_outcome;
END
$$;

CREATE TABLE spend_members (
	guild_id VARCHAR(20) NOT NULL, user_id VARCHAR(20) NOT NULL,
	balance INTEGER NOT NULL CHECK (balance >= 0),
	PRIMARY KEY (guild_id, user_id)
) WITH (fillfactor = 85);
CREATE TABLE spend_ledger (
	guild_id VARCHAR(20) NOT NULL, id BIGINT GENERATED ALWAYS AS IDENTITY,
	user_id VARCHAR(20) NOT NULL, amount INTEGER NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, id)
);
CREATE TABLE spend_receipts (
	guild_id VARCHAR(20) NOT NULL, user_id VARCHAR(20) NOT NULL,
	interaction_id VARCHAR(20) NOT NULL, outcome JSONB NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT now(),
	PRIMARY KEY (guild_id, user_id, interaction_id)
);
INSERT INTO spend_members SELECT guild_id, user_id, 1000000000 FROM users;
CREATE FUNCTION spend_alone(p_guild VARCHAR, p_user VARCHAR, p_interaction VARCHAR, p_amount INTEGER)
RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_balance INTEGER;
	v_outcome JSONB;
BEGIN
	SELECT balance INTO v_balance FROM spend_members
		WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
	SELECT outcome INTO v_outcome FROM spend_receipts
		WHERE guild_id = p_guild AND user_id = p_user AND interaction_id = p_interaction;
	IF FOUND THEN
		RETURN v_outcome;
	END IF;
	UPDATE spend_members SET balance = balance - p_amount
		WHERE guild_id = p_guild AND user_id = p_user AND balance >= p_amount;
	INSERT INTO spend_ledger (guild_id, user_id, amount) VALUES (p_guild, p_user, p_amount);
	v_outcome := jsonb_build_object('done', true, 'balance', v_balance - p_amount);
	INSERT INTO spend_receipts (guild_id, user_id, interaction_id, outcome)
		VALUES (p_guild, p_user, p_interaction, v_outcome);
	RETURN v_outcome;
END
$$;
GRANT ALL ON spend_members, spend_ledger, spend_receipts TO PUBLIC;
VACUUM ANALYZE spend_members;
CHECKPOINT;
