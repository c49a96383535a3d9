-- Raises an exception unless P_JSON, called P_NAME in the message, is an object that has all keys
-- of P_REQUIRED and no others but those of P_OPTIONAL. A key that only one side of the border
-- between C and SQL knows is a defect, which must not pass as an absent value.
CREATE OR REPLACE FUNCTION besace_json_keys(
	p_name VARCHAR, p_json JSONB, p_required TEXT[], p_optional TEXT[]) RETURNS VOID
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(p_json) IS DISTINCT FROM 'object' OR NOT p_json ?& p_required
		OR p_json - p_required - p_optional <> '{}' THEN
		RAISE EXCEPTION '% has other keys than % and perhaps %', p_name, p_required, p_optional
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
END
$$;
