-- Returns P_OBJECT, an object that the program wrote and that has the keys P_KEYS and no others.
-- Anything else is a defect, told by P_SHAPE, the name of the shape in the program that wrote it.
CREATE OR REPLACE FUNCTION besace_json_keys_check(p_shape TEXT, p_object JSONB, p_keys TEXT[])
RETURNS JSONB
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	IF jsonb_typeof(p_object) IS DISTINCT FROM 'object' OR NOT p_object ?& p_keys
		OR p_object - p_keys <> '{}' THEN
		RAISE EXCEPTION '%: not an object of the keys %, and those alone', p_shape, p_keys
			USING ERRCODE = 'invalid_parameter_value';
	END IF;
	RETURN p_object;
END
$$;
