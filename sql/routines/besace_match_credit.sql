-- What P_CREDIT becomes under a multiplier (NULL: none is active), as domain/payout.h has it:
-- P_BOOST is what it multiplies, "credit", "gain" (the credit above the stake) or NULL.
CREATE OR REPLACE FUNCTION besace_match_credit(p_boost VARCHAR, p_stake INTEGER, p_credit BIGINT,
	p_multiplier INTEGER) RETURNS BIGINT
LANGUAGE sql IMMUTABLE AS $$
	SELECT CASE p_boost WHEN 'credit' THEN p_credit * coalesce(p_multiplier, 1)
		WHEN 'gain' THEN p_stake + (p_credit - p_stake) * coalesce(p_multiplier, 1)
		ELSE p_credit END
$$;
