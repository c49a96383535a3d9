-- What `besacectl check` proves. Each query but the last returns a member and a sentence for each
-- fault.

-- Every LC explained: 25 at the start, plus what came in, minus what went out, is the balance.
-- name: audit_ledger
SELECT u.user_id, format('balance is %s, the ledger explains %s', u.balance,
	25 + coalesce(l.net, 0))
FROM users u LEFT JOIN (
	SELECT user_id, sum(net) AS net FROM (
		SELECT to_user_id AS user_id, amount::bigint AS net FROM transactions
		WHERE to_user_id IS NOT NULL
		UNION ALL
		SELECT from_user_id, -amount::bigint FROM transactions
		WHERE from_user_id IS NOT NULL) movements
	GROUP BY user_id) l USING (user_id)
WHERE u.balance IS DISTINCT FROM 25 + coalesce(l.net, 0)
ORDER BY u.user_id;

-- name: audit_members
SELECT user_id, CASE
	WHEN balance IS NULL OR balance < 0 THEN format('balance is %s', coalesce(balance::text, 'empty'))
	WHEN xp IS NULL OR xp < 0 THEN format('xp is %s', coalesce(xp::text, 'empty'))
	ELSE format('level is %s, %s XP make %s', coalesce(level::text, 'empty'), xp, besace_level(xp))
	END
FROM users
WHERE balance IS NULL OR balance < 0 OR xp IS NULL OR xp < 0
	OR level IS DISTINCT FROM besace_level(xp)
ORDER BY user_id;

-- name: audit_bags
SELECT user_id, format('holds %s of %s', coalesce(quantity::text, 'an unknown number'), item_type)
FROM user_inventory WHERE quantity IS NULL OR quantity < 0
UNION ALL
SELECT user_id, format('has %s active multipliers', count(*))
FROM active_multipliers WHERE games_remaining > 0 GROUP BY user_id HAVING count(*) > 1
ORDER BY 1;

-- Rows of members that do not exist: possible only where a constraint was dropped.
-- name: audit_orphans
SELECT o.user_id, format('has a row in %s but not in users', o.place) FROM (
	SELECT user_id, 'user_inventory' AS place FROM user_inventory
	UNION SELECT user_id, 'active_multipliers' FROM active_multipliers
	UNION SELECT from_user_id, 'transactions' FROM transactions WHERE from_user_id IS NOT NULL
	UNION SELECT to_user_id, 'transactions' FROM transactions WHERE to_user_id IS NOT NULL
	UNION SELECT player_id, 'game_history' FROM game_history
	UNION SELECT opponent_id, 'game_history' FROM game_history
		WHERE opponent_id IS NOT NULL
	UNION SELECT user_id, 'besace_reaction_counts' FROM besace_reaction_counts
	UNION SELECT user_id, 'besace_lounge_occupants' FROM besace_lounge_occupants
	UNION SELECT user_id, 'besace_outbox' FROM besace_outbox) o
WHERE NOT EXISTS (SELECT FROM users u WHERE u.user_id = o.user_id)
ORDER BY 1, 2;

-- Acts of administrators: what is written down is what was done, and what was undone is undone by
-- the opposite.
-- name: audit_acts
SELECT a.target_id, format('act %s of %s %s is not what transaction %s says', a.id, a.amount,
	a.what, a.transaction_id)
FROM besace_audit a LEFT JOIN transactions t ON t.id = a.transaction_id
WHERE a.transaction_id IS NOT NULL AND (t.id IS NULL
	OR t.transaction_type <> 'admin_adjust' OR t.amount <> abs(a.amount::bigint)
	OR CASE WHEN a.amount > 0 THEN t.to_user_id ELSE t.from_user_id END
		IS DISTINCT FROM a.target_id)
UNION ALL
SELECT a.target_id, format('act %s is undone by %s, which is not its opposite', a.id, u.id)
FROM besace_audit a JOIN besace_audit u ON u.id = a.undone_by
WHERE u.act <> 'undo' OR u.target_id <> a.target_id OR u.what <> a.what
	OR u.amount::bigint <> -a.amount::bigint
ORDER BY 1, 2;

-- The tree that places are read from, with what is not folded in yet, counts every member.
-- name: audit_standings
SELECT 'standing ' || kind, format('%s members are counted at %s, height %s; there are %s',
	sum(counted), node, height, sum(there))
FROM (
	SELECT kind, height, node, members AS counted, 0 AS there FROM besace_standings
	UNION ALL
	SELECT kind, height, value >> (8 * height), members, 0 FROM (
		SELECT kind, value, delta AS members
		FROM besace_standing_changes, unnest(at, deltas) AS d (value, delta)) c,
		generate_series(0, 3) AS height
	UNION ALL
	SELECT kind, height, value >> (8 * height), 0, count(*) FROM (
		SELECT 'lc' AS kind, balance AS value FROM users
		UNION ALL SELECT 'xp', xp FROM users) u, generate_series(0, 3) AS height
	WHERE value IS NOT NULL GROUP BY 1, 2, 3) nodes
GROUP BY kind, height, node HAVING sum(counted) <> sum(there)
ORDER BY kind, height DESC, node LIMIT 100;

-- Stakes: of open games, each has its bet in the ledger; of ended ones, each has a line of history,
-- or was given back whole; what the history says was paid is what came in.
-- name: audit_stakes
SELECT s.user_id, format('stakes %s in the open game %s, the ledger has no such bet', s.stake,
	s.game_id)
FROM besace_game_seats s LEFT JOIN transactions b ON b.from_user_id = s.user_id
	AND b.game_id = s.game_id AND b.transaction_type = 'bet' AND b.amount = s.stake
WHERE b.id IS NULL
UNION ALL
SELECT s.user_id, format('was paid for game %s, which is still open', s.game_id)
FROM besace_game_seats s
JOIN transactions i ON i.to_user_id = s.user_id AND i.game_id = s.game_id
UNION ALL
SELECT b.from_user_id, format('staked %s in game %s, which has ended without a trace', b.amount,
	b.game_id)
FROM transactions b
LEFT JOIN besace_game_seats s ON s.user_id = b.from_user_id AND s.game_id = b.game_id
LEFT JOIN game_history h ON h.player_id = b.from_user_id AND h.game_id = b.game_id
LEFT JOIN transactions i ON i.to_user_id = b.from_user_id AND i.game_id = b.game_id
	AND i.amount = b.amount
WHERE b.transaction_type = 'bet' AND b.game_id IS NOT NULL
	AND s.user_id IS NULL AND h.id IS NULL AND i.id IS NULL
UNION ALL
SELECT h.player_id, format('was paid %s for game %s, its history says %s',
	coalesce(i.amount, 0), h.game_id, h.winnings)
FROM game_history h
LEFT JOIN transactions i ON i.to_user_id = h.player_id AND i.game_id = h.game_id
WHERE h.game_id IS NOT NULL AND h.winnings <> coalesce(i.amount, 0)
ORDER BY 1, 2;

-- Constraints that the migrations made and that are gone or were never validated.
-- name: audit_constraints
SELECT expected.name, CASE WHEN c.conname IS NULL AND i.relname IS NULL
	THEN 'the constraint is missing' ELSE 'the constraint is not validated' END
FROM unnest(ARRAY['users_pkey', 'users_balance_check', 'users_xp_check', 'users_level_check',
	'users_counters_check', 'user_inventory_pkey', 'user_inventory_user_fkey',
	'user_inventory_user_item_key', 'user_inventory_item_check',
	'user_inventory_quantity_check', 'active_multipliers_pkey',
	'active_multipliers_user_fkey', 'active_multipliers_value_check',
	'active_multipliers_games_check', 'active_multipliers_one_key', 'transactions_pkey',
	'transactions_from_fkey', 'transactions_to_fkey', 'transactions_amount_check',
	'transactions_parties_check', 'transactions_type_check', 'game_history_pkey',
	'game_history_player_fkey', 'game_history_opponent_fkey', 'game_history_type_check',
	'game_history_bet_check', 'game_history_result_check', 'game_history_winnings_check',
	'besace_receipts_pkey', 'besace_audit_pkey', 'besace_audit_actor_fkey',
	'besace_audit_target_fkey', 'besace_audit_act_check', 'besace_audit_what_check',
	'besace_audit_reason_check',
	'besace_audit_transaction_key', 'besace_audit_undone_fkey', 'besace_audit_undone_key',
	'besace_audit_ledger_check', 'besace_standings_pkey', 'besace_standings_kind_check',
	'besace_standings_height_check',
	'transactions_game_out_key', 'transactions_game_in_key', 'game_history_player_game_key',
	'besace_games_pkey', 'besace_games_owner_fkey', 'besace_games_opponent_fkey',
	'besace_games_stake_check', 'besace_games_version_check', 'besace_games_facts_check',
	'besace_games_lapse_check', 'besace_games_kind_check', 'besace_games_opponent_check',
	'besace_games_table_key', 'besace_game_seats_pkey', 'besace_game_seats_user_fkey',
	'besace_game_seats_game_fkey', 'besace_game_seats_seat_check',
	'besace_game_seats_stake_check', 'besace_game_seats_game_key', 'besace_seeds_pkey',
	'besace_seeds_user_fkey', 'besace_seeds_server_check', 'besace_seeds_member_check',
	'besace_seeds_counter_check', 'besace_game_edits_pkey',
	'users_level_rewarded_check', 'besace_slots_pkey', 'besace_slots_slot_check',
	'besace_event_ids_pkey', 'besace_reaction_counts_pkey',
	'besace_reaction_counts_user_fkey', 'besace_reaction_counts_paid_check',
	'besace_sources_pkey', 'besace_sources_beat_check', 'besace_outages_pkey',
	'besace_outages_source_fkey', 'besace_outages_length_check', 'besace_lounges_pkey',
	'besace_lounges_source_fkey', 'besace_lounges_pending_check', 'besace_lounges_weight_check',
	'besace_lounge_events_pkey', 'besace_lounge_events_lounge_fkey', 'besace_lounge_occupants_pkey',
	'besace_lounge_occupants_user_fkey', 'besace_lounge_occupants_lounge_fkey',
	'besace_lounge_occupants_rest_check', 'besace_lounge_occupants_run_check',
	'besace_lounge_occupants_counts_check', 'besace_outbox_pkey', 'besace_outbox_user_fkey',
	'besace_outbox_outcome_check', 'besace_outbox_ended_check', 'besace_outbox_channels_pkey',
	'besace_outbox_channels_failures_check', 'besace_outbox_channels_lease_check'])
	AS expected (name)
LEFT JOIN pg_constraint c ON c.conname = expected.name
	AND c.connamespace = current_schema()::regnamespace
LEFT JOIN pg_class i ON i.relname = expected.name AND i.relkind = 'i'
	AND i.relnamespace = current_schema()::regnamespace
WHERE c.conname IS NULL AND i.relname IS NULL OR NOT coalesce(c.convalidated, true)
ORDER BY 1;

-- What was looked at, when nothing is wrong.
-- name: audit_counts
SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM transactions);
