-- A game as the commands see it. Secrets included: what is shown of it is decided there.
CREATE OR REPLACE FUNCTION besace_game_view(g besace_games) RETURNS JSONB
LANGUAGE sql STABLE AS $$
	SELECT jsonb_build_object('id', g.game_id, 'kind', g.kind, 'owner', g.owner_id,
		'opponent', g.opponent_id, 'accepted', g.accepted, 'stake', g.stake,
		'version', g.version, 'state', g.state, 'facts', g.facts,
		'due', ceil(extract(epoch FROM g.due_at))::bigint,
		'seats', s.users, 'stakes', s.stakes)
	FROM (SELECT coalesce(jsonb_agg(user_id ORDER BY seat), '[]') AS users,
			coalesce(jsonb_agg(stake ORDER BY seat), '[]') AS stakes
		FROM besace_game_seats WHERE game_id = g.game_id) s
$$;
