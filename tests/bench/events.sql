-- Prepares :batches batches of 500 message events for events.pgbench: what besace hands to
-- besace_events_apply for the batches of post_events.c.
DROP TABLE IF EXISTS bench_batches;
DROP SEQUENCE IF EXISTS bench_batch;
CREATE SEQUENCE bench_batch CACHE 1;
CREATE TABLE bench_batches (n INTEGER, ids VARCHAR[], types VARCHAR[], ats BIGINT[], draws INTEGER[],
	places INTEGER[], channel INTEGER[], no_roles INTEGER[], guilds VARCHAR[], users VARCHAR[],
	seen BIGINT[], roles TEXT[], joined BIGINT[], pending INTEGER[]);
INSERT INTO bench_batches
SELECT n, array_agg(id ORDER BY i), array_agg('m'::text ORDER BY i), array_agg(at ORDER BY i),
	array_agg(draw ORDER BY i), array_agg(place ORDER BY i), array_agg(1), array_agg(0),
	array_agg('1151965647289979180'::text ORDER BY i), array_agg(member ORDER BY member),
	array_agg(at ORDER BY member), array_agg(NULL::text), array_agg(0), array_agg(0)
FROM (SELECT n, i, 'm:' || (1500000000000000000 + i)::text AS id, member,
		(extract(epoch FROM now()) * 1000)::bigint + n AS at,
		(i * 357913941 % 1073741824)::integer AS draw,
		(row_number() OVER (PARTITION BY n ORDER BY member))::integer AS place
	FROM (SELECT i, (i / 500)::integer + 1 AS n,
			(300000000000000000 + i % :members * 7919 % :members)::text COLLATE "C" AS member
		FROM generate_series(0::bigint, :batches * 500 - 1) AS i) AS numbered) AS events
GROUP BY n;
CREATE UNIQUE INDEX ON bench_batches (n);
VACUUM ANALYZE bench_batches;
