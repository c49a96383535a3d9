-- What besace-web shows to everybody: where a guild's page is, and who is not on it.

-- The members who asked not to be shown (/annonces).
ALTER TABLE users ADD COLUMN page_hidden BOOLEAN NOT NULL DEFAULT false;

-- The search for a member: names that begin with what is typed, of members that the page shows. Only of
-- those, and not for its size: the planner takes a guild that it has not seen for one row, and an
-- index of all members that begins with the guild for as good as the key. A member looked up by their
-- id, as each foreign key does, then reads the whole guild.
CREATE INDEX users_name_idx ON users (guild_id, lower(username) text_pattern_ops)
	WHERE left_at IS NULL AND NOT page_hidden;

-- besace-web is asked for an address and looks for its hash: the role that only reads sees no
-- address, so whoever has its password cannot open the pages that are behind one.
ALTER TABLE besace_pages ADD COLUMN address_hash VARCHAR(64)
	GENERATED ALWAYS AS (encode(sha256(page_token::text::bytea), 'hex')) STORED;
CREATE UNIQUE INDEX besace_pages_hash_key ON besace_pages (address_hash);

-- Goes on whenever a member of the guild is to be shown no more: no page that was drawn before is
-- shown after it.
ALTER TABLE besace_pages ADD COLUMN hidings BIGINT NOT NULL DEFAULT 0;

SELECT besace_catalogue_keep();
