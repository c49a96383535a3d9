-- Messages to channels, written in the transaction that caused them.

CREATE TABLE besace_outbox (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	channel_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL, -- the member that it names
	body JSONB NOT NULL, -- what the message is made of
	-- Makes a second sending harmless: Discord answers with the first message.
	nonce VARCHAR(25) NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 24),
	created_at TIMESTAMP NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	-- Not sent before; later than created_at while a burst is gathered. It orders the messages of a
	-- channel; `id` only tells those of one moment apart.
	send_at TIMESTAMP NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	taken BOOLEAN NOT NULL DEFAULT false, -- was handed out once: the body is final
	attempts INTEGER NOT NULL DEFAULT 0 -- that failed because of the message itself
		CONSTRAINT besace_outbox_attempts_check CHECK (attempts >= 0),
	outcome VARCHAR(10)
		CONSTRAINT besace_outbox_outcome_check CHECK (outcome IN ('sent', 'refused', 'expired')),
	ended_at TIMESTAMP,
	CONSTRAINT besace_outbox_pkey PRIMARY KEY (guild_id, id),
	CONSTRAINT besace_outbox_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_outbox_ended_check CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX besace_outbox_waiting_idx ON besace_outbox (guild_id, channel_id, send_at, id)
	WHERE outcome IS NULL;
CREATE INDEX besace_outbox_ended_idx ON besace_outbox (ended_at) WHERE outcome IS NOT NULL;
CREATE INDEX besace_outbox_user_idx ON besace_outbox (guild_id, user_id);

-- Members who congratulated the one that a message names, each once. They go with the message.
CREATE TABLE besace_cheers (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	outbox_id BIGINT NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_cheers_pkey PRIMARY KEY (guild_id, outbox_id, user_id),
	CONSTRAINT besace_cheers_outbox_fkey FOREIGN KEY (guild_id, outbox_id)
		REFERENCES besace_outbox ON DELETE CASCADE,
	CONSTRAINT besace_cheers_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
);
CREATE INDEX besace_cheers_user_idx ON besace_cheers (guild_id, user_id);

-- The lease of a channel: one replica sends to it at a time, so that messages arrive in order. The
-- lease of a replica that died runs out.
CREATE TABLE besace_outbox_channels (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	channel_id VARCHAR(20) COLLATE "C" NOT NULL,
	served_at TIMESTAMP NOT NULL DEFAULT '-infinity', -- when a message of it was taken last
	holder VARCHAR(32),
	leased_until TIMESTAMP,
	retry_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	failures INTEGER NOT NULL DEFAULT 0
		CONSTRAINT besace_outbox_channels_failures_check CHECK (failures >= 0),
	CONSTRAINT besace_outbox_channels_pkey PRIMARY KEY (guild_id, channel_id),
	CONSTRAINT besace_outbox_channels_lease_check
		CHECK ((holder IS NULL) = (leased_until IS NULL))
);

-- The operator's channel for announcements (BESACE_LEVEL_CHANNEL_ID), one row at most, and the guild
-- that Discord names for it; NULL: not known yet.
CREATE TABLE besace_announce_default (
	is_only BOOLEAN NOT NULL DEFAULT true
		CONSTRAINT besace_announce_default_only_check CHECK (is_only),
	channel_id VARCHAR(20) COLLATE "C" NOT NULL,
	guild_id VARCHAR(20) COLLATE "C",
	CONSTRAINT besace_announce_default_pkey PRIMARY KEY (is_only)
);
