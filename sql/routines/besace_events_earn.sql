-- What messages and reactions of a batch bring, under the locks of the members. The arguments are
-- those of besace_events_apply; P_FRESH are the places of the events that are new, P_CHANGES says
-- which members are to be locked (besace_events_changes).
--
-- The results stand for P_USERS: XP of the guild's current day and of what came before it began
-- (XP_EVE), that day, messages, the last paid message (ms), what the latest message earned and why,
-- levels before, where they earned (NULL: nobody asks).
CREATE OR REPLACE FUNCTION besace_events_earn(p_fresh INTEGER[], p_types VARCHAR[],
	p_sents BIGINT[], p_values INTEGER[], p_member INTEGER[], p_place INTEGER[],
	p_role_set INTEGER[], p_guilds VARCHAR[], p_users VARCHAR[], p_names VARCHAR[],
	p_seen BIGINT[], p_posts VARCHAR[], p_authors INTEGER[], p_channel_guilds VARCHAR[],
	p_channels VARCHAR[], p_parents VARCHAR[], p_categories VARCHAR[], p_role_sets TEXT[],
	p_changes BOOLEAN[], OUT xp INTEGER[], OUT xp_eve INTEGER[], OUT days DATE[], OUT messages INTEGER[],
	OUT last_ms BIGINT[], OUT message_xp INTEGER[], OUT message_why VARCHAR[],
	OUT levels INTEGER[], OUT place_ids VARCHAR[])
LANGUAGE plpgsql AS $$
DECLARE
	-- Why a message earns nothing, in the order in which this is found out; 0 is 'paid'.
	v_words VARCHAR[] := '[0:7]={paid,levels,off,place,role,zero,cooldown,cap}';
	v_rules RECORD := besace_earning_rules(
		p_guilds, (SELECT max(sent) FROM unnest(p_sents) AS sent));
	v_sets INTEGER[] := besace_earning_sets(v_rules.guilds, p_guilds); -- of the members
	v_factors RECORD;
	v_left INTEGER[]; -- of the members: what the cap of the day leaves
	v_left_eve INTEGER[];
	v_paid INTEGER[]; -- XP of the posts' authors by reactions
	v_paid_before INTEGER[];
	v_i INTEGER;
	v_m INTEGER;
	v_s INTEGER;
	v_factor INTEGER;
	v_role INTEGER;
	v_rate INTEGER;
	v_base INTEGER;
	v_gain INTEGER;
	v_why INTEGER;
	v_whys INTEGER[];
	v_type VARCHAR;
	v_places INTEGER[];
	v_is_eve BOOLEAN;
BEGIN
	SELECT l.last_ms, l.levels INTO last_ms, levels
		FROM besace_members_lock_all(p_guilds, p_users, p_names, p_seen, p_changes) AS l;
	xp := array_fill(0, ARRAY[cardinality(p_users)]);
	xp_eve := xp;
	messages := xp;
	message_xp := xp;
	v_whys := xp;
	v_places := xp;
	v_factors := besace_events_factors(v_rules.guilds, v_rules.has_places, v_rules.only_places,
		v_rules.has_roles, v_rules.only_roles, v_sets, p_guilds, p_users, p_channel_guilds,
		p_channels, p_parents, p_categories, p_role_sets, p_member, p_role_set);
	days := (SELECT array_agg(v_rules.day[s] ORDER BY place)
		FROM unnest(v_sets) WITH ORDINALITY AS m (s, place));
	IF 2147483647 > ANY (v_rules.day_xp_max) THEN
		SELECT array_agg(v_rules.day_xp_max[m.s]
				- besace_xp_of_day(u.xp_day, u.xp_today, u.xp_eve, v_rules.day[m.s])
				ORDER BY m.place),
			array_agg(v_rules.day_xp_max[m.s]
				- besace_xp_of_day(u.xp_day, u.xp_today, u.xp_eve, v_rules.day[m.s] - 1)
				ORDER BY m.place)
		INTO v_left, v_left_eve
		FROM unnest(p_guilds, p_users, v_sets) WITH ORDINALITY AS m (guild_id, user_id, s, place)
		JOIN users u ON u.guild_id = m.guild_id AND u.user_id = m.user_id;
	END IF;
	SELECT array_agg(coalesce(c.xp, 0) ORDER BY q.place) INTO v_paid
	FROM unnest(p_posts, p_authors) WITH ORDINALITY AS q (post, author, place)
	LEFT JOIN LATERAL (
		SELECT sum(r.xp)::integer AS xp FROM besace_reaction_xp r
		WHERE r.guild_id = p_guilds[q.author] AND r.user_id = p_users[q.author]
			AND r.message_id = q.post) c ON true;
	v_paid_before := v_paid;

	FOREACH v_i IN ARRAY p_fresh LOOP
		v_type := p_types[v_i];
		CONTINUE WHEN v_type <> 'm' AND v_type <> 'r';
		v_m := p_member[v_i];
		v_s := v_sets[v_m];
		v_why := 0;
		IF v_type = 'm' THEN
			messages[v_m] := messages[v_m] + 1;
			v_why := v_rules.why[v_s];
			v_base := v_rules.message_min[v_s]
				+ (p_values[v_i]::bigint * v_rules.message_count[v_s] >> 30);
			v_gain := v_base;
		ELSE
			v_gain := v_rules.reaction_xp[v_s];
		END IF;
		IF v_s > 1 AND v_why = 0 AND v_gain > 0 THEN
			-- In variables: only then is what scales it no call of a function.
			v_factor := coalesce(v_factors.places[p_place[v_i]], 100);
			v_role := coalesce(v_factors.sets[p_role_set[v_i]],
				v_factors.members[v_m], 100);
			v_rate := CASE WHEN p_sents[v_i] >= v_rules.rate_until_ms[v_s] THEN 100
				ELSE v_rules.rate_percent[v_s] END;
			v_base := v_gain;
			v_gain := besace_xp_scale(v_base, v_role, v_factor, v_rate);
			v_why := CASE WHEN v_factor = 0 THEN 3 WHEN v_gain = 0 THEN 4 ELSE 0 END;
		ELSIF v_why = 0 AND v_gain = 0 THEN
			v_why := 5;
		END IF;
		IF v_type = 'r' THEN
			v_gain := least(v_gain, greatest(
				v_rules.reaction_xp_max[v_s] - v_paid[p_values[v_i]], 0));
		ELSIF v_why = 0 AND p_sents[v_i] - last_ms[v_m] < v_rules.cooldown_ms[v_s] THEN
			v_why := 6;
		END IF;
		IF v_why > 0 THEN
			v_gain := 0;
		END IF;
		v_is_eve := p_sents[v_i] < v_rules.midnight_ms[v_s];
		IF v_gain > 0 AND v_left IS NOT NULL THEN
			v_gain := least(v_gain, greatest(CASE WHEN v_is_eve THEN v_left_eve[v_m]
				ELSE v_left[v_m] END, 0));
			v_why := CASE WHEN v_gain = 0 THEN 7 ELSE 0 END;
			IF v_is_eve THEN
				v_left_eve[v_m] := v_left_eve[v_m] - v_gain;
			ELSE
				v_left[v_m] := v_left[v_m] - v_gain;
			END IF;
		END IF;
		IF v_is_eve THEN
			xp_eve[v_m] := xp_eve[v_m] + v_gain;
		ELSE
			xp[v_m] := xp[v_m] + v_gain;
		END IF;
		IF v_gain > 0 AND v_s > 1 THEN
			v_places[v_m] := p_place[v_i];
		END IF;
		IF v_type = 'r' THEN
			v_paid[p_values[v_i]] := v_paid[p_values[v_i]] + v_gain;
			CONTINUE;
		END IF;
		message_xp[v_m] := v_gain;
		v_whys[v_m] := v_why;
		IF v_gain > 0 THEN
			last_ms[v_m] := p_sents[v_i];
		END IF;
	END LOOP;
	message_why := (SELECT array_agg(v_words[why] ORDER BY place)
		FROM unnest(v_whys) WITH ORDINALITY AS w (why, place));
	IF cardinality(v_rules.guilds) > 1 THEN
		place_ids := (SELECT array_agg(c.channel ORDER BY m.place)
			FROM unnest(v_places) WITH ORDINALITY AS m (channel, place)
			LEFT JOIN unnest(p_channels) WITH ORDINALITY AS c (channel, place)
				ON c.place = m.channel);
	END IF;

	IF cardinality(p_posts) > 0 THEN
		INSERT INTO besace_reaction_xp AS r (guild_id, user_id, message_id, slot, xp)
		SELECT p_guilds[q.author], p_users[q.author], q.post, besace_half_week(now()) % 4,
			q.after - q.before
		FROM unnest(p_posts, p_authors, v_paid_before, v_paid)
			AS q (post, author, before, after)
		WHERE q.after > q.before
		ON CONFLICT (guild_id, user_id, message_id, slot)
		DO UPDATE SET xp = r.xp + excluded.xp;
	END IF;
END
$$;

-- Whose rows a batch may change: those who wrote a message or got a reaction, those who are no members
-- yet, and those that it tells something new about. A member merely in voice is locked when they are paid.
CREATE OR REPLACE FUNCTION besace_events_changes(p_fresh INTEGER[], p_types VARCHAR[],
	p_member INTEGER[], p_guilds VARCHAR[], p_users VARCHAR[], p_names VARCHAR[], p_seen BIGINT[],
	p_roles TEXT[], p_joined BIGINT[], p_pending INTEGER[]) RETURNS BOOLEAN[]
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_changes BOOLEAN[] := array_fill(false, ARRAY[cardinality(p_users)]);
	v_i INTEGER;
BEGIN
	FOREACH v_i IN ARRAY p_fresh LOOP
		IF p_types[v_i] = 'm' OR p_types[v_i] = 'r' THEN
			v_changes[p_member[v_i]] := true;
		END IF;
	END LOOP;
	IF NOT false = ANY (v_changes) THEN
		RETURN v_changes;
	END IF;
	RETURN (SELECT array_agg(t.changes OR u.user_id IS NULL
			OR besace_member_is_news(u, t.name, t.seen,
				string_to_array(t.roles, ',')::varchar[], t.joined, t.pending)
			ORDER BY t.place)
		FROM unnest(v_changes, p_guilds, p_users, p_names, p_seen, p_roles, p_joined, p_pending)
			WITH ORDINALITY AS t (changes, guild_id, user_id, name, seen, roles,
				joined, pending, place)
		LEFT JOIN users u ON u.guild_id = t.guild_id AND u.user_id = t.user_id
			AND NOT t.changes);
END
$$;

-- Whether what an event tells of a member is not what is kept of them.
CREATE OR REPLACE FUNCTION besace_member_is_news(u users, p_name VARCHAR, p_seen BIGINT,
	p_roles VARCHAR[], p_joined BIGINT, p_pending INTEGER) RETURNS BOOLEAN
LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN coalesce(abs(p_seen) >= u.name_seen_ms AND (p_name <> u.username OR p_roles <> u.roles
			OR p_pending <> 0 AND u.pending <> (p_pending > 0)), false)
		OR p_seen > 0 AND u.left_at IS NOT NULL
		OR coalesce('epoch'::timestamp + nullif(p_joined, 0) * interval '1 millisecond'
			> coalesce(u.joined_at, '-infinity'), false);
END
$$;

-- The factors of a batch: of its places, its sets of roles and of members by the roles last seen.
-- NULL where no guild has zones of that kind; of members also where each event shows its roles.
-- P_RULES and what follows are of besace_earning_rules; P_SETS tells of each member which of these is
-- theirs.
CREATE OR REPLACE FUNCTION besace_events_factors(p_rules VARCHAR[], p_has_places BOOLEAN[],
	p_only_places BOOLEAN[], p_has_roles BOOLEAN[], p_only_roles BOOLEAN[], p_sets INTEGER[],
	p_guilds VARCHAR[], p_users VARCHAR[], p_channel_guilds VARCHAR[], p_channels VARCHAR[],
	p_parents VARCHAR[], p_categories VARCHAR[], p_role_sets TEXT[], p_member INTEGER[],
	p_role_set INTEGER[], OUT places INTEGER[], OUT sets INTEGER[], OUT members INTEGER[])
LANGUAGE plpgsql STABLE AS $$
DECLARE
	v_sets INTEGER[];
	v_asked INTEGER[]; -- members whose roles some event does not show
	v_asked_percents INTEGER[];
BEGIN
	IF true = ANY (p_has_places) AND cardinality(p_channels) > 0 THEN
		v_sets := besace_earning_sets(p_rules, p_channel_guilds);
		places := besace_place_percents(p_channel_guilds, p_channels, p_parents, p_categories,
			(SELECT array_agg(p_only_places[s] ORDER BY place)
				FROM unnest(v_sets) WITH ORDINALITY AS c (s, place)));
	END IF;
	IF NOT true = ANY (p_has_roles) THEN
		RETURN;
	END IF;
	-- "guild:role,role,…"
	SELECT besace_role_percents(array_agg(s.guild_id ORDER BY s.place),
		array_agg(s.roles ORDER BY s.place),
		array_agg(coalesce(r.exclusive, false) ORDER BY s.place)) INTO sets
	FROM (SELECT split_part(t, ':', 1) AS guild_id, split_part(t, ':', 2) AS roles, place
		FROM unnest(p_role_sets) WITH ORDINALITY AS t (t, place)) s
	LEFT JOIN unnest(p_rules, p_only_roles) AS r (guild_id, exclusive)
		ON r.guild_id = s.guild_id AND r.guild_id <> '';
	v_asked := ARRAY(SELECT DISTINCT e.member FROM unnest(p_member, p_role_set) AS e (member, role_set)
		WHERE e.role_set = 0 AND e.member > 0 AND p_has_roles[p_sets[e.member]]);
	IF v_asked = '{}' THEN
		RETURN;
	END IF;
	v_asked_percents := (SELECT besace_role_percents(array_agg(u.guild_id ORDER BY a.place),
			array_agg(array_to_string(u.roles, ',') ORDER BY a.place),
			array_agg(p_only_roles[p_sets[a.member]] ORDER BY a.place))
		FROM unnest(v_asked) WITH ORDINALITY AS a (member, place)
		JOIN users u ON u.guild_id = p_guilds[a.member] AND u.user_id = p_users[a.member]);
	members := array_fill(100, ARRAY[cardinality(p_users)]);
	FOR v_i IN 1 .. cardinality(v_asked) LOOP
		members[v_asked[v_i]] := v_asked_percents[v_i];
	END LOOP;
END
$$;

-- XP of the day P_DAY, as a member's columns have it.
CREATE OR REPLACE FUNCTION besace_xp_of_day(
	p_xp_day DATE, p_xp_today INTEGER, p_xp_eve INTEGER, p_day DATE) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_xp_day = p_day THEN p_xp_today WHEN p_xp_day > p_day THEN p_xp_eve ELSE 0 END
$$;

-- The columns after P_XP came in on the day P_DAY and P_EVE before it began. What is older than the
-- day before a member's latest counts as that day's.
CREATE OR REPLACE FUNCTION besace_xp_today(
	p_xp_day DATE, p_xp_today INTEGER, p_day DATE, p_xp INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT CASE WHEN p_xp_day > p_day THEN p_xp_today
		WHEN p_xp_day = p_day THEN least(p_xp_today::bigint + p_xp, 2147483647)::integer
		WHEN p_xp > 0 THEN p_xp ELSE 0 END
$$;

CREATE OR REPLACE FUNCTION besace_xp_eve(p_xp_day DATE, p_xp_today INTEGER, p_xp_eve INTEGER,
	p_day DATE, p_xp INTEGER, p_eve INTEGER) RETURNS INTEGER
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
	SELECT least(p_eve + CASE WHEN p_xp_day > p_day THEN p_xp_eve::bigint + p_xp
		WHEN p_xp_day = p_day THEN p_xp_eve WHEN p_xp_day = p_day - 1 THEN p_xp_today
		ELSE 0 END, 2147483647)::integer
$$;
