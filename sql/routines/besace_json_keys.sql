-- Raises an exception unless P_JSON is an object that has all keys of P_REQUIRED and no others but
-- those of P_OPTIONAL, which may be null. P_SHAPE is the shape in the program (JSON_WRITTEN) of what
-- it wrote: a key that only one side of the border between C and SQL knows is a defect, which must
-- not pass as an absent value. Returns true, so that it is called by an assignment: PERFORM would be a
-- statement.
CREATE OR REPLACE FUNCTION besace_json_keys(
	p_shape TEXT, p_json JSONB, p_required TEXT[], p_optional TEXT[]) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(p_json) IS DISTINCT FROM 'object' OR NOT p_json ?& p_required
		OR p_json - p_required - p_optional <> '{}' THEN
		RAISE EXCEPTION '%: not an object of the keys % and perhaps %', p_shape, p_required,
			p_optional USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN true;
END
$$;
