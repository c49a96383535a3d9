-- Events from the shims.

-- name: events_apply
SELECT besace_events_apply($source::varchar, $ids::varchar[], $types::varchar[], $ats::bigint[],
	$sents::bigint[], $values::integer[], $members::integer[], $event_guilds::varchar[],
	$places::integer[], $role_set::integer[], $guilds::varchar[], $users::varchar[],
	$names::varchar[], $seen::bigint[], $roles::text[], $joined::bigint[],
	$pending::integer[], $posts::varchar[], $authors::integer[], $channel_guilds::varchar[],
	$channels::varchar[], $parents::varchar[], $categories::varchar[], $role_sets::text[],
	$voice::jsonb, $facts::jsonb, $figures::integer[]) AS outcome;

-- Empties what was remembered more than seven days ago. Returns whether there was something to do.
-- name: events_sweep
SELECT besace_event_slots_sweep() AS swept;
