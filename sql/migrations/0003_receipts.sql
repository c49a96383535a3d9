-- Idempotency: what an interaction did, written in the transaction that did it. The same
-- interaction again is answered from here and changes nothing; the same id for another command is
-- refused. Refusals are kept too, or a captured press could succeed on a later day. Kept for a day;
-- the widest signature window is half of that.

CREATE TABLE besace_receipts (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	interaction_id VARCHAR(20) COLLATE "C" NOT NULL,
	command VARCHAR(32) NOT NULL, -- the routine that wrote it
	-- What the reply is made of. It is written once and hardly ever read, and goes to the program as it
	-- is: JSONB would be built from values and made text again, which took longer than to write the row.
	outcome JSON NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_receipts_pkey PRIMARY KEY (guild_id, user_id, interaction_id)
);
-- Not shown to the reader: a move chosen in secret stands in it as well.
COMMENT ON COLUMN besace_receipts.outcome IS 'Secret: the reply to its member';
CREATE INDEX besace_receipts_created_idx ON besace_receipts (created_at);
