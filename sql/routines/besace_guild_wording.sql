-- How a guild wants what its members read: the language of public messages, the currency, whether
-- members see themselves alone, with the roles of those who see everybody all the same, and whether
-- there is no daily gift and levels bring no items, so that nothing leads to them. What is not set
-- has no key; NULL when nothing is. The shape json_wording.
CREATE OR REPLACE FUNCTION besace_guild_wording(p_guild VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN (SELECT nullif(jsonb_strip_nulls(jsonb_build_object('language', language,
			'currency', currency_name, 'symbol', currency_symbol,
			'hides_others', nullif(NOT show_others, false),
			'no_gift', nullif(gift_amount = 0, false),
			'no_items', nullif(NOT level_reward_items, false),
			'managers', CASE WHEN NOT show_others THEN access_roles END)), '{}')
		FROM besace_settings WHERE guild_id = p_guild);
END
$$;
