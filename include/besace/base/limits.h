/* Every named maximum of the project, with its reason. */
#pragma once

/* Nesting of an interaction's JSON. Discord's deepest real payload (a modal inside a message with
 * nested components) stays under 16. */
#define LIMIT_JSON_DEPTH 32

/* Keys of one object of an interaction: Discord's largest have some thirty. Each is compared
 * with those before it. */
#define LIMIT_JSON_KEYS 256

/* Snowflakes are unsigned 64-bit decimals: 20 digits, the width of the user_id columns. */
#define LIMIT_SNOWFLAKE_DIGITS 20

/* users.username is VARCHAR(255), counted in characters by PostgreSQL. */
#define LIMIT_USERNAME_CHARS 255

/* An interaction token is a path segment of our own REST calls; real ones have about 220 bytes. */
#define LIMIT_TOKEN_BYTES 1024

/* A component's custom_id: Discord's limit, in characters. */
#define LIMIT_CUSTOM_ID 100

/* Options of one command level: Discord's limit. */
#define LIMIT_OPTIONS 25

/* Text inputs of one modal: Discord's limit. */
#define LIMIT_INPUTS 5

/* Ed25519 public keys accepted at once: a rotation needs two. */
#define LIMIT_PUBLIC_KEYS 8

/* Keys of shims: one each, and one more for each that is being replaced. */
#define LIMIT_EVENT_KEYS 256

/* Interactions that wait in one loop for a database connection. At 10,000/s a full queue is a
 * tenth of a second; beyond it a polite refusal is the better answer. */
#define LIMIT_DB_QUEUE 1024

/* Reads that share one round trip (and one implicit transaction) on a connection. */
#define LIMIT_DB_BATCH 16

/* A batch of events: the public contract. */
#define LIMIT_EVENTS 1000

/* The id of an event: besace_event_ids.id. The longest of the shim's, a reaction with a composed
 * emoji, has 190 bytes. */
#define LIMIT_EVENT_ID 200

/* A shim's name, in characters: the public contract. */
#define LIMIT_SOURCE_CHARS 64

/* Members in voice who are settled together: some 50 ms of work for PostgreSQL. One guild may have
 * more. */
#define LIMIT_SETTLE_MEMBERS 2000

/* Passes of settling that the answer to a batch waits for; the rest is done in the background. */
#define LIMIT_SETTLE_PASSES 8

/* What is out of date is swept this often, and again at once while there is more. */
#define TIME_SWEEP_MS 60000

/* Changes are folded into the standings this often: whoever reads a place reads what is not folded
 * yet, some thousands in a second at most. */
#define TIME_FOLD_MS 1000

/* What is in flight when SIGTERM comes has this long to finish: the public contract. */
#define TIME_DRAIN_MS 10000

/* An event may be so far ahead of our clock; one that is further comes from a clock that is wrong,
 * and would keep its member from earning until then. */
#define TIME_EVENT_AHEAD_MS (24 * 3600 * 1000)

/* Poll interval for voice that no batch has settled. */
#define TIME_SETTLE_MS 5000
