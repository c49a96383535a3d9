-- Remembers P_IDS and returns the places (from 1, rising) of those that were not known: an id that
-- stands twice is new once, and of two transactions that bring the same id one waits for the other.
--
-- Whether an id is in the current slot is found out by inserting it. In the other slots it is
-- looked for only when it must be: the ids of a kind (what stands before the first colon) that come
-- together lie together, as Discord counts its messages upwards. When a slot holds no id between
-- the least and the greatest of them, it holds none of them, and one look says so, however much is
-- remembered.
--
-- An id that comes within a minute of a change of slots is written to both, so that transactions on
-- both sides meet; it is new when it was to both.
--
-- The plan is made without knowing how long P_IDS is: where it joins it must do so by hashing.
CREATE OR REPLACE FUNCTION besace_event_ids_keep(p_ids VARCHAR[]) RETURNS INTEGER[]
LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off SET enable_seqscan = off AS $$
DECLARE
	v_slot SMALLINT := besace_half_week(now() - interval '1 minute') % 4;
	v_next SMALLINT := besace_half_week(now() + interval '1 minute') % 4;
	v_others SMALLINT[] := array_remove('{0,1,2,3}', v_slot);
	v_places INTEGER[];
BEGIN
	WITH batch AS MATERIALIZED (
		SELECT DISTINCT ON (b.id COLLATE "C") b.id COLLATE "C" AS id, b.place,
			split_part(b.id, ':', 1) AS kind
		FROM unnest(p_ids) WITH ORDINALITY AS b (id, place)
		ORDER BY b.id COLLATE "C", b.place
	), near AS MATERIALIZED (
		SELECT r.kind FROM (
			SELECT kind, min(id) AS least, max(id) AS greatest FROM batch GROUP BY kind) r
		WHERE EXISTS (SELECT FROM besace_event_ids k WHERE k.slot = ANY (v_others)
			AND k.id BETWEEN r.least AND r.greatest OFFSET 0)
	), fresh AS MATERIALIZED (
		SELECT id FROM batch b WHERE CASE WHEN b.kind IN (SELECT kind FROM near)
			THEN NOT EXISTS (SELECT FROM besace_event_ids k
				WHERE k.slot = ANY (v_others) AND k.id = b.id OFFSET 0)
			ELSE true END
	), kept AS (
		INSERT INTO besace_event_ids (id, slot) SELECT id, v_slot FROM fresh ORDER BY id
		ON CONFLICT DO NOTHING RETURNING id
	), kept_next AS (
		INSERT INTO besace_event_ids (id, slot)
		SELECT id, v_next FROM kept WHERE v_next <> v_slot ORDER BY id
		ON CONFLICT DO NOTHING RETURNING id
	)
	SELECT array_agg(b.place ORDER BY b.place) INTO v_places
	FROM batch b JOIN kept k ON k.id = b.id
	WHERE v_next = v_slot OR b.id IN (SELECT id FROM kept_next);
	RETURN coalesce(v_places, '{}');
END
$$;
