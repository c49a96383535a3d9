-- Applies a batch of events of one shim. What each event is and what it may bring was decided
-- before; here is decided, under locks, which of them are new and which of those are paid.
--
-- P_IDS, P_TYPES, P_ATS (ms, of the shim's log), P_SENTS (ms, of Discord: for cooldowns), P_VALUES,
-- P_MEMBER, P_EVENT_GUILDS, P_PLACE and P_ROLE_SET stand for the events in their order. Types:
-- 'm'essage, 'r'eaction, 'v'oice, 'h'eartbeat, 'j'oin, 'g' for what tells of guilds. A value is for
-- a message a number drawn below 2^30, for a reaction the place of its message in P_POSTS. P_MEMBER is
-- the place in P_USERS of the member of the event, 0 for none; P_EVENT_GUILDS is '' for
-- what belongs to none; P_PLACE is where in P_CHANNELS it happened, P_ROLE_SET which of P_ROLE_SETS
-- its member has (0: those last seen).
--
-- P_GUILDS and P_USERS are the members that the events name, nobody twice, each with a name, the
-- time when it was seen, roles (comma-separated), the time of joining in ms, and 1 for one who has not
-- accepted the guild's rules yet, -1 for one who has; NULL or 0: not known. The time is negative for
-- one who did nothing but was reacted to, and may have left. P_POSTS are messages that were reacted to
-- and P_AUTHORS the places of their authors.
-- P_CHANNELS of P_CHANNEL_GUILDS stand in P_PARENTS and P_CATEGORIES (besace_channels_keep).
-- P_VOICE is an array of {place, guild, whole, states}, for what is 'v'; P_FACTS one of what
-- besace_guild_apply takes, for what is 'g'. P_FIGURES: the ms that make an outage, the most events
-- for which a guild waits while it is unresolved, the ms after a beat when any new event is the next.
-- What is earned is a matter of the settings: see besace_earning_rules.
--
-- Returns {accepted, due, refused}: how many events were new; whether there is voice to settle; the
-- places of events of guilds that removed Besace. When there are any of these nothing was done: the
-- batch is to be sent without them.
--
-- Locks are taken in this order, everywhere: source, ids (by their bytes), guilds, voice guilds,
-- members by (guild_id, user_id). Nothing here is done a second time when the same batch comes
-- again.
CREATE OR REPLACE FUNCTION besace_events_apply(p_source VARCHAR, p_ids VARCHAR[], p_types VARCHAR[],
	p_ats BIGINT[], p_sents BIGINT[], p_values INTEGER[], p_member INTEGER[],
	p_event_guilds VARCHAR[], p_place INTEGER[], p_role_set INTEGER[], p_guilds VARCHAR[],
	p_users VARCHAR[], p_names VARCHAR[], p_seen BIGINT[], p_roles TEXT[], p_joined BIGINT[],
	p_pending INTEGER[], p_posts VARCHAR[], p_authors INTEGER[], p_channel_guilds VARCHAR[],
	p_channels VARCHAR[], p_parents VARCHAR[], p_categories VARCHAR[], p_role_sets TEXT[],
	p_voice JSONB, p_facts JSONB, p_figures INTEGER[]) RETURNS JSONB
LANGUAGE plpgsql AS $$
DECLARE
	v_clock BIGINT;
	v_beat BIGINT;
	v_position BIGINT;
	v_refused INTEGER[];
	v_fresh INTEGER[];
	v_unresolved BOOLEAN;
	v_is_fresh BOOLEAN[] := array_fill(false, ARRAY[cardinality(p_ids)]);
	v_times BIGINT[] := p_ats; -- in the shim's log
	v_from BIGINT[] := '{}';
	v_to BIGINT[] := '{}';
	v_voice JSONB := p_voice;
	v_earned RECORD;
	v_guilds VARCHAR[];
	v_users VARCHAR[];
	v_was INTEGER[];
	v_fact JSONB;
	v_i INTEGER;
BEGIN
	PERFORM besace_many_members(true);
	LOOP
		SELECT clock_ms, beat_ms, position INTO v_clock, v_beat, v_position
			FROM besace_sources WHERE source = p_source FOR NO KEY UPDATE;
		EXIT WHEN FOUND;
		INSERT INTO besace_sources (source) VALUES (p_source) ON CONFLICT DO NOTHING;
	END LOOP;

	PERFORM besace_json_keys('json_voice_event', v, '{place,guild,whole,states}', '{}')
		FROM jsonb_array_elements(p_voice) AS v;
	v_refused := besace_events_refused(p_event_guilds, p_facts);
	IF cardinality(v_refused) > 0 THEN
		RETURN jsonb_build_object('accepted', 0, 'due', false, 'refused', to_jsonb(v_refused));
	END IF;

	v_fresh := besace_event_ids_keep(p_ids);
	FOREACH v_i IN ARRAY v_fresh LOOP
		v_is_fresh[v_i] := true;
	END LOOP;

	-- The log: every event is a sign of life, also one that was seen before.
	FOR v_i IN 1 .. cardinality(p_ids) LOOP
		IF p_ats[v_i] - v_clock > p_figures[1] THEN
			v_from := v_from || v_clock;
			v_to := v_to || p_ats[v_i];
		END IF;
		v_clock := greatest(v_clock, p_ats[v_i]);
		v_times[v_i] := v_clock;
		-- Only of new ones: what was seen before must not have guilds settled once more.
		IF v_is_fresh[v_i] AND (p_types[v_i] = 'h' OR v_clock - v_beat >= p_figures[3]) THEN
			v_beat := v_clock;
		END IF;
	END LOOP;

	IF jsonb_array_length(p_facts) > 0 THEN
		PERFORM besace_guilds_lock(p_facts);
	END IF;
	FOR v_fact IN SELECT fact FROM jsonb_array_elements(p_facts) AS fact
		WHERE v_is_fresh[(fact ->> 'place')::integer]
	LOOP
		v_voice := v_voice || besace_guild_apply(v_fact, p_source,
			p_ats[(v_fact ->> 'place')::integer]);
	END LOOP;

	IF jsonb_array_length(v_voice) > 0 THEN
		WITH entered AS (
			INSERT INTO besace_voice_guilds AS l
				(source, guild_id, clock_ms, settle_ms, pending, weight)
			SELECT p_source, v.guild, min(v_times[v.place]),
				CASE WHEN bool_or(v.whole) THEN 0 ELSE 1 END,
				count(*), sum(jsonb_array_length(v.states))
			FROM jsonb_to_recordset(v_voice)
				AS v (place INTEGER, guild VARCHAR, whole BOOLEAN, states JSONB)
			WHERE v_is_fresh[v.place] GROUP BY v.guild ORDER BY v.guild
			ON CONFLICT (guild_id, source) DO UPDATE SET
				pending = l.pending + excluded.pending,
				weight = least(l.weight::bigint + excluded.weight, 2147483647),
				settle_ms = CASE WHEN l.unresolved AND excluded.settle_ms = 1
					AND l.pending + excluded.pending < p_figures[2]
					THEN l.settle_ms ELSE 0 END
			RETURNING l.unresolved
		)
		SELECT bool_or(unresolved) INTO v_unresolved FROM entered;
		-- Events of the members concerned may resolve it as well. A statement of its own: only
		-- under the locks of the guilds does it see all of these members.
		IF v_unresolved THEN
			UPDATE besace_voice_guilds l SET settle_ms = 0
			FROM jsonb_to_recordset(v_voice)
				AS v (place INTEGER, guild VARCHAR, states JSONB)
			WHERE l.source = p_source AND l.guild_id = v.guild AND l.unresolved
				AND l.settle_ms <> 0 AND v_is_fresh[v.place] AND EXISTS (
					SELECT FROM jsonb_array_elements(v.states) AS s
					JOIN besace_voice_occupants o ON o.user_id = s ->> 0
						AND o.source = p_source AND o.guild_id = v.guild
						AND o.channel_id IS NOT NULL);
		END IF;
		-- Several guilds may leave with one event: each has its own log.
		INSERT INTO besace_voice_events (source, guild_id, position, at_ms, whole, states)
		SELECT p_source, v.guild, v_position + v.place, v_times[v.place], v.whole, v.states
		FROM jsonb_to_recordset(v_voice)
			AS v (place INTEGER, guild VARCHAR, whole BOOLEAN, states JSONB)
		WHERE v_is_fresh[v.place];
		v_position := v_position + cardinality(p_ids);
	END IF;

	IF cardinality(p_channels) > 0 THEN
		PERFORM besace_channels_keep(p_channel_guilds, p_channels, p_parents, p_categories);
	END IF;
	IF cardinality(v_fresh) > 0 AND cardinality(p_users) > 0 THEN
		v_earned := besace_events_earn(v_fresh, p_types, p_sents, p_values, p_member, p_place,
			p_role_set, p_guilds, p_users, p_names, p_seen, p_posts, p_authors,
			p_channel_guilds, p_channels, p_parents, p_categories, p_role_sets,
			besace_events_changes(v_fresh, p_types, p_member, p_guilds, p_users, p_names,
				p_seen, p_roles, p_joined, p_pending));

		WITH told AS (
			SELECT *, abs(seen) AS named_at,
				string_to_array(role_text, ',')::varchar[] AS roles,
				'epoch'::timestamp + nullif(joined, 0) * interval '1 millisecond'
					AS joined_at
			FROM unnest(p_guilds, p_users, p_names, p_seen, p_roles, p_joined,
				p_pending, v_earned.xp, v_earned.xp_eve, v_earned.days, v_earned.messages,
				v_earned.last_ms, v_earned.message_xp, v_earned.message_why,
				v_earned.levels, v_earned.place_ids) AS t (guild_id, user_id,
				name, seen, role_text, joined, pending, xp, eve, day, messages, last, message_xp, message_why, was,
				place_id)
		), given AS (
			UPDATE users u SET xp = least(u.xp::bigint + e.xp + e.eve, 2147483647),
				xp_today = besace_xp_today(
					u.xp_day, u.xp_today, e.day, e.xp),
				xp_eve = besace_xp_eve(
					u.xp_day, u.xp_today, u.xp_eve, e.day, e.xp, e.eve),
				xp_day = greatest(u.xp_day, e.day),
				message_count = least(u.message_count::bigint + e.messages, 2147483647),
				last_message_xp_time =
					'epoch'::timestamp + e.last * interval '1 millisecond',
				place_id = coalesce(e.place_id, u.place_id),
				message_xp = CASE WHEN e.messages > 0
					THEN e.message_xp ELSE u.message_xp END,
				message_why = CASE WHEN e.messages > 0
					THEN e.message_why ELSE u.message_why END,
				username = CASE WHEN e.named_at >= u.name_seen_ms
					THEN coalesce(e.name, u.username) ELSE u.username END,
				-- Who came back lost their roles when they left.
				roles = CASE WHEN e.named_at >= u.name_seen_ms THEN coalesce(e.roles,
					CASE WHEN e.joined_at > u.joined_at THEN '{}' ELSE u.roles END)
					ELSE u.roles END,
				pending = CASE WHEN e.named_at >= u.name_seen_ms AND e.pending <> 0
					THEN e.pending > 0 ELSE u.pending END,
				name_seen_ms = CASE WHEN e.named_at >= u.name_seen_ms
						AND (e.name <> u.username OR e.roles <> u.roles)
					THEN e.named_at ELSE u.name_seen_ms END,
				joined_at = greatest(u.joined_at, e.joined_at),
				left_at = CASE WHEN e.seen > 0 THEN NULL ELSE u.left_at END,
				updated_at = now() AT TIME ZONE 'utc'
			FROM told e
			WHERE u.guild_id = e.guild_id AND u.user_id = e.user_id AND e.was IS NOT NULL
				AND (e.xp > 0 OR e.eve > 0 OR e.messages > 0
				OR e.named_at >= u.name_seen_ms
					AND (e.name <> u.username OR e.roles <> u.roles)
				OR e.seen > 0 AND u.left_at IS NOT NULL
				OR e.named_at >= u.name_seen_ms AND e.pending <> 0
					AND u.pending <> (e.pending > 0)
				OR e.joined_at > coalesce(u.joined_at, '-infinity'))
			RETURNING u.guild_id, u.user_id, u.level, e.was
		)
		SELECT array_agg(guild_id), array_agg(user_id), array_agg(was)
		INTO v_guilds, v_users, v_was FROM given WHERE level > was;
		IF v_users IS NOT NULL THEN
			PERFORM besace_level_up(v_guilds, v_users, v_was);
		END IF;
	END IF;

	UPDATE besace_sources SET clock_ms = v_clock, beat_ms = v_beat, position = v_position,
		seen_at = now() AT TIME ZONE 'utc' WHERE source = p_source;
	IF cardinality(v_from) > 0 THEN
		INSERT INTO besace_outages (source, from_ms, to_ms)
		SELECT p_source, o.from_ms, o.to_ms FROM unnest(v_from, v_to) AS o (from_ms, to_ms)
		WHERE EXISTS (SELECT FROM besace_voice_guilds l WHERE l.source = p_source);
	END IF;
	RETURN jsonb_build_object('accepted', cardinality(v_fresh), 'due', EXISTS (
		SELECT FROM besace_voice_guilds l WHERE l.source = p_source
			AND (l.settle_ms <= v_clock OR l.beat_ms < v_beat)
			AND besace_voice_is_ready(l.retry_at)), 'refused', '[]'::jsonb);
END
$$;
