-- Voice: who is in a voice channel of a guild, and events that are not settled yet. See
-- include/besace/domain/voice.h.

CREATE TABLE besace_voice_guilds (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	source VARCHAR(64) NOT NULL,
	version BIGINT NOT NULL DEFAULT txid_current(), -- the transaction that settled it last
	clock_ms BIGINT NOT NULL, -- settled up to here
	settle_ms BIGINT NOT NULL, -- to be settled when the source's clock is there
	beat_ms BIGINT, -- to be settled when the source's beat is later; NULL: not for that
	unresolved BOOLEAN NOT NULL DEFAULT false, -- after an outage, until a snapshot
	muted_excluded BOOLEAN NOT NULL DEFAULT false, -- it was settled by: the muted do not count
	pending INTEGER NOT NULL -- events
		CONSTRAINT besace_voice_guilds_pending_check CHECK (pending >= 0),
	weight INTEGER NOT NULL -- members to look at: occupants, and those in the events
		CONSTRAINT besace_voice_guilds_weight_check CHECK (weight >= 0),
	failures INTEGER NOT NULL DEFAULT 0 -- times in a row that settling it failed
		CONSTRAINT besace_voice_guilds_failures_check CHECK (failures >= 0),
	retry_at TIMESTAMP, -- set aside until then; NULL: it is not
	CONSTRAINT besace_voice_guilds_pkey PRIMARY KEY (guild_id, source),
	CONSTRAINT besace_voice_guilds_source_fkey FOREIGN KEY (source)
		REFERENCES besace_sources ON DELETE CASCADE
);
CREATE INDEX besace_voice_guilds_settle_idx ON besace_voice_guilds (source, settle_ms);

-- Events that are not settled yet: states are [user, channel or null, counts, muted].
CREATE TABLE besace_voice_events (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	source VARCHAR(64) NOT NULL,
	position BIGINT NOT NULL,
	at_ms BIGINT NOT NULL,
	whole BOOLEAN NOT NULL, -- a snapshot
	states JSONB NOT NULL,
	CONSTRAINT besace_voice_events_pkey PRIMARY KEY (guild_id, source, position),
	CONSTRAINT besace_voice_events_guild_fkey FOREIGN KEY (guild_id, source)
		REFERENCES besace_voice_guilds ON DELETE CASCADE
);

CREATE TABLE besace_voice_occupants (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	source VARCHAR(64) NOT NULL,
	channel_id VARCHAR(20) COLLATE "C", -- NULL: away for a moment
	counts BOOLEAN NOT NULL,
	able BOOLEAN NOT NULL, -- counts, if the muted do
	muted BOOLEAN NOT NULL,
	since_ms BIGINT NOT NULL, -- start of the session, while it counts
	left_ms BIGINT NOT NULL, -- while away
	credited_ms BIGINT NOT NULL, -- time and ticks are credited up to here
	rest_ms SMALLINT NOT NULL
		CONSTRAINT besace_voice_occupants_rest_check CHECK (rest_ms BETWEEN 0 AND 999),
	run SMALLINT NOT NULL -- paid ticks towards the next bonus
		CONSTRAINT besace_voice_occupants_run_check CHECK (run BETWEEN 0 AND 29),
	due_ms BIGINT, -- the next tick, or the end of the absence; NULL: neither
	CONSTRAINT besace_voice_occupants_pkey PRIMARY KEY (guild_id, source, user_id),
	CONSTRAINT besace_voice_occupants_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT,
	CONSTRAINT besace_voice_occupants_guild_fkey FOREIGN KEY (guild_id, source)
		REFERENCES besace_voice_guilds ON DELETE CASCADE,
	CONSTRAINT besace_voice_occupants_counts_check CHECK (channel_id IS NOT NULL OR NOT counts)
);
CREATE INDEX besace_voice_occupants_user_idx ON besace_voice_occupants (guild_id, user_id);
-- What is due: ticks, and at a beat the time of everybody in voice.
CREATE INDEX besace_voice_occupants_due_idx ON besace_voice_occupants (guild_id, source, due_ms)
	WHERE due_ms IS NOT NULL;
CREATE INDEX besace_voice_occupants_credited_idx
	ON besace_voice_occupants (guild_id, source, credited_ms) WHERE channel_id IS NOT NULL;

-- How many count in a channel, from a time on, as far back as a tick may be due. What a member
-- earned is worked out from this, so that an event costs what it changes, however many are there.
CREATE TABLE besace_voice_counts (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	source VARCHAR(64) NOT NULL,
	channel_id VARCHAR(20) COLLATE "C" NOT NULL,
	at_ms BIGINT NOT NULL,
	count INTEGER NOT NULL CONSTRAINT besace_voice_counts_count_check CHECK (count >= 0),
	CONSTRAINT besace_voice_counts_pkey PRIMARY KEY (guild_id, source, channel_id, at_ms),
	CONSTRAINT besace_voice_counts_guild_fkey FOREIGN KEY (guild_id, source)
		REFERENCES besace_voice_guilds ON DELETE CASCADE
);

-- What members have earned of a snapshot or an outage that concerned many at once: paid a slice at a
-- time, so that a play or a gift waits for a slice and not for all of them.
CREATE TABLE besace_voice_owed (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	day DATE NOT NULL, -- the guild's, on which XP was earned
	xp BIGINT NOT NULL CONSTRAINT besace_voice_owed_xp_check CHECK (xp >= 0),
	xp_eve BIGINT NOT NULL -- before that day
		CONSTRAINT besace_voice_owed_xp_eve_check CHECK (xp_eve >= 0),
	place_id VARCHAR(20) COLLATE "C", -- where; NULL: nobody asks
	seconds BIGINT NOT NULL CONSTRAINT besace_voice_owed_seconds_check CHECK (seconds >= 0),
	owed_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'), -- since when it waits
	CONSTRAINT besace_voice_owed_pkey PRIMARY KEY (guild_id, user_id, day),
	CONSTRAINT besace_voice_owed_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
);
