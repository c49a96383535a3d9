-- What reaching a level brings, as level_reward of domain/earning.h has it.

CREATE OR REPLACE FUNCTION besace_level_lc(p_level INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_level < 2 OR p_level % 5 = 0 THEN 0
		ELSE 25 * (p_level - 1 - p_level / 5) END
$$;

-- The types of the items, one of each.
CREATE OR REPLACE FUNCTION besace_level_items(p_level INTEGER) RETURNS VARCHAR[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_level < 2 OR p_level % 5 <> 0 THEN '{}'::varchar[]
		WHEN p_level % 20 = 0 THEN '{jackpot,multiplier_x3}'
		WHEN p_level % 10 = 0 THEN '{jackpot,multiplier_x2}'
		ELSE '{jackpot}' END
$$;
