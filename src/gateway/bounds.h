/* Every named maximum of the shim that several files share, with its reason. */
#pragma once

/* One frame of the Gateway, inflated. GUILD_CREATE of the largest servers takes a few MiB. */
#define LIMIT_FRAME_BYTES (16u * 1024u * 1024u)

/* What the JSON of a frame may cost in memory, about: five times the largest GUILD_CREATE. Sixteen
 * MiB of nothing but brackets would take more than a GiB. */
#define LIMIT_FRAME_COST (128u * 1024u * 1024u)

/* One payload that we send: Discord closes with 4002 above it. */
#define LIMIT_PAYLOAD_BYTES 4096

/* Heartbeats asked for by op 1 that are answered in a minute. Discord cuts off at 120 payloads in
 * any minute, which may have twice these; our own heartbeats are never left out. */
#define LIMIT_ASKED_BEATS 50

/* One event as JSON. A snapshot is the only one that grows; with its batch around it, it must
 * stay under the 4 MiB that the service takes. */
#define LIMIT_EVENT_BYTES (3u * 1024u * 1024u)

/* One batch: the contract allows 1,000 events and 4 MiB. Half the events keep the service's
 * transactions short. */
#define LIMIT_BATCH_EVENTS 500
#define LIMIT_BATCH_BYTES (3584u * 1024u)

/* The spool on disk: half a day of a busy Discord (ten million events a day, about 200 bytes
 * each), and what is known of guilds. */
#define LIMIT_SPOOL_BYTES (1024ull * 1024ull * 1024ull)

/* Users whose names are known: 16,384 sets of four, about 4 MiB with names. */
#define LIMIT_PEOPLE_SETS 16384u
#define LIMIT_PEOPLE_WAYS 4u

/* Identifies counted on disk: those of a day must fit (see gateway/identify.h). */
#define LIMIT_IDENTIFIES 256

/* Attempts to resume that Discord answered, but not with RESUMED, before a new session is opened.
 */
#define LIMIT_RESUMES 6
