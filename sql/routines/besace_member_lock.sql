-- Locks a member's row until the end of the transaction and returns it; creates the member on
-- first contact; refreshes the username unless a later one is known. P_USERNAME NULL: the member
-- was not seen just now, is not created, and the row is NULL when there is none.
CREATE OR REPLACE FUNCTION besace_member_lock(
	p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT) RETURNS users
LANGUAGE plpgsql AS $$
DECLARE
	v_member users;
BEGIN
	LOOP
		SELECT * INTO v_member FROM users
			WHERE guild_id = p_guild AND user_id = p_user FOR NO KEY UPDATE;
		EXIT WHEN FOUND OR p_username IS NULL;
		PERFORM besace_member_create(p_guild, p_user, p_username, p_seen_ms);
	END LOOP;
	IF v_member.username <> p_username AND v_member.name_seen_ms <= p_seen_ms THEN
		UPDATE users SET username = p_username, name_seen_ms = p_seen_ms,
			updated_at = now() AT TIME ZONE 'utc'
			WHERE guild_id = p_guild AND user_id = p_user RETURNING * INTO v_member;
	END IF;
	RETURN v_member;
END
$$;

-- Creates a member who may be one already, as besace_members_create does: lists of one would be planned
-- anew each time, which takes longer than all the rest.
CREATE OR REPLACE FUNCTION besace_member_create(
	p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR, p_seen_ms BIGINT) RETURNS VOID
LANGUAGE plpgsql AS $$
DECLARE
	v_balance INTEGER;
BEGIN
	INSERT INTO users (guild_id, user_id, username, name_seen_ms, balance)
		VALUES (p_guild, p_user, p_username, p_seen_ms, besace_start_balance(p_guild))
		ON CONFLICT DO NOTHING RETURNING balance INTO v_balance;
	IF v_balance <> 25 THEN
		INSERT INTO transactions (guild_id, from_user_id, to_user_id, amount, transaction_type, description)
		VALUES (p_guild, CASE WHEN v_balance < 25 THEN p_user END,
			CASE WHEN v_balance > 25 THEN p_user END, abs(v_balance - 25), 'opening', 'départ');
	END IF;
END
$$;
