-- What every change of a member's begins and ends with.
--
-- A record of several columns costs PL/pgSQL more than the statement that fills it, and each call of a
-- routine a third of a statement. The changes that members make most therefore lock their row by a
-- statement of their own, which besace_member_lock helps when nobody is there under that name. They do
-- not look for a receipt before they act, but write theirs before anything else: where one stands
-- already, they have changed nothing yet, and return what besace_receipt reads. Their outcomes are text,
-- put together of ids, numbers and what is JSON already.

-- Locks the member, so that the changes of one member happen one after the other and receipts can
-- be looked up before acting, and looks for the receipt of P_INTERACTION. Call it as
--
--	v_me := besace_begin(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'gift');
--	IF v_me.outcome IS NOT NULL THEN
--		RETURN v_me.outcome;
--	END IF;
--	…
--	RETURN besace_end(p_guild, p_user, p_interaction, 'gift', v_outcome);
--
-- with a RECORD. An id that was used for another command is refused: SQLSTATE BE001.
CREATE OR REPLACE FUNCTION besace_begin(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_command VARCHAR,
	OUT balance INTEGER, OUT xp INTEGER, OUT level INTEGER, OUT level_rewarded INTEGER,
	OUT last_gift_time TIMESTAMP, OUT outcome JSON)
LANGUAGE plpgsql AS $$
DECLARE
	v_member users;
	v_username VARCHAR;
	v_name_seen_ms BIGINT;
BEGIN
	-- Nearly everybody is there under their name: their whole row is not needed.
	SELECT u.balance, u.xp, u.level, u.level_rewarded, u.last_gift_time, u.username, u.name_seen_ms
	INTO balance, xp, level, level_rewarded, last_gift_time, v_username, v_name_seen_ms
	FROM users u WHERE u.guild_id = p_guild AND u.user_id = p_user FOR NO KEY UPDATE;
	IF NOT FOUND OR v_username <> p_username AND v_name_seen_ms <= p_seen_ms THEN
		v_member := besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
		balance := v_member.balance;
		xp := v_member.xp;
		level := v_member.level;
		level_rewarded := v_member.level_rewarded;
		last_gift_time := v_member.last_gift_time;
	END IF;
	outcome := besace_receipt(p_guild, p_user, p_interaction, p_command);
END
$$;

-- The same for a change between two members, who may be one: they are locked in the order of their
-- ids, so that two changes of the same two never wait for each other in a circle. The OTHER_ columns
-- are NULL when P_OTHERNAME is and the other is no member.
CREATE OR REPLACE FUNCTION besace_begin_two(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_command VARCHAR,
	p_other VARCHAR, p_othername VARCHAR,
	OUT balance INTEGER, OUT xp INTEGER, OUT level INTEGER, OUT level_rewarded INTEGER,
	OUT other_balance INTEGER, OUT other_username VARCHAR, OUT outcome JSON)
LANGUAGE plpgsql AS $$
DECLARE
	v_member users;
	v_other users;
BEGIN
	IF p_user <= p_other THEN
		v_member := besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END IF;
	v_other := besace_member_lock(p_guild, p_other, p_othername, p_seen_ms);
	IF p_user > p_other THEN
		v_member := besace_member_lock(p_guild, p_user, p_username, p_seen_ms);
	END IF;
	balance := v_member.balance;
	xp := v_member.xp;
	level := v_member.level;
	level_rewarded := v_member.level_rewarded;
	other_balance := v_other.balance;
	other_username := v_other.username;
	outcome := besace_receipt(p_guild, p_user, p_interaction, p_command);
END
$$;

-- The outcome of P_INTERACTION of a member who is locked; NULL when it was not asked before. The
-- lock makes it certain: whoever held it before has committed its receipt.
CREATE OR REPLACE FUNCTION besace_receipt(p_guild VARCHAR, p_user VARCHAR, p_interaction VARCHAR,
	p_command VARCHAR) RETURNS JSON
LANGUAGE plpgsql AS $$
DECLARE
	v_command VARCHAR;
	v_outcome JSON;
BEGIN
	SELECT r.command, r.outcome INTO v_command, v_outcome FROM besace_receipts r
		WHERE r.guild_id = p_guild AND r.user_id = p_user AND r.interaction_id = p_interaction;
	IF v_command <> p_command THEN
		RAISE EXCEPTION 'the interaction % was used for %, it cannot be used for %',
			p_interaction, v_command, p_command USING ERRCODE = 'BE001';
	END IF;
	RETURN v_outcome;
END
$$;

-- Keeps P_OUTCOME as the receipt, and returns it.
CREATE OR REPLACE FUNCTION besace_end(p_guild VARCHAR, p_user VARCHAR, p_interaction VARCHAR,
	p_command VARCHAR, p_outcome JSONB) RETURNS JSONB
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)
		VALUES (p_guild, p_user, p_interaction, p_command, p_outcome);
	RETURN p_outcome;
END
$$;

-- The same for an outcome that may have been kept before: returns the one that was first. For a change
-- that has not looked, before it changes anything.
CREATE OR REPLACE FUNCTION besace_end_once(p_guild VARCHAR, p_user VARCHAR, p_interaction VARCHAR,
	p_command VARCHAR, p_outcome JSONB) RETURNS JSON
LANGUAGE plpgsql AS $$
BEGIN
	INSERT INTO besace_receipts (guild_id, user_id, interaction_id, command, outcome)
		VALUES (p_guild, p_user, p_interaction, p_command, p_outcome)
		ON CONFLICT (guild_id, user_id, interaction_id) DO NOTHING;
	IF FOUND THEN
		RETURN p_outcome;
	END IF;
	RETURN besace_receipt(p_guild, p_user, p_interaction, p_command);
END
$$;
