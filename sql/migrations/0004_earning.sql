-- What earning needs beside the tables of the game: events that were seen, voice, announcements.

-- The highest level that was rewarded: a level lost and regained pays nothing. Members whom this
-- migration finds were rewarded by whatever brought them there.
-- Whether an announcement of a level-up pings the member.
ALTER TABLE users
	ADD COLUMN level_rewarded INTEGER NOT NULL DEFAULT 1
		CONSTRAINT users_level_rewarded_check CHECK (level_rewarded >= 1),
	ADD COLUMN announce_ping BOOLEAN NOT NULL DEFAULT false;
UPDATE users SET level_rewarded = level WHERE level > 1;

-- XP changes rows all the time: room for the new version beside the old one.
ALTER TABLE users SET (fillfactor = 85);

-- Most XP changes no level: the trigger is then not called.
DROP TRIGGER besace_users_level ON users;
CREATE TRIGGER besace_users_level BEFORE INSERT OR UPDATE OF xp, level ON users
	FOR EACH ROW WHEN (NEW.level IS DISTINCT FROM besace_level(NEW.xp))
	EXECUTE FUNCTION besace_set_level();

-- ---- Events count once

-- What was seen is remembered in four slots that take turns, half a week each: while one is
-- written, the two before it remember at least seven days, and the next one is emptied, by
-- TRUNCATE. A slot belongs to the time when an event came in, not to the event's own time: the
-- same id may come again with another time.
CREATE TABLE besace_slots (
	slot SMALLINT PRIMARY KEY CHECK (slot BETWEEN 0 AND 3),
	cleared_for INTEGER NOT NULL -- the half week for which it was last emptied
);
INSERT INTO besace_slots VALUES (0, 0), (1, 0), (2, 0), (3, 0);

-- Ordered by their bytes: ids of one kind and time are neighbours, so that new ones go where the
-- last ones went.
CREATE TABLE besace_event_ids (
	id VARCHAR(200) COLLATE "C" NOT NULL,
	slot SMALLINT NOT NULL,
	PRIMARY KEY (id, slot)
) PARTITION BY LIST (slot);
CREATE TABLE besace_event_ids_0 PARTITION OF besace_event_ids FOR VALUES IN (0);
CREATE TABLE besace_event_ids_1 PARTITION OF besace_event_ids FOR VALUES IN (1);
CREATE TABLE besace_event_ids_2 PARTITION OF besace_event_ids FOR VALUES IN (2);
CREATE TABLE besace_event_ids_3 PARTITION OF besace_event_ids FOR VALUES IN (3);

-- How many reactions of a message were paid to its author.
CREATE TABLE besace_reaction_counts (
	user_id VARCHAR(20) NOT NULL
		CONSTRAINT besace_reaction_counts_user_fkey REFERENCES users,
	message_id VARCHAR(20) NOT NULL,
	slot SMALLINT NOT NULL,
	paid SMALLINT NOT NULL
		CONSTRAINT besace_reaction_counts_paid_check CHECK (paid BETWEEN 1 AND 10),
	PRIMARY KEY (user_id, message_id, slot)
) PARTITION BY LIST (slot);
CREATE TABLE besace_reaction_counts_0 PARTITION OF besace_reaction_counts FOR VALUES IN (0);
CREATE TABLE besace_reaction_counts_1 PARTITION OF besace_reaction_counts FOR VALUES IN (1);
CREATE TABLE besace_reaction_counts_2 PARTITION OF besace_reaction_counts FOR VALUES IN (2);
CREATE TABLE besace_reaction_counts_3 PARTITION OF besace_reaction_counts FOR VALUES IN (3);

-- ---- Voice

-- A shim's log, as far as it is still needed. Its times never go back: an event that says it is
-- older than the one before it is taken to be of the same time.
CREATE TABLE besace_sources (
	source VARCHAR(64) PRIMARY KEY,
	clock_ms BIGINT, -- the last sign of life
	beat_ms BIGINT NOT NULL DEFAULT 0, -- the last heartbeat
	position BIGINT NOT NULL DEFAULT 0, -- voice events so far
	seen_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'), -- by our clock
	CONSTRAINT besace_sources_beat_check CHECK (beat_ms = 0 OR beat_ms <= clock_ms)
);

-- Silences of more than 90 s.
CREATE TABLE besace_outages (
	source VARCHAR(64) NOT NULL
		CONSTRAINT besace_outages_source_fkey REFERENCES besace_sources ON DELETE CASCADE,
	from_ms BIGINT NOT NULL,
	to_ms BIGINT NOT NULL,
	PRIMARY KEY (source, from_ms),
	CONSTRAINT besace_outages_length_check CHECK (to_ms - from_ms > 90000)
);

-- A lounge: who is in voice in one guild. See include/besace/domain/lounge.h.
CREATE TABLE besace_lounges (
	source VARCHAR(64) NOT NULL
		CONSTRAINT besace_lounges_source_fkey REFERENCES besace_sources ON DELETE CASCADE,
	guild_id VARCHAR(20) NOT NULL,
	version BIGINT NOT NULL DEFAULT txid_current(), -- the transaction that settled it last
	clock_ms BIGINT NOT NULL, -- settled up to here
	due_ms BIGINT NOT NULL, -- to be settled when the source's clock is there
	beat_ms BIGINT, -- to be settled when the source's heartbeat is later; NULL: not for that
	in_doubt BOOLEAN NOT NULL DEFAULT false, -- waits for a snapshot
	pending INTEGER NOT NULL
		CONSTRAINT besace_lounges_pending_check CHECK (pending >= 0), -- events
	weight INTEGER NOT NULL -- members to look at: those who are here, and in the events
		CONSTRAINT besace_lounges_weight_check CHECK (weight >= 0),
	PRIMARY KEY (source, guild_id)
);
CREATE INDEX besace_lounges_due_idx ON besace_lounges (source, due_ms);

-- Events that are not settled yet: seats are [user, channel or null, counts].
CREATE TABLE besace_lounge_events (
	source VARCHAR(64) NOT NULL,
	guild_id VARCHAR(20) NOT NULL,
	position BIGINT NOT NULL,
	at_ms BIGINT NOT NULL,
	whole BOOLEAN NOT NULL, -- a snapshot
	seats JSONB NOT NULL,
	PRIMARY KEY (source, guild_id, position),
	CONSTRAINT besace_lounge_events_lounge_fkey FOREIGN KEY (source, guild_id)
		REFERENCES besace_lounges ON DELETE CASCADE
);

CREATE TABLE besace_lounge_occupants (
	user_id VARCHAR(20) NOT NULL
		CONSTRAINT besace_lounge_occupants_user_fkey REFERENCES users,
	source VARCHAR(64) NOT NULL,
	guild_id VARCHAR(20) NOT NULL,
	channel_id VARCHAR(20), -- NULL: away for a moment
	counts BOOLEAN NOT NULL,
	since_ms BIGINT NOT NULL, -- start of the session, while it counts
	left_ms BIGINT NOT NULL, -- while away
	credited_ms BIGINT NOT NULL, -- time in voice is credited up to here
	rest_ms SMALLINT NOT NULL
		CONSTRAINT besace_lounge_occupants_rest_check CHECK (rest_ms BETWEEN 0 AND 999),
	run SMALLINT NOT NULL -- paid ticks towards the next bonus
		CONSTRAINT besace_lounge_occupants_run_check CHECK (run BETWEEN 0 AND 29),
	PRIMARY KEY (user_id, source, guild_id),
	CONSTRAINT besace_lounge_occupants_lounge_fkey FOREIGN KEY (source, guild_id)
		REFERENCES besace_lounges ON DELETE CASCADE,
	CONSTRAINT besace_lounge_occupants_counts_check
		CHECK (channel_id IS NOT NULL OR NOT counts)
);
CREATE INDEX besace_lounge_occupants_lounge_idx ON besace_lounge_occupants (source, guild_id);

-- ---- Announcements

-- Messages to channels, written in the transaction that caused them.
CREATE TABLE besace_outbox (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	guild_id VARCHAR(20) NOT NULL DEFAULT '1',
	channel_id VARCHAR(20) NOT NULL,
	user_id VARCHAR(20) NOT NULL
		CONSTRAINT besace_outbox_user_fkey REFERENCES users, -- whom it is about
	body JSONB NOT NULL, -- what the message is made of
	-- Makes a second sending harmless: Discord answers with the first message.
	nonce VARCHAR(25) NOT NULL DEFAULT left(replace(gen_random_uuid()::text, '-', ''), 24),
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	-- Not before then. It orders the messages of a channel; id those of one moment.
	send_at TIMESTAMP NOT NULL DEFAULT (clock_timestamp() AT TIME ZONE 'utc'),
	taken BOOLEAN NOT NULL DEFAULT false, -- it may have left: its body must not change any more
	attempts INTEGER NOT NULL DEFAULT 0 -- that failed because of the message itself
		CONSTRAINT besace_outbox_attempts_check CHECK (attempts >= 0),
	outcome VARCHAR(10)
		CONSTRAINT besace_outbox_outcome_check CHECK (outcome IN ('sent', 'refused', 'expired')),
	ended_at TIMESTAMP,
	CONSTRAINT besace_outbox_ended_check CHECK ((outcome IS NULL) = (ended_at IS NULL))
);
CREATE INDEX besace_outbox_waiting_idx ON besace_outbox (guild_id, channel_id, send_at, id)
	WHERE outcome IS NULL;
CREATE INDEX besace_outbox_ended_idx ON besace_outbox (ended_at) WHERE outcome IS NOT NULL;
CREATE INDEX besace_outbox_user_idx ON besace_outbox (user_id);

-- Who sends to a channel: one replica at a time, so that messages arrive in order. The lease of
-- one that died runs out.
CREATE TABLE besace_outbox_channels (
	guild_id VARCHAR(20) NOT NULL DEFAULT '1',
	channel_id VARCHAR(20) PRIMARY KEY,
	served_at TIMESTAMP NOT NULL DEFAULT '-infinity', -- a message of it was taken last
	holder VARCHAR(32),
	leased_until TIMESTAMP,
	retry_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	failures INTEGER NOT NULL DEFAULT 0
		CONSTRAINT besace_outbox_channels_failures_check CHECK (failures >= 0),
	CONSTRAINT besace_outbox_channels_lease_check
		CHECK ((holder IS NULL) = (leased_until IS NULL))
);
