-- What the migrations have made, so that `besacectl check` can tell what is gone since.

-- Keys, constraints, unique indexes and triggers of our tables, the domains of their columns and what
-- those keep to, as the catalogue has them now. The triggers of foreign keys are the constraints' own:
-- only one that was switched off is shown.
CREATE FUNCTION besace_catalogue_now()
RETURNS TABLE (relation TEXT, name TEXT, definition TEXT)
LANGUAGE sql STABLE AS $$
	SELECT t.relname::text, c.conname::text, pg_get_constraintdef(c.oid)
	FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid
	WHERE t.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)
	UNION ALL
	SELECT d.typname, c.conname, pg_get_constraintdef(c.oid)
	FROM pg_constraint c JOIN pg_type d ON d.oid = c.contypid
	WHERE d.typnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)
	UNION ALL
	SELECT t.relname, a.attname, d.typname
	FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid JOIN pg_type d ON d.oid = a.atttypid
	WHERE d.typtype = 'd' AND t.relkind IN ('r', 'p')
		AND d.typnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)
	UNION ALL
	SELECT t.relname, i.relname, pg_get_indexdef(i.oid)
	FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class t ON t.oid = x.indrelid
	WHERE x.indisunique AND NOT EXISTS (SELECT FROM pg_constraint c
			WHERE c.conindid = x.indexrelid AND c.contype IN ('p', 'u'))
		AND t.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)
	UNION ALL
	SELECT t.relname, CASE WHEN g.tgisinternal THEN 'triggers of foreign keys' ELSE g.tgname END,
		CASE WHEN g.tgenabled = 'D' THEN 'disabled' ELSE pg_get_triggerdef(g.oid) END
	FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
	WHERE t.relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'users'::regclass)
		AND (NOT g.tgisinternal OR g.tgenabled = 'D')
$$;

CREATE TABLE besace_catalogue (
	relation TEXT NOT NULL,
	name TEXT NOT NULL,
	definition TEXT NOT NULL,
	CONSTRAINT besace_catalogue_pkey PRIMARY KEY (relation, name)
);

-- Every later migration that makes or drops one of them ends with this.
CREATE FUNCTION besace_catalogue_keep() RETURNS VOID LANGUAGE sql AS $$
	DELETE FROM besace_catalogue;
	INSERT INTO besace_catalogue SELECT relation, name, definition FROM besace_catalogue_now();
$$;
SELECT besace_catalogue_keep();
