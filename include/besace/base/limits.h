/* Every named maximum of the project, with its reason. */
#pragma once

/* HTTP: the public contract. Discord's interactions are a few kB; 256 KiB leaves room for the
 * largest message a component can carry back. */
#define LIMIT_INTERACTION_BODY (256u * 1024u)

/* Nesting of a signed JSON body. Discord's deepest real payload (a modal inside a message with
 * nested components) stays under 16. */
#define LIMIT_JSON_DEPTH 32

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

/* Ed25519 public keys accepted at once: a rotation needs two. */
#define LIMIT_PUBLIC_KEYS 8

/* Interactions that wait in one loop for a database connection. At 10,000/s a full queue is a
 * tenth of a second; beyond it a polite refusal is the better answer. */
#define LIMIT_DB_QUEUE 1024

/* Reads that share one round trip (and one implicit transaction) on a connection. */
#define LIMIT_DB_BATCH 16

/* HTTP loops: one a core, but no host gains from more than this. */
#define LIMIT_LOOPS 16

/* Open HTTP connections of one loop. nginx keeps 64 to each upstream; the rest is burst. */
#define LIMIT_HTTP_CONNECTIONS 1024

/* Times, in milliseconds. Discord invalidates the token 3 s after it sent the interaction;
 * answering "deferred" at 2 s leaves a second for the network. */
#define TIME_DEFER_MS 2000

/* A deferred interaction whose result is not known after this long gets a polite sentence. Well
 * under the 15 min life of the token. */
#define TIME_GIVE_UP_MS 30000

/* What is in flight when SIGTERM comes has this long to finish: the public contract. */
#define TIME_DRAIN_MS 10000
