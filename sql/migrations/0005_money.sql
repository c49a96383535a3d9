-- What moving money needs beside the ledger: reading it by member, and the acts of administrators.

-- A member's own movements, newest first: two short scans that are merged.
CREATE INDEX transactions_from_idx ON transactions (from_user_id, id)
	WHERE from_user_id IS NOT NULL;
CREATE INDEX transactions_to_idx ON transactions (to_user_id, id) WHERE to_user_id IS NOT NULL;

-- Games played and won are counted in the index alone.
CREATE INDEX game_history_player_idx ON game_history (player_id, result);

-- Each act of an administrator, written in its transaction. Rows are never changed but for
-- `undone_by`, and never removed.
CREATE TABLE besace_audit (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	actor_id VARCHAR(20) -- NULL is the operator, by besacectl
		CONSTRAINT besace_audit_actor_fkey REFERENCES users,
	target_id VARCHAR(20) NOT NULL CONSTRAINT besace_audit_target_fkey REFERENCES users,
	act VARCHAR(10) NOT NULL
		CONSTRAINT besace_audit_act_check CHECK (act IN ('add', 'remove', 'set', 'undo')),
	what VARCHAR(50) NOT NULL CONSTRAINT besace_audit_what_check CHECK (what IN (
		'lc', 'xp', 'jackpot', 'multiplier_x2', 'multiplier_x3')),
	amount INTEGER NOT NULL, -- what the target has more of since; negative: less
	reason VARCHAR(200) NOT NULL
		CONSTRAINT besace_audit_reason_check CHECK (reason <> ''),
	-- The movement in the ledger, when there is one. No foreign key: `transactions` stays a table
	-- that may be emptied by whoever kept it before; besacectl check looks at the link.
	transaction_id INTEGER
		CONSTRAINT besace_audit_transaction_key UNIQUE,
	undone_by BIGINT
		CONSTRAINT besace_audit_undone_fkey REFERENCES besace_audit
		CONSTRAINT besace_audit_undone_key UNIQUE,
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_audit_ledger_check
		CHECK ((transaction_id IS NOT NULL) = (what = 'lc' AND amount <> 0))
);
CREATE INDEX besace_audit_target_idx ON besace_audit (target_id, id);
CREATE INDEX besace_audit_actor_idx ON besace_audit (actor_id, id) WHERE actor_id IS NOT NULL;
