-- What of the constraints, unique indexes and triggers that the migrations made is gone, was
-- changed, was switched off or was never validated.
CREATE OR REPLACE FUNCTION besace_audit_catalogue() RETURNS TABLE (relation TEXT, fault TEXT)
LANGUAGE sql STABLE AS $$
	SELECT k.relation, format(CASE WHEN n.name IS NULL THEN '%s is missing'
		ELSE '%s is not what it was: ' || replace(n.definition, '%', '%%') END, k.name)
	FROM besace_catalogue k
	LEFT JOIN besace_catalogue_now() n ON n.relation = k.relation AND n.name = k.name
	WHERE n.definition IS DISTINCT FROM k.definition
	UNION ALL
	SELECT relation, 'triggers of foreign keys are disabled'
	FROM besace_catalogue_now() WHERE name = 'triggers of foreign keys'
	ORDER BY 1, 2
$$;
