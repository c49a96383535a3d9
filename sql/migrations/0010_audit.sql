-- Acts of administrators, each written in its transaction. Rows are never changed but for
-- `undone_by` and where erasing a member or summarising the ledger takes something away, and never
-- removed.

-- The latest number of a guild's acts, and that of its changes of settings. Both lists are ordered and
-- continued by number, which therefore rises in the order in which they happened: a sequence promises that on
-- one machine alone. Whoever takes a number keeps others waiting until the end of the transaction,
-- so it is the last lock that is taken; see besace_journal_next.
CREATE TABLE besace_journals (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	acts BIGINT NOT NULL,
	changes BIGINT NOT NULL,
	CONSTRAINT besace_journals_pkey PRIMARY KEY (guild_id)
);

CREATE TABLE besace_audit (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id BIGINT NOT NULL, -- of besace_journals
	actor_id VARCHAR(20) COLLATE "C", -- NULL is the operator, by besacectl
	target_id VARCHAR(20) COLLATE "C" NOT NULL,
	act VARCHAR(10) NOT NULL
		CONSTRAINT besace_audit_act_check CHECK (act IN ('add', 'remove', 'set', 'undo')),
	what VARCHAR(50) NOT NULL CONSTRAINT besace_audit_what_check CHECK (what IN (
		'lc', 'xp', 'jackpot', 'multiplier_x2', 'multiplier_x3')),
	amount INTEGER NOT NULL, -- what the target has more of since; negative: less
	reason VARCHAR(200) NOT NULL CONSTRAINT besace_audit_reason_check CHECK (reason <> ''),
	-- The row in the ledger; NULL: the act was about no LC, or the row was summarised since
	-- (besace_ledger_sweep). No foreign key: besacectl check looks at the link.
	transaction_id INTEGER,
	undone_by BIGINT,
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_audit_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT besace_audit_actor_fkey
		FOREIGN KEY (guild_id, actor_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_audit_target_fkey
		FOREIGN KEY (guild_id, target_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_audit_transaction_key UNIQUE (guild_id, transaction_id),
	CONSTRAINT besace_audit_undone_key UNIQUE (guild_id, undone_by),
	CONSTRAINT besace_audit_undone_fkey FOREIGN KEY (guild_id, undone_by) REFERENCES besace_audit,
	CONSTRAINT besace_audit_ledger_check
		CHECK (transaction_id IS NULL OR (what = 'lc' AND amount <> 0))
);
CREATE INDEX besace_audit_target_idx ON besace_audit (guild_id, target_id, id);
CREATE INDEX besace_audit_actor_idx ON besace_audit (guild_id, actor_id, id)
	WHERE actor_id IS NOT NULL;
