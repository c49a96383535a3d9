-- A match as src/store/matches.c reads it, server seeds included: the commands decide what is shown
-- of it. An ended one gets "why" and "ends" added by besace_matches_end.
CREATE OR REPLACE FUNCTION besace_match_view(m besace_matches) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
BEGIN
	RETURN jsonb_build_object('id', m.match_id, 'game_type', m.game_type, 'owner', m.owner_id,
		'opponent', m.opponent_id, 'accepted', m.accepted, 'stake', m.stake,
		'version', m.version, 'state', m.state, 'facts', m.facts,
		'expires_at', ceil(extract(epoch FROM m.expires_at))::bigint,
		'expired', m.expires_at <= now() AT TIME ZONE 'utc', 'escrow', coalesce((
			SELECT jsonb_agg(jsonb_build_object('user', e.user_id, 'stake', e.stake)
				ORDER BY e.seat)
			FROM besace_escrow e
			WHERE e.guild_id = m.guild_id AND e.match_id = m.match_id), '[]'));
END
$$;
