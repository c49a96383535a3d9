/* Every named maximum of the shim, with its reason. */
#pragma once

/* One frame of the Gateway, inflated. GUILD_CREATE of the largest servers takes a few MiB. */
#define LIMIT_FRAME_BYTES (16u * 1024u * 1024u)

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
 * each), in segments that are removed as a whole. */
#define LIMIT_SPOOL_BYTES (1024ull * 1024ull * 1024ull)
#define LIMIT_SEGMENT_BYTES (4u * 1024u * 1024u)

/* Events in memory that the disk does not take. Above it the connection is closed until the disk
 * is back: Discord then repeats what we did not write. */
#define LIMIT_SPOOL_MEMORY (8u * 1024u * 1024u)

/* What is known of whom, for reactions: four ways of 16,384 places, about 4 MiB with names. */
#define LIMIT_PEOPLE_SETS 16384u
#define LIMIT_PEOPLE_WAYS 4u

/* Guilds of one shard: Discord asks for another shard above 2,500. */
#define LIMIT_GUILDS 4096

/* Members in voice over all guilds: about 40 bytes each, so 40 MiB. */
#define LIMIT_VOICE_STATES (1u << 20)

/* Identifies counted on disk: those of a day must fit (see gateway/identify.h). */
#define LIMIT_IDENTIFIES 256

/* Attempts to resume before a new session is opened. With the delays between them they last about
 * as long as Discord keeps a session. */
#define LIMIT_RESUMES 6
