/* Reading payloads of the Gateway. */
#include "besace/discord/frame.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>
#include <time.h>

#include "besace/base/compiler.h"
#include "besace/base/memory.h"
#include "besace/base/snowflake.h"

/* What is read of payloads, in the order of strcmp. A handler that needs more adds it here. */
static const char *const names[] = {"afk_channel_id", "author", "bot", "channel_id", "channels",
	"d", "deaf", "emoji", "features", "flags", "guild_id", "guilds", "heartbeat_interval", "id",
	"joined_at", "managed", "member", "members", "mentions", "message_author_id", "message_id",
	"mute", "name", "op", "owner_id", "parent_id", "pending", "permissions", "position",
	"preferred_locale", "referenced_message", "resume_gateway_url", "role", "role_id", "roles",
	"s", "self_deaf", "self_mute", "session_id", "suppress", "system", "t", "threads", "type",
	"unavailable", "user", "user_id", "username", "voice_states", "webhook_id"};

/* Message types that members write: DEFAULT and REPLY; and USER_JOIN. All others are Discord's or
 * an app's. */
#define MESSAGE_DEFAULT 0
#define MESSAGE_JOIN 7
#define MESSAGE_REPLY 19
#define FLAG_EPHEMERAL 64

enum status frame_parse(const char *text, size_t length, struct frame *out)
{
	static const struct document_keys keys = {names, ARRAY_LEN(names), FRAME_MAX_VALUES};
	void *tree = must(talloc_new(NULL));
	const struct node *root = NULL;
	enum status status = document_read_keys(tree, text, length, &keys, &root);
	const struct node *op = node_get(root, "op"), *seq = node_get(root, "s");
	if (status == STATUS_OK &&
		(!node_is(op, NODE_INTEGER) || op->integer < 0 || op->integer > 255))
		status = STATUS_INVALID;
	if (status != STATUS_OK) {
		talloc_free(tree);
		return status;
	}
	*out = (struct frame){
		.op = (int)op->integer,
		.seq = node_is(seq, NODE_INTEGER) ? seq->integer : -1,
		.type = node_text(node_get(root, "t")),
		.data = node_get(root, "d"),
		.tree = tree,
	};
	return STATUS_OK;
}

void frame_release(struct frame *frame)
{
	talloc_free(frame->tree);
	*frame = (struct frame){.seq = -1};
}

uint64_t frame_id_of(const struct node *text)
{
	struct snowflake id;
	return snowflake_parse(node_text(text), &id) ? strtoull(id.text, NULL, 10) : 0;
}

uint64_t frame_id(const struct node *object, const char *key)
{
	return frame_id_of(node_get(object, key));
}

bool frame_true(const struct node *object, const char *key)
{
	return node_is_true(node_get(object, key));
}

int64_t frame_time_ms(const struct node *object, const char *key)
{
	struct tm tm = {0};
	const char *text = node_text(node_get(object, key));
	const char *rest = text ? strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) : NULL;
	int64_t ms = 0, unit = 100;
	if (!rest)
		return -1;
	for (rest += *rest == '.'; *rest >= '0' && *rest <= '9'; rest++, unit /= 10)
		ms += unit * (*rest - '0');
	if (strcmp(rest, "+00:00") != 0 && strcmp(rest, "Z") != 0)
		return -1;
	return (int64_t)timegm(&tm) * 1000 + ms;
}

bool frame_user(const struct node *user, struct frame_user *out)
{
	uint64_t id = frame_id(user, "id");
	const char *name = node_text(node_get(user, "username"));
	if (!id || !name || *name == '\0')
		return false;
	*out = (struct frame_user){.id = id,
		.name = name,
		.bot = frame_true(user, "bot") || frame_true(user, "system")};
	return true;
}

struct frame_voice frame_voice(const struct node *state)
{
	return (struct frame_voice){
		.user = frame_id(state, "user_id"),
		.channel = frame_id(state, "channel_id"),
		.deaf = frame_true(state, "deaf") || frame_true(state, "self_deaf"),
		.mute = frame_true(state, "mute") || frame_true(state, "self_mute"),
		.suppress = frame_true(state, "suppress"),
	};
}

bool frame_is_webhooks(const struct node *message)
{
	return node_is_there(node_get(message, "webhook_id"));
}

enum frame_message_kind frame_message(const struct node *message, struct frame_message *out)
{
	int64_t type = node_integer(node_get(message, "type"));
	bool is_ephemeral = node_integer(node_get(message, "flags")) & FLAG_EPHEMERAL;
	struct snowflake id;
	*out = (struct frame_message){.id = frame_id(message, "id"),
		.channel = frame_id(message, "channel_id"),
		.member = node_get(message, "member")};
	if (!out->channel || !snowflake_parse(node_text(node_get(message, "id")), &id) ||
		frame_is_webhooks(message) ||
		!frame_user(node_get(message, "author"), &out->author) || out->author.bot)
		return FRAME_OTHER;
	out->sent_ms = snowflake_time_ms(&id);
	if (type == MESSAGE_JOIN)
		return FRAME_JOIN;
	bool is_written = type == MESSAGE_DEFAULT || type == MESSAGE_REPLY;
	return is_written && !is_ephemeral && node_is_there(out->member) ? FRAME_WRITTEN
									 : FRAME_OTHER;
}

/* Writes what tells EMOJI from others; false when it has neither id nor name. */
static bool read_emoji(const struct node *emoji, char *out)
{
	uint64_t id = frame_id(emoji, "id");
	const char *name = node_text(node_get(emoji, "name"));
	if (id)
		return snprintf(out, SNOWFLAKE_MAX_DIGITS + 1, "%" PRIu64, id) > 0;
	if (!name || *name == '\0' || strlen(name) > FRAME_MAX_EMOJI)
		return false;
	for (; *name; name++) {
		unsigned char c = (unsigned char)*name;
		bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			     (c >= '0' && c <= '9') || strchr("-._~", c);
		out += plain ? snprintf(out, 2, "%c", c) : snprintf(out, 4, "%%%02X", c);
	}
	return true;
}

bool frame_reaction(const struct node *data, struct frame_reaction *out)
{
	*out = (struct frame_reaction){.channel = frame_id(data, "channel_id"),
		.message = frame_id(data, "message_id"),
		.reactor = frame_id(data, "user_id"),
		.author = frame_id(data, "message_author_id")};
	return out->channel && out->message && out->reactor &&
	       read_emoji(node_get(data, "emoji"), out->emoji);
}
