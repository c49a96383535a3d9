-- Moving out: who was erased, what an import of our own export brings beside figures, and backups.

-- The key under which a guild's erased members are hashed: without it a hash could be compared with
-- that of every id there is.
CREATE TABLE besace_erasure_keys (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	hash_key VARCHAR(64) NOT NULL
		CONSTRAINT besace_erasure_keys_key_check CHECK (hash_key ~ '^[0-9a-f]{64}$'),
	CONSTRAINT besace_erasure_keys_pkey PRIMARY KEY (guild_id)
);
COMMENT ON COLUMN besace_erasure_keys.hash_key IS 'Secret: hashes of erased members are made with it';

-- Members who were erased, for as long as erasing oneself could pay.
CREATE TABLE besace_erasures (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	member_hash VARCHAR(64) NOT NULL,
	level INTEGER NOT NULL -- the highest that was rewarded
		CONSTRAINT besace_erasures_level_check CHECK (level >= 1),
	erased_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_erasures_pkey PRIMARY KEY (guild_id, member_hash)
);
CREATE INDEX besace_erasures_erased_idx ON besace_erasures (erased_at);

-- How long a hash is kept, and how long who comes back waits for a gift.
CREATE FUNCTION besace_erasure_kept() RETURNS INTERVAL
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '90 days' $$;
CREATE FUNCTION besace_erasure_wait() RETURNS INTERVAL
LANGUAGE sql IMMUTABLE AS $$ SELECT interval '24 hours' $$;

-- Two rounds, the key in both: a hash of key and text alone could be continued.
CREATE FUNCTION besace_erasure_hash(p_key VARCHAR, p_guild VARCHAR, p_user VARCHAR) RETURNS VARCHAR
LANGUAGE sql IMMUTABLE AS $$
	SELECT encode(sha256(decode(p_key, 'hex') || sha256(decode(p_key, 'hex')
		|| convert_to(p_guild || ' ' || p_user, 'UTF8'))), 'hex')
$$;

-- What refers to a member is found without looking through their guild.
CREATE INDEX game_history_opponent_idx ON game_history (guild_id, opponent_id)
	WHERE opponent_id IS NOT NULL;

ALTER TABLE users ADD COLUMN gift_from TIMESTAMP; -- no daily gift before

-- Who comes back begins with nothing, waits for the gift, and is not rewarded for levels that were:
-- erasing oneself would print money otherwise. A row of the ledger explains the difference, whatever
-- the start balance is. In an import the operator's figures stand.
CREATE FUNCTION besace_users_returned() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
	v_back RECORD;
	v_mass BOOLEAN := coalesce(current_setting('besace.mass', true), '') = 'on';
BEGIN
	IF NOT EXISTS (SELECT FROM besace_erasures) THEN
		RETURN NULL;
	END IF;
	FOR v_back IN
		SELECT a.guild_id, a.user_id, CASE WHEN v_mass THEN 0 ELSE a.balance END AS balance,
			e.level
		FROM after a
		JOIN besace_erasure_keys k ON k.guild_id = a.guild_id
		JOIN besace_erasures e ON e.guild_id = a.guild_id
			AND e.member_hash = besace_erasure_hash(k.hash_key, a.guild_id, a.user_id)
		WHERE e.erased_at > now() AT TIME ZONE 'utc' - besace_erasure_kept()
		ORDER BY a.guild_id, a.user_id
	LOOP
		UPDATE users SET balance = balance - v_back.balance,
			level_rewarded = greatest(level_rewarded, v_back.level),
			gift_from = now() AT TIME ZONE 'utc' + besace_erasure_wait()
			WHERE guild_id = v_back.guild_id AND user_id = v_back.user_id;
		INSERT INTO transactions (guild_id, from_user_id, amount, transaction_type, description)
		SELECT v_back.guild_id, v_back.user_id, v_back.balance, 'opening', 'retour'
		WHERE v_back.balance > 0;
	END LOOP;
	RETURN NULL;
END
$$;
CREATE TRIGGER besace_users_return AFTER INSERT ON users REFERENCING NEW TABLE AS after
	FOR EACH STATEMENT EXECUTE FUNCTION besace_users_returned();

-- Our own export, read into a guild where nobody is yet, brings everything it holds.
ALTER TABLE besace_imports ADD COLUMN is_whole BOOLEAN NOT NULL DEFAULT false;
-- Since when what it reads may name somebody who was erased.
ALTER TABLE besace_imports ADD COLUMN begun_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc');
ALTER TABLE besace_audit ADD COLUMN import_id BIGINT;
ALTER TABLE besace_settings_audit ADD COLUMN import_id BIGINT;
CREATE INDEX besace_audit_import_idx ON besace_audit (guild_id, import_id)
	WHERE import_id IS NOT NULL;
CREATE INDEX besace_settings_audit_import_idx ON besace_settings_audit (guild_id, import_id)
	WHERE import_id IS NOT NULL;

-- Backups that besacectl backup made, of all guilds: whoever is erased stands in them until they are
-- deleted.
CREATE TABLE besace_backups (
	backup_id BIGINT GENERATED ALWAYS AS IDENTITY,
	path VARCHAR(4096) NOT NULL,
	made_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	delete_at TIMESTAMP NOT NULL, -- by whoever keeps the files
	CONSTRAINT besace_backups_pkey PRIMARY KEY (backup_id)
);
CREATE INDEX besace_backups_delete_idx ON besace_backups (delete_at);

-- What besacectl check --repair has derived anew.
CREATE TABLE besace_repairs (
	guild_id VARCHAR(20) COLLATE "C" NOT NULL,
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	what VARCHAR(20) NOT NULL
		CONSTRAINT besace_repairs_what_check CHECK (what IN ('level', 'leaderboard', 'escrow')),
	subject VARCHAR(40) NOT NULL, -- a member, or which leaderboard
	detail VARCHAR(200) NOT NULL,
	created_at TIMESTAMP NOT NULL DEFAULT (now() AT TIME ZONE 'utc'),
	CONSTRAINT besace_repairs_pkey PRIMARY KEY (guild_id, id)
);

-- What besacectl check found when it looked at all guilds last, one row at most.
CREATE TABLE besace_last_check (
	is_only BOOLEAN NOT NULL DEFAULT true
		CONSTRAINT besace_last_check_is_only_check CHECK (is_only),
	checked_at TIMESTAMP NOT NULL,
	faults BIGINT NOT NULL,
	CONSTRAINT besace_last_check_pkey PRIMARY KEY (is_only)
);

SELECT besace_catalogue_keep();
