-- What leaves: everything that is known of P_GUILD or, unless P_MEMBER is NULL, of one of its members.
-- P_OWN: the file is for that member, so what administrators wrote is theirs, and who they are is not.
--
-- Each kind of record is a function of its own, besace_export_KIND, and what its fields are stands in
-- besace_export_fields. Rows come in an order that the same data have in any database, and no number
-- of a row leaves: export, import into an empty database and export again are equal to the byte.
-- A stake in an open game is still its member's: it counts to the balance, and its row is left out.

-- The kinds of records in their order, and the fields of each.
CREATE OR REPLACE FUNCTION besace_export_fields()
RETURNS TABLE (place INTEGER, kind TEXT, field TEXT, description TEXT)
LANGUAGE sql IMMUTABLE AS $$
	SELECT row_number() OVER ()::integer, f.* FROM (VALUES
	('server', 'name', 'as Discord told it last'),
	('server', 'owner_id', 'who owns it'),
	('server', 'locale', 'the language that Discord has for it'),
	('server', 'community', 'whether that language is its own choice'),
	('server', 'language', 'of its first public reply'),
	('members', 'user_id', 'the id at Discord; 0 is the account of those who were erased'),
	('members', 'username', 'as last seen'),
	('members', 'balance', 'with what is staked in open games'),
	('members', 'xp', 'in total'),
	('members', 'level', 'that follows from it'),
	('members', 'level_rewarded', 'the highest level that was rewarded'),
	('members', 'messages', 'that were counted'),
	('members', 'voice_seconds', 'in voice channels'),
	('members', 'invites', 'others whom they invited'),
	('members', 'last_message_at', 'the latest message that earned XP; all times are UTC'),
	('members', 'last_gift_at', 'the latest daily gift'),
	('members', 'created_at', 'member since'),
	('members', 'name_seen_ms', 'when the name was seen, in ms since 1970'),
	('members', 'announce_ping', 'wants a mention when a level is announced'),
	('members', 'announce_none', 'wants no announcement'),
	('members', 'hidden', 'is not shown on the page'),
	('members', 'left_at', 'left the server'),
	('members', 'place_id', 'the channel of the latest earning'),
	('members', 'xp_day', 'the day that xp_today is of'),
	('members', 'xp_today', 'XP of that day'),
	('members', 'xp_eve', 'XP of the day before'),
	('members', 'message_xp', 'what the latest message earned'),
	('members', 'message_why', 'why it did or did not'),
	('members', 'gift_from', 'no daily gift before'),
	('members', 'loss_day_max', 'their own limit of losses a day'),
	('members', 'loss_next_max', 'that limit from loss_next_at on'),
	('members', 'loss_next_at', 'from when on loss_next_max is the limit'),
	('members', 'client_seed', 'their own number in the draws of the casino'),
	('bag', 'user_id', 'whose bag'),
	('bag', 'item', 'jackpot, multiplier_x2 or multiplier_x3'),
	('bag', 'quantity', 'how many of it'),
	('multipliers', 'user_id', 'whose it is'),
	('multipliers', 'multiplier', 'that is active: 2 or 3'),
	('multipliers', 'games', 'won games that it still counts for'),
	('multipliers', 'activated_at', 'when it was activated'),
	('ledger', 'n', 'counts the movements of this file'),
	('ledger', 'from', 'who paid; none: the house'),
	('ledger', 'to', 'who was paid; none: the house'),
	('ledger', 'amount', '25 and what came in less what went out is the balance'),
	('ledger', 'type', 'what kind of movement'),
	('ledger', 'description', 'what was written of it: an act, a game, an import'),
	('ledger', 'at', 'when; all times are UTC'),
	('ledger', 'match_id', 'the game that it is of'),
	('matches', 'game', 'roue, blackjack, machine, duel, roulette, pfc, 007 or c21'),
	('matches', 'player', 'whose result this is'),
	('matches', 'opponent', 'against whom; none: the house, or a member who was erased'),
	('matches', 'bet', 'the stake'),
	('matches', 'result', 'win, loss or push'),
	('matches', 'winnings', 'what was paid'),
	('matches', 'at', 'when it ended'),
	('matches', 'match_id', 'the same in the rows of both players, and in those of the ledger'),
	('acts', 'n', 'counts the acts of administrators'),
	('acts', 'actor', 'who acted; none: the operator'),
	('acts', 'target', 'on whom'),
	('acts', 'act', 'add, remove, set or undo'),
	('acts', 'what', 'lc, xp or an item'),
	('acts', 'amount', 'what the target has more of since'),
	('acts', 'reason', 'as who acted gave it'),
	('acts', 'ledger', 'n of its movement'),
	('acts', 'undone_by', 'n of the act that undid it'),
	('acts', 'at', 'when it was done'),
	('settings', 'key', 'what is not the default'),
	('settings', 'value', 'as JSON'),
	('changes', 'n', 'counts the changes of settings'),
	('changes', 'change', 'n of the first of those that were made together'),
	('changes', 'actor', 'who made it; none: the operator'),
	('changes', 'key', 'the setting'),
	('changes', 'old', 'as JSON'),
	('changes', 'new', 'as JSON'),
	('changes', 'undone_by', 'n of the change that took it back'),
	('changes', 'at', 'when it was made'),
	('passing', 'what', 'of one member: what is kept for a while, or learnt from Discord again'),
	('passing', 'at', 'when it was learnt or written; none: not known'),
	('passing', 'detail', 'as JSON')) AS f (kind, field, description)
$$;

CREATE OR REPLACE FUNCTION besace_export_server(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (name VARCHAR, owner_id VARCHAR, locale VARCHAR, community BOOLEAN, language VARCHAR)
LANGUAGE sql STABLE AS $$
	SELECT g.name, g.owner_id, g.locale, g.community, g.language FROM besace_guilds g
	WHERE g.guild_id = p_guild AND p_member IS NULL
$$;

CREATE OR REPLACE FUNCTION besace_export_members(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (user_id VARCHAR, username VARCHAR, balance BIGINT, xp INTEGER, level INTEGER,
	level_rewarded INTEGER, messages INTEGER, voice_seconds INTEGER, invites INTEGER,
	last_message_at TIMESTAMP, last_gift_at TIMESTAMP, created_at TIMESTAMP, name_seen_ms BIGINT,
	announce_ping BOOLEAN, announce_none BOOLEAN, hidden BOOLEAN, left_at TIMESTAMP,
	place_id VARCHAR, xp_day DATE, xp_today INTEGER, xp_eve INTEGER, message_xp INTEGER,
	message_why VARCHAR, gift_from TIMESTAMP, loss_day_max INTEGER, loss_next_max INTEGER,
	loss_next_at TIMESTAMP, client_seed VARCHAR)
LANGUAGE sql STABLE AS $$
	SELECT u.user_id, u.username, u.balance + coalesce(e.staked, 0), u.xp, u.level,
		u.level_rewarded, u.message_count, u.voice_time, u.invites, u.last_message_xp_time,
		u.last_gift_time, u.created_at, u.name_seen_ms, u.announce_ping, u.announce_none,
		u.page_hidden, u.left_at, u.place_id, u.xp_day, u.xp_today, u.xp_eve, u.message_xp,
		u.message_why, u.gift_from, l.day_max, l.next_max, l.next_at, s.client_seed
	FROM users u
	LEFT JOIN (SELECT b.user_id, sum(b.stake)::bigint AS staked FROM besace_escrow b
		WHERE b.guild_id = p_guild GROUP BY b.user_id) e ON e.user_id = u.user_id
	LEFT JOIN besace_loss_limits l ON l.guild_id = u.guild_id AND l.user_id = u.user_id
	LEFT JOIN besace_seeds s ON s.guild_id = u.guild_id AND s.user_id = u.user_id
	WHERE u.guild_id = p_guild AND (p_member IS NULL OR u.user_id = p_member)
	ORDER BY u.guild_id, u.user_id
$$;

CREATE OR REPLACE FUNCTION besace_export_bag(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (user_id VARCHAR, item VARCHAR, quantity INTEGER)
LANGUAGE sql STABLE AS $$
	SELECT b.user_id, b.item_type, b.quantity FROM user_inventory b
	WHERE b.guild_id = p_guild AND b.quantity > 0
		AND (p_member IS NULL OR b.user_id = p_member)
	ORDER BY b.guild_id, b.user_id, b.item_type
$$;

CREATE OR REPLACE FUNCTION besace_export_multipliers(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (user_id VARCHAR, multiplier INTEGER, games INTEGER, activated_at TIMESTAMP)
LANGUAGE sql STABLE AS $$
	SELECT m.user_id, m.multiplier_value, m.games_remaining, m.activated_at
	FROM active_multipliers m WHERE m.guild_id = p_guild AND m.games_remaining > 0
		AND (p_member IS NULL OR m.user_id = p_member)
	ORDER BY m.user_id
$$;

-- The movements that leave. Three scans of which one or two are done.
CREATE OR REPLACE FUNCTION besace_export_entries(p_guild VARCHAR, p_member VARCHAR)
RETURNS SETOF transactions
LANGUAGE sql STABLE AS $$
	SELECT t.* FROM (
		SELECT * FROM transactions WHERE p_member IS NULL AND guild_id = p_guild
		UNION ALL
		SELECT * FROM transactions WHERE guild_id = p_guild AND from_user_id = p_member
		UNION ALL
		SELECT * FROM transactions WHERE guild_id = p_guild AND to_user_id = p_member) t
	WHERE NOT EXISTS (SELECT FROM besace_escrow e WHERE e.guild_id = t.guild_id
		AND e.user_id = t.from_user_id AND e.match_id = t.match_id)
	ORDER BY t.created_at, t.id
$$;

-- Of administrators' acts the member's own file tells among the acts.
CREATE OR REPLACE FUNCTION besace_export_ledger(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (n BIGINT, "from" VARCHAR, "to" VARCHAR, amount INTEGER, type VARCHAR,
	description TEXT, at TIMESTAMP, match_id VARCHAR)
LANGUAGE sql STABLE AS $$
	SELECT row_number() OVER (ORDER BY t.created_at, t.id), t.from_user_id, t.to_user_id, t.amount,
		t.transaction_type, CASE WHEN NOT p_own OR t.transaction_type <> 'admin_adjust'
			THEN nullif(t.description, '') END, t.created_at, t.match_id
	FROM besace_export_entries(p_guild, p_member) t
$$;

CREATE OR REPLACE FUNCTION besace_export_matches(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (game VARCHAR, player VARCHAR, opponent VARCHAR, bet INTEGER, result VARCHAR,
	winnings INTEGER, at TIMESTAMP, match_id VARCHAR)
LANGUAGE sql STABLE AS $$
	SELECT h.game_type, h.player_id, h.opponent_id, h.bet_amount, h.result, h.winnings,
		h.created_at, h.match_id
	FROM (
		SELECT * FROM game_history WHERE p_member IS NULL AND guild_id = p_guild
		UNION ALL
		SELECT * FROM game_history WHERE guild_id = p_guild AND player_id = p_member) h
	ORDER BY h.created_at, h.id
$$;

CREATE OR REPLACE FUNCTION besace_export_acts(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (n BIGINT, actor VARCHAR, target VARCHAR, act VARCHAR, what VARCHAR, amount INTEGER,
	reason VARCHAR, ledger BIGINT, undone_by BIGINT, at TIMESTAMP)
LANGUAGE sql STABLE AS $$
	WITH acts AS (
		SELECT a.*, row_number() OVER (ORDER BY a.id) AS n FROM besace_audit a
		WHERE a.guild_id = p_guild
			AND (p_member IS NULL OR a.target_id = p_member OR a.actor_id = p_member)
	), entries AS (
		SELECT t.id, row_number() OVER (ORDER BY t.created_at, t.id) AS n
		FROM besace_export_entries(p_guild, p_member) t
		WHERE EXISTS (SELECT FROM acts)
	)
	SELECT a.n, CASE WHEN NOT p_own OR a.actor_id = p_member THEN a.actor_id END, a.target_id,
		a.act, a.what, a.amount, a.reason, e.n, b.n, a.created_at
	FROM acts a LEFT JOIN entries e ON e.id = a.transaction_id
	LEFT JOIN acts b ON b.id = a.undone_by
	ORDER BY a.n
$$;

CREATE OR REPLACE FUNCTION besace_export_settings(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (key TEXT, value TEXT)
LANGUAGE plpgsql STABLE AS $$
#variable_conflict use_column
BEGIN
	RETURN QUERY SELECT s.key, s.value::text FROM jsonb_each(
		CASE WHEN p_member IS NULL THEN besace_settings_changed(p_guild) END) AS s
	ORDER BY s.key COLLATE "C";
END
$$;

CREATE OR REPLACE FUNCTION besace_export_changes(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (n BIGINT, change BIGINT, actor VARCHAR, key VARCHAR, old TEXT, new TEXT,
	undone_by BIGINT, at TIMESTAMP)
LANGUAGE sql STABLE AS $$
	WITH changes AS (
		SELECT a.*, row_number() OVER (ORDER BY a.id) AS n FROM besace_settings_audit a
		WHERE a.guild_id = p_guild AND (p_member IS NULL OR a.actor_id = p_member)
	)
	SELECT a.n, min(a.n) OVER (PARTITION BY a.change_id), a.actor_id, a.setting, a.old::text,
		a.new::text, b.n, a.created_at
	FROM changes a LEFT JOIN changes b ON b.id = a.undone_by
	ORDER BY a.n
$$;

-- Of one member alone: what goes by itself, or is learnt from Discord anew.
CREATE OR REPLACE FUNCTION besace_export_passing(p_guild VARCHAR, p_member VARCHAR, p_own BOOLEAN)
RETURNS TABLE (what TEXT, at TIMESTAMP, detail TEXT)
LANGUAGE sql STABLE AS $$
	SELECT p.what, p.at, p.detail::text FROM (
		SELECT 'roles' AS what, u.joined_at AS at, to_jsonb(u.roles) AS detail FROM users u
		WHERE u.guild_id = p_guild AND u.user_id = p_member
		UNION ALL
		SELECT 'receipt', r.created_at, jsonb_build_object('interaction', r.interaction_id,
			'command', r.command) FROM besace_receipts r
		WHERE r.guild_id = p_guild AND r.user_id = p_member
		UNION ALL
		SELECT 'announcement', o.created_at, jsonb_build_object('channel', o.channel_id,
			'outcome', o.outcome) FROM besace_outbox o
		WHERE o.guild_id = p_guild AND o.user_id = p_member
		UNION ALL
		SELECT 'congratulation', c.created_at, jsonb_build_object('member', o.user_id,
			'level', o.body -> 'level') FROM besace_cheers c
		JOIN besace_outbox o ON o.guild_id = c.guild_id AND o.id = c.outbox_id
		WHERE c.guild_id = p_guild AND c.user_id = p_member
		UNION ALL
		SELECT 'role job', j.due_at, jsonb_build_object('wanted', j.wanted,
			'unwanted', j.unwanted, 'state', j.state) FROM besace_role_jobs j
		WHERE j.guild_id = p_guild AND j.user_id = p_member
		UNION ALL
		SELECT 'voice', to_timestamp(v.since_ms / 1000.0) AT TIME ZONE 'utc',
			jsonb_build_object('channel', v.channel_id) FROM besace_voice_occupants v
		WHERE v.guild_id = p_guild AND v.user_id = p_member
		UNION ALL
		SELECT 'voice owed', NULL, jsonb_build_object('xp', w.xp, 'seconds', w.seconds)
		FROM besace_voice_owed w WHERE w.guild_id = p_guild AND w.user_id = p_member
		UNION ALL
		SELECT 'reaction XP', NULL, jsonb_build_object('message', x.message_id, 'xp', x.xp)
		FROM besace_reaction_xp x WHERE x.guild_id = p_guild AND x.user_id = p_member
		UNION ALL
		SELECT 'open game', m.opened_at, jsonb_build_object('game', e.game_type,
			'stake', e.stake) FROM besace_escrow e
		JOIN besace_matches m ON m.guild_id = e.guild_id AND m.match_id = e.match_id
		WHERE e.guild_id = p_guild AND e.user_id = p_member) p
	ORDER BY 1, 2, 3
$$;

-- The first lines of the file: what it is, and its fields.
CREATE OR REPLACE FUNCTION besace_export_head(p_guild VARCHAR, p_member VARCHAR) RETURNS TEXT
LANGUAGE sql STABLE AS $$
	SELECT concat('{"format":"besace export","version":1,', E'\n"about":',
		to_json('Everything that Besace keeps of a server, or of one of its members. Each list '
			'below has records of one kind, a line each; "fields" says what is in them. '
			'besacectl import besace reads it.'::text), E',\n"guild_id":', to_json(p_guild),
		E',\n"member_id":', coalesce(to_json(p_member)::text, 'null'), E',\n"fields":{\n',
		(SELECT string_agg(concat(to_json(k.kind), ':{', k.fields, '}'), E',\n'
			ORDER BY k.place)
		FROM (SELECT f.kind, min(f.place) AS place, string_agg(concat(to_json(f.field), ':',
				to_json(f.description)), ',' ORDER BY f.place) AS fields
			FROM besace_export_fields() f GROUP BY f.kind) k), '}')
$$;

-- The whole file of one member, as JSON; of the newest P_MOVEMENTS movements and games each, when
-- there are more.
CREATE OR REPLACE FUNCTION besace_export_file(
	p_guild VARCHAR, p_member VARCHAR, p_entries INTEGER, p_own BOOLEAN) RETURNS TEXT
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_file TEXT := besace_export_head(p_guild, p_member);
	v_kind TEXT;
	v_rows TEXT;
BEGIN
	FOR v_kind IN SELECT kind FROM besace_export_fields() GROUP BY kind ORDER BY min(place)
	LOOP
		EXECUTE format('SELECT string_agg(row_to_json(t)::text, $4 ORDER BY place) FROM ('
			' SELECT t, row_number() OVER () AS place, count(*) OVER () AS all_rows'
			' FROM besace_export_%s($1, $2, $5) t) r WHERE place > all_rows - $3', v_kind)
			INTO v_rows USING p_guild, p_member, p_entries, E',\n', p_own;
		v_file := concat(v_file, E',\n', to_json(v_kind), E':[\n', v_rows || E'\n', ']');
	END LOOP;
	RETURN concat(v_file, E'}\n');
END
$$;

-- Bytes of a file that Discord takes everywhere, with room for what stands around it.
CREATE OR REPLACE FUNCTION besace_export_own_bytes() RETURNS INTEGER
LANGUAGE sql IMMUTABLE AS $$ SELECT 8 * 1024 * 1024 $$;

-- P_MEMBER's file for themself: of the newest movements and games when all of them would be too large.
-- FILE is NULL when nothing is kept of them.
CREATE OR REPLACE FUNCTION besace_export_own(p_guild VARCHAR, p_member VARCHAR,
	OUT file TEXT, OUT is_whole BOOLEAN)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_entries INTEGER := 32768;
	v_rows BIGINT;
BEGIN
	is_whole := true;
	PERFORM FROM users WHERE guild_id = p_guild AND user_id = p_member AND p_member <> '0';
	IF NOT FOUND THEN
		RETURN;
	END IF;
	LOOP
		file := besace_export_file(p_guild, p_member, v_entries, true);
		EXIT WHEN octet_length(file) <= besace_export_own_bytes() OR v_entries = 1;
		v_entries := v_entries / 2;
	END LOOP;
	SELECT greatest((SELECT count(*) FROM besace_export_entries(p_guild, p_member)),
		(SELECT count(*) FROM game_history WHERE guild_id = p_guild AND player_id = p_member),
		(SELECT count(*) FROM besace_audit
			WHERE guild_id = p_guild AND p_member IN (target_id, actor_id)),
		(SELECT count(*) FROM besace_settings_audit
			WHERE guild_id = p_guild AND actor_id = p_member)) INTO v_rows;
	is_whole := v_rows <= v_entries;
END
$$;
