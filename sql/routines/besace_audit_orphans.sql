-- Rows of members that do not exist. What refers to members is read from the foreign keys that the
-- migrations made, so that one which is gone since is looked at as well.
CREATE OR REPLACE FUNCTION besace_audit_orphans()
RETURNS TABLE (guild_id VARCHAR, user_id VARCHAR, fault TEXT)
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_key RECORD;
BEGIN
	FOR v_key IN SELECT k.relation,
		substring(k.definition FROM '^FOREIGN KEY \(guild_id, (\w+)\) REFERENCES users\(') AS member
		FROM besace_catalogue k JOIN pg_class c ON c.oid = to_regclass(k.relation)
		WHERE NOT c.relispartition ORDER BY k.relation, k.name
	LOOP
		IF v_key.member IS NOT NULL THEN
			RETURN QUERY EXECUTE format(
				'SELECT DISTINCT o.guild_id, o.%1$I, %2$L FROM %3$I o
				WHERE o.%1$I IS NOT NULL AND NOT EXISTS (SELECT FROM users u
					WHERE u.guild_id = o.guild_id AND u.user_id = o.%1$I)',
				v_key.member, format('has a row in %s but not in users', v_key.relation),
				v_key.relation);
		END IF;
	END LOOP;
END
$$;
