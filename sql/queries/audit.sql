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
	'besace_receipts_pkey', 'users_level_rewarded_check', 'besace_slots_pkey',
	'besace_slots_slot_check', 'besace_event_ids_pkey', 'besace_reaction_counts_pkey',
	'besace_reaction_counts_user_fkey', 'besace_reaction_counts_paid_check',
	'besace_sources_pkey', 'besace_sources_beat_check', 'besace_outages_pkey',
	'besace_outages_source_fkey', 'besace_outages_length_check', 'besace_lounges_pkey',
	'besace_lounges_source_fkey', 'besace_lounges_pending_check', 'besace_lounges_weight_check', 'besace_lounge_events_pkey',
	'besace_lounge_events_lounge_fkey', 'besace_lounge_occupants_pkey',
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
