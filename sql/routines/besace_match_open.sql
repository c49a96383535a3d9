-- Opening matches. P_OPEN, an argument of what is below, is {"refusal"}, which is only recorded with
-- "min" and "max" if they are there, or:
--
--	game_type, stake
--	max_credit   the most that this match can credit: there must be room for it in the balance
--	language     of those who read its message
--	opponent     {"id", "name"} of a challenge; their balance must hold the stake as well. Without
--	             NAME, which is that of a button (a rematch), they must be a member, and must not
--	             have challenged P_USER already
--	channel, application, token: where its message is
--	parent, category: where that channel stands, see besace_place_see
--	roles        of the member, separated by commas, see besace_roles_see
--	table        true: the channel has one such match, which anybody there can join
--	new_seeds    {"server_seed", "client_seed"}: the member's seeds unless they have some
--	seeds        {"version", "first_nonce"}: of the member's seeds that the plays are drawn from;
--	             only of games of the casino
--	plays        a list, of which the member's nonce chooses one, the first one being for
--	             FIRST_NONCE (without seeds there is one only):
--	             {"state", "facts", "expiry", "expires_s"} stays open, or
--	             {"facts", "ends"} and perhaps "state" is over, ENDS being a list of one
--
-- of which opponent and what follows it may be absent, but for plays. Elements of "expiry" and
-- "ends" are {"user", "credit", "result", "boost", "xp", "opponent", "item", "proof"}, all but the
-- first two optional; see besace_matches_settle. PROOF, of who opened the match, is what it was drawn
-- from: {"commit", "seed", "nonce"} of the member's seeds, {"server", "members"} of its own.

-- Raises an exception if P_OPEN has other keys than these.
CREATE OR REPLACE FUNCTION besace_match_open_keys(p_open JSONB) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	v_is_right BOOLEAN := true;
BEGIN
	IF p_open ? 'refusal' THEN
		v_is_right := besace_json_keys('json_match_open_refused', p_open, '{refusal}', '{min,max}');
		RETURN v_is_right;
	END IF;
	v_is_right := besace_json_keys('json_match_open', p_open,
		'{game_type,stake,max_credit,language,plays}',
		'{opponent,channel,parent,category,roles,application,token,table,new_seeds,seeds}');
	IF p_open ? 'opponent' THEN
		v_is_right := besace_json_keys('json_match_opponent', p_open -> 'opponent', '{id}', '{name}');
	END IF;
	IF p_open ? 'new_seeds' THEN
		v_is_right := besace_json_keys('json_match_seeds', p_open -> 'new_seeds',
			'{server_seed,client_seed}', '{}');
	END IF;
	IF p_open ? 'seeds' THEN
		v_is_right := besace_json_keys('json_match_drawn_seeds', p_open -> 'seeds',
			'{version,first_nonce}', '{}');
	END IF;
	RETURN v_is_right;
END
$$;

-- The same for the play that was chosen.
CREATE OR REPLACE FUNCTION besace_match_play_keys(p_play JSONB) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	v_is_right BOOLEAN := true;
BEGIN
	IF p_play ? 'ends' THEN
		v_is_right := besace_json_keys('json_match_play_over', p_play, '{facts,ends}', '{state}');
	ELSE
		v_is_right := besace_json_keys('json_match_play', p_play, '{state,facts,expiry,expires_s}', '{}');
	END IF;
	v_is_right := besace_match_ends_keys(coalesce(p_play -> 'ends', p_play -> 'expiry'));
	RETURN v_is_right;
END
$$;

CREATE OR REPLACE FUNCTION besace_match_ends_keys(p_ends JSONB) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	v_is_right BOOLEAN := true;
BEGIN
	FOR i IN 0..jsonb_array_length(p_ends) - 1 LOOP
		v_is_right := besace_json_keys(
			'json_match_payout', p_ends -> i, '{user,credit}', '{result,boost,xp,opponent,item,proof}');
		IF p_ends -> i ? 'proof' THEN
			v_is_right := besace_json_keys('json_match_proof', p_ends -> i -> 'proof', '{}',
				'{commit,seed,nonce,server,members}');
		END IF;
	END LOOP;
	RETURN v_is_right;
END
$$;

-- The row of the match that P_PLAY opens.
CREATE OR REPLACE FUNCTION besace_match_row(p_guild VARCHAR, p_user VARCHAR, p_match VARCHAR,
	p_open JSONB, p_play JSONB) RETURNS besace_matches
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_now TIMESTAMP := now() AT TIME ZONE 'utc';
	m besace_matches;
BEGIN
	m.guild_id := p_guild;
	m.match_id := p_match;
	m.game_type := p_open ->> 'game_type';
	m.owner_id := p_user;
	m.opponent_id := p_open #>> '{opponent,id}';
	m.accepted := NOT p_open ? 'opponent';
	m.stake := p_open ->> 'stake';
	m.version := 1;
	m.state := coalesce(p_play ->> 'state', '');
	m.facts := p_play -> 'facts';
	m.expiry := coalesce(p_play -> 'ends', p_play -> 'expiry');
	m.opened_at := v_now;
	m.expires_at := v_now
		+ coalesce((p_play ->> 'expires_s')::integer, 0) * interval '1 second';
	m.draws_seeds := p_open ? 'seeds';
	m.is_table := p_open ? 'table';
	m.channel_id := p_open ->> 'channel';
	m.language := p_open ->> 'language';
	m.application_id := p_open ->> 'application';
	m.token := p_open ->> 'token';
	m.token_until := v_now + interval '14 minutes';
	m.failures := 0;
	RETURN m;
END
$$;

-- The challenge of P_OPPONENT that waits for P_USER's answer, as the refusal crossed; NULL: there is
-- none. Both are locked: of two who ask each other for a rematch at once, the second finds the first.
CREATE OR REPLACE FUNCTION besace_match_crossed(p_guild VARCHAR, p_user VARCHAR,
	p_opponent VARCHAR, p_game_type VARCHAR) RETURNS JSONB
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_match besace_matches;
BEGIN
	SELECT m.* INTO v_match FROM besace_escrow e
		JOIN besace_matches m ON m.guild_id = e.guild_id AND m.match_id = e.match_id
		WHERE e.guild_id = p_guild AND e.user_id = p_opponent AND e.game_type = p_game_type
			AND m.opponent_id = p_user AND NOT m.accepted
			AND m.expires_at > clock_timestamp() AT TIME ZONE 'utc';
	RETURN CASE WHEN FOUND THEN jsonb_build_object('done', false, 'refusal', 'crossed',
		'match', besace_match_view(v_match)) END;
END
$$;

-- Takes a member's stake and opens a match, or plays it at once.
--
-- Outcome: {"done": true, "balance", "match"} or {"done": false, "refusal", "balance"} with the
-- refusals of besace_escrow_refusal, opponent_balance, not_member, and crossed with the opponent's own
-- challenge. {"again": true}: a seed was changed, the
-- nonce has left the list, or the channel has a table; look again. The same interaction again
-- returns its first outcome.
CREATE OR REPLACE FUNCTION besace_match_open(p_guild VARCHAR, p_user VARCHAR, p_username VARCHAR,
	p_seen_ms BIGINT, p_interaction VARCHAR, p_open JSONB) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_me RECORD;
	v_opponent_balance INTEGER;
	v_stake INTEGER := (p_open ->> 'stake')::integer;
	v_outcome JSONB;
	v_play JSONB;
	v_match besace_matches;
	v_is_right BOOLEAN;
BEGIN
	v_is_right := besace_match_open_keys(p_open);
	IF p_open ? 'opponent' THEN
		v_me := besace_begin_two(p_guild, p_user, p_username, p_seen_ms, p_interaction, 'match',
			(p_open #>> '{opponent,id}')::varchar, (p_open #>> '{opponent,name}')::varchar);
		v_opponent_balance := v_me.other_balance;
	ELSE
		v_me := besace_begin(
			p_guild, p_user, p_username, p_seen_ms, p_interaction, 'match');
	END IF;
	IF v_me.outcome IS NOT NULL THEN
		RETURN v_me.outcome;
	END IF;

	PERFORM besace_place_see(p_guild, (p_open ->> 'channel')::varchar,
		(p_open ->> 'parent')::varchar, (p_open ->> 'category')::varchar);
	v_outcome := CASE WHEN p_open ? 'refusal'
		THEN p_open || '{"done": false}'
		ELSE besace_escrow_refusal(p_guild, p_user, v_me.balance,
			(p_open ->> 'game_type')::varchar, v_stake,
			(p_open ->> 'max_credit')::bigint,
			(p_open ->> 'channel')::varchar) END;
	IF v_outcome IS NULL AND p_open ? 'opponent' AND NOT (p_open -> 'opponent') ? 'name' THEN
		v_outcome := besace_match_crossed(p_guild, p_user,
			(p_open #>> '{opponent,id}')::varchar, (p_open ->> 'game_type')::varchar);
	END IF;
	IF v_outcome IS NULL AND p_open ? 'opponent' AND v_opponent_balance IS NULL THEN
		v_outcome := '{"done": false, "refusal": "not_member"}';
	ELSIF v_outcome IS NULL AND v_opponent_balance < v_stake THEN
		v_outcome := jsonb_build_object('done', false, 'refusal', 'opponent_balance');
	ELSIF v_outcome IS NULL THEN
		v_play := p_open -> 'plays' -> besace_seeds_play(p_guild, p_user, p_open);
		IF v_play IS NULL THEN
			RETURN jsonb_build_object('again', true);
		END IF;
		v_is_right := besace_match_play_keys(v_play);
		v_match := besace_match_row(p_guild, p_user, p_interaction, p_open, v_play);
		INSERT INTO besace_matches SELECT v_match.* ON CONFLICT DO NOTHING;
		IF NOT FOUND THEN
			RETURN jsonb_build_object('again', true);
		END IF;
		PERFORM besace_roles_see(p_guild, p_user, p_seen_ms, p_open ->> 'roles');
		IF v_play ? 'ends' THEN
			PERFORM besace_escrow_seat(
				p_guild, p_user, v_match.game_type, p_interaction, v_match.stake);
			v_outcome := jsonb_build_object(
				'done', true, 'match', besace_match_end(v_match, 'played', p_user));
		ELSE
			PERFORM besace_escrow_take(p_guild, p_user, v_match.game_type,
				p_interaction, v_match.stake, v_match.draws_seeds::integer);
			v_outcome := jsonb_build_object(
				'done', true, 'match', besace_match_view(v_match));
		END IF;
	END IF;
	RETURN besace_match_keep(p_guild, p_user, p_interaction, v_outcome);
END
$$;

-- Writes the receipt of a play or press: P_OUTCOME with the member's balance. Returns it. All
-- routines of matches are one command: which of them a request needs is decided from what it finds,
-- and the same request may find something else.
CREATE OR REPLACE FUNCTION besace_match_keep(
	p_guild VARCHAR, p_user VARCHAR, p_interaction VARCHAR, p_outcome JSONB) RETURNS JSONB
LANGUAGE plpgsql AS $$
BEGIN
	RETURN besace_end(p_guild, p_user, p_interaction, 'match',
		p_outcome || jsonb_build_object('balance', (SELECT balance FROM users
			WHERE guild_id = p_guild AND user_id = p_user)));
END
$$;
