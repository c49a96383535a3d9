-- A page of a member's own ledger, newest first, created on first contact as besace_profile does
-- it. P_AFTER is the row that the page starts after, or before when P_NEWER; NULL, or a row that is
-- gone: the newest page. A row more than is shown tells whether there is another page; it is at the
-- end that the page goes towards. A member without rows has one row of NULLs with the balance.
--
-- AMOUNT came in or, negative, went out; AT is in seconds since 1970; LEVEL is the one that was
-- rewarded. Never the description: it may hold an administrator's id and reason.
CREATE OR REPLACE FUNCTION besace_ledger_page(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_after INTEGER, p_newer BOOLEAN)
RETURNS TABLE (id INTEGER, at BIGINT, transaction_type VARCHAR, amount INTEGER,
	other_username VARCHAR, game_type TEXT, level INTEGER, balance INTEGER)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
	v_at TIMESTAMP;
BEGIN
	IF NOT besace_member_is_current(p_guild, p_user, p_username, p_seen_ms) THEN
		PERFORM besace_member_see(p_guild, p_user, p_username, p_seen_ms);
	END IF;
	SELECT created_at INTO v_at FROM transactions WHERE guild_id = p_guild AND id = p_after;
	RETURN QUERY
	SELECT t.id, floor(extract(epoch FROM t.created_at))::bigint, t.transaction_type,
		CASE WHEN t.from_user_id = p_user THEN -t.amount ELSE t.amount END, o.username,
		CASE WHEN t.transaction_type IN ('bet', 'game_win', 'refund')
			THEN split_part(t.description, ' ', 1) END,
		CASE WHEN t.transaction_type = 'level_up'
			THEN substring(t.description FROM '^niveau (\d{1,9})$')::integer END, u.balance::integer
	FROM users u LEFT JOIN besace_ledger_rows(p_guild, p_user, coalesce(v_at, 'infinity'),
		coalesce(p_after, 2147483647), p_newer AND v_at IS NOT NULL) t ON true
	LEFT JOIN users o ON o.guild_id = p_guild AND o.user_id =
		CASE WHEN t.from_user_id = p_user THEN t.to_user_id ELSE t.from_user_id END
	WHERE u.guild_id = p_guild AND u.user_id = p_user
	ORDER BY t.created_at DESC, t.id DESC;
END
$$;

-- The eleven rows of a member that are nearest to P_AT and P_ID, older or newer: two short scans
-- of an index, merged.
CREATE OR REPLACE FUNCTION besace_ledger_rows(p_guild VARCHAR, p_user VARCHAR, p_at TIMESTAMP,
	p_id INTEGER, p_newer BOOLEAN) RETURNS SETOF transactions
LANGUAGE plpgsql STABLE AS $$
BEGIN
	IF p_newer THEN
		RETURN QUERY
		(SELECT * FROM transactions WHERE guild_id = p_guild AND from_user_id = p_user
			AND (created_at, id) > (p_at, p_id) ORDER BY created_at, id LIMIT 11)
		UNION ALL
		(SELECT * FROM transactions WHERE guild_id = p_guild AND to_user_id = p_user
			AND (created_at, id) > (p_at, p_id) ORDER BY created_at, id LIMIT 11)
		ORDER BY created_at, id LIMIT 11;
	ELSE
		RETURN QUERY
		(SELECT * FROM transactions WHERE guild_id = p_guild AND from_user_id = p_user
			AND (created_at, id) < (p_at, p_id) ORDER BY created_at DESC, id DESC LIMIT 11)
		UNION ALL
		(SELECT * FROM transactions WHERE guild_id = p_guild AND to_user_id = p_user
			AND (created_at, id) < (p_at, p_id) ORDER BY created_at DESC, id DESC LIMIT 11)
		ORDER BY created_at DESC, id DESC LIMIT 11;
	END IF;
END
$$;
