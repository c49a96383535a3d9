-- Events of the shims count once.

-- Ids are remembered in four partitions that take turns, half a week each: while one is written,
-- the two before it remember at least seven days, and the next one is emptied, by TRUNCATE. A
-- partition belongs to the time when an event came in, not to the event's own time: the same id may
-- come again with another time.
CREATE TABLE besace_event_slots (
	slot SMALLINT NOT NULL CONSTRAINT besace_event_slots_slot_check CHECK (slot BETWEEN 0 AND 3),
	cleared_for INTEGER NOT NULL, -- the half week for which it was last emptied
	CONSTRAINT besace_event_slots_pkey PRIMARY KEY (slot)
);
INSERT INTO besace_event_slots VALUES (0, 0), (1, 0), (2, 0), (3, 0);

-- Ids are unique over all guilds: they belong to a shim's log. Ordered by their bytes, ids of one
-- type and time are neighbours, so that new ones go where the last ones went.
CREATE TABLE besace_event_ids (
	id VARCHAR(200) COLLATE "C" NOT NULL,
	slot SMALLINT NOT NULL,
	CONSTRAINT besace_event_ids_pkey PRIMARY KEY (id, slot)
) PARTITION BY LIST (slot);
CREATE TABLE besace_event_ids_0 PARTITION OF besace_event_ids FOR VALUES IN (0);
CREATE TABLE besace_event_ids_1 PARTITION OF besace_event_ids FOR VALUES IN (1);
CREATE TABLE besace_event_ids_2 PARTITION OF besace_event_ids FOR VALUES IN (2);
CREATE TABLE besace_event_ids_3 PARTITION OF besace_event_ids FOR VALUES IN (3);

-- What the author of a message was paid for reactions to it.
CREATE TABLE besace_reaction_xp (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	user_id VARCHAR(20) COLLATE "C" NOT NULL,
	message_id VARCHAR(20) COLLATE "C" NOT NULL,
	slot SMALLINT NOT NULL,
	xp INTEGER NOT NULL
		CONSTRAINT besace_reaction_xp_xp_check CHECK (xp > 0),
	CONSTRAINT besace_reaction_xp_pkey PRIMARY KEY (guild_id, user_id, message_id, slot),
	CONSTRAINT besace_reaction_xp_user_fkey
		FOREIGN KEY (guild_id, user_id) REFERENCES users ON DELETE RESTRICT
) PARTITION BY LIST (slot);
CREATE TABLE besace_reaction_xp_0 PARTITION OF besace_reaction_xp FOR VALUES IN (0);
CREATE TABLE besace_reaction_xp_1 PARTITION OF besace_reaction_xp FOR VALUES IN (1);
CREATE TABLE besace_reaction_xp_2 PARTITION OF besace_reaction_xp FOR VALUES IN (2);
CREATE TABLE besace_reaction_xp_3 PARTITION OF besace_reaction_xp FOR VALUES IN (3);

-- A shim's log, as far as it is still needed. Its times never go back: an event that says it is
-- older than the one before it is taken to be of the same time. A source serves many guilds.
CREATE TABLE besace_sources (
	source VARCHAR(64) NOT NULL,
	clock_ms BIGINT, -- the last sign of life
	beat_ms BIGINT NOT NULL DEFAULT 0, -- the last heartbeat
	position BIGINT NOT NULL DEFAULT 0, -- voice events so far
	seen_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'), -- by the database's clock
	CONSTRAINT besace_sources_pkey PRIMARY KEY (source),
	CONSTRAINT besace_sources_beat_check CHECK (beat_ms = 0 OR beat_ms <= clock_ms)
);

-- Silences of a source of more than 90 s.
CREATE TABLE besace_outages (
	source VARCHAR(64) NOT NULL,
	from_ms BIGINT NOT NULL,
	to_ms BIGINT NOT NULL,
	CONSTRAINT besace_outages_pkey PRIMARY KEY (source, from_ms),
	CONSTRAINT besace_outages_source_fkey FOREIGN KEY (source)
		REFERENCES besace_sources ON DELETE CASCADE,
	CONSTRAINT besace_outages_length_check CHECK (to_ms - from_ms > 90000)
);
