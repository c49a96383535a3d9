/* The Gateway's own language: opcodes, close codes, and the payloads that a client sends. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What stands behind the address of a connection: version, encoding, one zlib stream. */
#define GATEWAY_QUERY "/?v=10&encoding=json&compress=zlib-stream"

/* GUILDS, GUILD_VOICE_STATES, GUILD_MESSAGES, GUILD_MESSAGE_REACTIONS: none is privileged. */
#define GATEWAY_INTENTS (1 | 128 | 512 | 1024)

/* Bytes of one payload that we send: Discord closes with 4002 above it. */
#define GATEWAY_MAX_PAYLOAD 4096

/* Bytes of a bot's token: every other field of an IDENTIFY takes about 150. */
#define GATEWAY_MAX_TOKEN (GATEWAY_MAX_PAYLOAD - 512)

enum gateway_op {
	GATEWAY_DISPATCH = 0,
	GATEWAY_HEARTBEAT = 1,
	GATEWAY_IDENTIFY = 2,
	GATEWAY_RESUME = 6,
	GATEWAY_RECONNECT = 7,
	GATEWAY_INVALID_SESSION = 9,
	GATEWAY_HELLO = 10,
	GATEWAY_ACK = 11,
};

/* How to come back after a connection. */
enum gateway_course {
	GATEWAY_COURSE_RESUME,
	GATEWAY_COURSE_SLOW_RESUME, /* after a pause */
	GATEWAY_COURSE_IDENTIFY, /* the session is gone */
	GATEWAY_COURSE_FATAL, /* not at all: the next attempt would end the same way */
};

struct gateway_close {
	int code;
	enum gateway_course course;
	const char *sentence; /* of fatal ones, for operators */
	const char *note; /* of those that are a defect of ours, for the log */
};

/* What CODE means, 0 for a connection that was cut included. Of codes that Discord does not list,
 * its own range (4000 and above) means that it lost us, any other the network. */
struct gateway_close gateway_close(int code);

/* Our payloads, on CTX. SEQ is -1 before the first dispatch. */
const char *gateway_heartbeat(void *ctx, int64_t seq);
const char *gateway_resume(void *ctx, const char *token, const char *session_id, int64_t seq);
const char *gateway_identify(void *ctx, const char *token, int shard_id, int shard_count);

/*
 * Whether URL, which READY named, may be used by a session that was opened at OPENED (NULL: not
 * known): the bot's token goes there. It is Discord's, or on the host of OPENED, and never ws://
 * when that was wss://. False for NULL and for what is no plain ws:// or wss:// address.
 */
bool gateway_url_is_usable(const char *url, const char *opened);

/* Whether URL sends the bot's token over a network in clear. */
bool gateway_url_is_in_clear(const char *url);
