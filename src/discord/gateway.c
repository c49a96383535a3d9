/* What the Gateway's codes mean, what is sent to it, and where. */
#include "besace/discord/gateway.h"

#include <jansson.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <talloc.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"

/* ---- Close codes */

static const struct gateway_close close_codes[] = {
	{4000, GATEWAY_COURSE_RESUME, NULL, NULL},
	{4001, GATEWAY_COURSE_RESUME, NULL, "Discord did not understand an opcode of ours (4001)"},
	{4002, GATEWAY_COURSE_RESUME, NULL, "Discord could not decode a payload of ours (4002)"},
	{4003, GATEWAY_COURSE_IDENTIFY, NULL, NULL},
	{4004, GATEWAY_COURSE_FATAL, "Discord refuses DISCORD_BOT_TOKEN (close code 4004)", NULL},
	{4005, GATEWAY_COURSE_RESUME, NULL, "Discord says that we identified twice (4005)"},
	{4007, GATEWAY_COURSE_IDENTIFY, NULL, NULL},
	{4008, GATEWAY_COURSE_SLOW_RESUME, NULL, "Discord says that we send too much (4008)"},
	{4009, GATEWAY_COURSE_IDENTIFY, NULL, NULL},
	{4010, GATEWAY_COURSE_FATAL,
		"Discord does not know the shard of BESACE_SHARD (close code 4010)", NULL},
	{4011, GATEWAY_COURSE_FATAL,
		"the bot is in too many servers for one connection: run more shards, see "
		"BESACE_SHARD (close code 4011)",
		NULL},
	{4012, GATEWAY_COURSE_FATAL,
		"Discord no longer speaks version 10 of the Gateway (close code 4012)", NULL},
	{4013, GATEWAY_COURSE_FATAL,
		"Discord does not know the intents asked for (close code 4013)", NULL},
	{4014, GATEWAY_COURSE_FATAL,
		"Discord does not allow the intents asked for (close code 4014)", NULL},
};

struct gateway_close gateway_close(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(close_codes); i++)
		if (close_codes[i].code == code)
			return close_codes[i];
	bool lost = code >= 4000 && code < 5000;
	return (struct gateway_close){
		.code = code, .course = lost ? GATEWAY_COURSE_IDENTIFY : GATEWAY_COURSE_RESUME};
}

/* ---- Payloads of ours */

static const char *dump(void *ctx, json_t *payload)
{
	char *text = must(json_dumps(must(payload), JSON_COMPACT));
	char *copy = must(talloc_strdup(ctx, text));
	free(text);
	json_decref(payload);
	return copy;
}

const char *gateway_heartbeat(void *ctx, int64_t seq)
{
	json_t *last = seq >= 0 ? json_integer(seq) : json_null();
	return dump(ctx, json_pack("{s:i, s:o}", "op", GATEWAY_HEARTBEAT, "d", last));
}

const char *gateway_resume(void *ctx, const char *token, const char *session_id, int64_t seq)
{
	return dump(ctx, json_pack("{s:i, s:{s:s, s:s, s:I}}", "op", GATEWAY_RESUME, "d", "token",
				 token, "session_id", session_id, "seq", (json_int_t)seq));
}

const char *gateway_identify(void *ctx, const char *token, int shard_id, int shard_count)
{
	return dump(ctx, json_pack("{s:i, s:{s:s, s:i, s:{s:s, s:s, s:s}, s:[i, i]}}", "op",
				 GATEWAY_IDENTIFY, "d", "token", token, "intents", GATEWAY_INTENTS,
				 "properties", "os", "linux", "browser", "besace", "device",
				 "besace", "shard", shard_id, shard_count));
}

/* ---- Addresses */

#define MAX_URL_BYTES 1024

/* The host of a ws:// or wss:// URL without user, query or spaces; NULL for any other. */
static const char *host_of(const char *url, size_t *out_length)
{
	const char *host = strncmp(url, "wss://", 6) == 0  ? url + 6
			   : strncmp(url, "ws://", 5) == 0 ? url + 5
							   : NULL;
	if (!host || strlen(url) > MAX_URL_BYTES || strpbrk(url, " @?#\\"))
		return NULL;
	*out_length = *host == '[' ? strcspn(host, "]") : strcspn(host, ":/");
	return host;
}

static bool is_host(const char *host, size_t length, const char *name)
{
	return length == strlen(name) && strncasecmp(host, name, length) == 0;
}

static bool is_discords(const char *host, size_t length)
{
	static const char end[] = ".discord.gg";
	size_t skip = length >= sizeof(end) - 1 ? length - (sizeof(end) - 1) : 0;
	return is_host(host, length, end + 1) || is_host(host + skip, length - skip, end);
}

static bool is_loopback(const char *host, size_t length)
{
	return is_host(host, length, "localhost") || is_host(host, length, "[::1") ||
	       (length > 4 && strncmp(host, "127.", 4) == 0);
}

bool gateway_url_is_usable(const char *url, const char *opened)
{
	size_t length, known_length;
	const char *host = url ? host_of(url, &length) : NULL;
	const char *known = opened ? host_of(opened, &known_length) : NULL;
	if (!host)
		return false;
	if (strncmp(url, "ws:", 3) == 0 && (!known || strncmp(opened, "ws:", 3) != 0))
		return false;
	return is_discords(host, length) ||
	       (known && length == known_length && strncasecmp(host, known, length) == 0) ||
	       (known && is_loopback(host, length) && is_loopback(known, known_length));
}

bool gateway_url_is_in_clear(const char *url)
{
	size_t length;
	const char *host = host_of(url, &length);
	return strncmp(url, "ws://", 5) == 0 && !(host && is_loopback(host, length));
}
