/* Questions to Discord's REST API. */
#include "ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "besace/base/memory.h"
#include "besace/base/snowflake.h"
#include "besace/rest/guilds.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/log.h"

/* The REST client keeps to the rate limits and tries again for this long; events wait meanwhile. */
#define WITHIN_MS 5000

/* After Discord did not answer, nothing is asked for this long. */
#define SILENCE_MS 60000

/* Questions of one kind. */
struct topic {
	uint64_t id; /* asked about now; 0: nothing is */
	int64_t silent_until_ms;
};

struct ask {
	struct ask_options options;
	struct topic users, channels;
	uint64_t guild; /* of the channel asked about */
};

struct ask *ask_create(const struct ask_options *options)
{
	struct ask *ask = must(calloc(1, sizeof(*ask)));
	ask->options = *options;
	return ask;
}

void ask_destroy(struct ask **ask)
{
	free(*ask);
	*ask = NULL;
}

/* Discord did not answer, or allows no more for now. */
static void fall_silent(struct topic *topic)
{
	topic->silent_until_ms = clock_mono_ms() + SILENCE_MS;
	log_warn(LOG_TEXT("Discord does not name users and channels that events leave unnamed"),
		LOG_INT("not_asked_for_ms", SILENCE_MS));
}

static bool submit(struct ask *ask, struct topic *topic, struct rest_request *request)
{
	char id[SNOWFLAKE_MAX_DIGITS + 1];
	snprintf(id, sizeof(id), "%" PRIu64, topic->id);
	request->method = "GET";
	request->params[0] = id;
	request->within_ms = WITHIN_MS;
	request->arg = ask;
	if (rest_submit(ask->options.rest, request) == STATUS_OK)
		return true;
	topic->id = 0;
	fall_silent(topic);
	return false;
}

/* ---- Users */

bool ask_may_users(const struct ask *ask)
{
	return clock_mono_ms() >= ask->users.silent_until_ms;
}

/* Whether ANSWER says that there is no such user. Any other 404 says nothing about the user. */
static bool is_nobody(const struct rest_answer *answer)
{
	return answer->status == STATUS_INVALID ||
	       (answer->status == STATUS_NOT_FOUND && answer->code == REST_UNKNOWN_USER);
}

static void on_user(void *arg, const struct rest_answer *answer)
{
	struct ask *ask = arg;
	const char *id, *name;
	int bot = 0, system = 0;
	uint64_t user = ask->users.id;
	ask->users.id = 0;
	if (answer->status == STATUS_OK &&
		json_unpack((json_t *)answer->body, "{s:s, s:s, s?b, s?b}", "id", &id, "username",
			&name, "bot", &bot, "system", &system) == 0 &&
		strtoull(id, NULL, 10) == user && *name)
		user_learn(ask->options.guilds, user, bot || system ? USER_BOT : USER_HUMAN, name);
	else if (is_nobody(answer))
		user_learn(ask->options.guilds, user, USER_NOBODY, NULL);
	else
		fall_silent(&ask->users);
	ask->options.changed(ask->options.arg);
	ask->options.answered(ask->options.arg);
}

bool ask_user(struct ask *ask, uint64_t id)
{
	struct rest_request request = {.route = "/users/{user}", .done = on_user};
	ask->users.id = id;
	return submit(ask, &ask->users, &request);
}

/* ---- Channels */

/* What Discord does not show us is kept as asked for. */
static void on_channel(void *arg, const struct rest_answer *answer)
{
	struct ask *ask = arg;
	const json_t *kind = json_object_get(answer->body, "type");
	const char *parent = json_string_value(json_object_get(answer->body, "parent_id"));
	struct channel channel = {.kind = CHANNEL_ASKED};
	struct snowflake id;
	uint64_t asked = ask->channels.id;
	ask->channels.id = 0;
	if (answer->status == STATUS_OK && json_is_integer(kind)) {
		channel.kind = (int)json_integer_value(kind);
		channel.parent = snowflake_parse(parent, &id) ? strtoull(id.text, NULL, 10) : 0;
	} else if (answer->status != STATUS_NOT_FOUND && answer->status != STATUS_DENIED) {
		fall_silent(&ask->channels);
		return;
	}
	channel_set(ask->options.guilds, ask->guild, asked, channel);
	ask->options.changed(ask->options.arg);
}

void ask_channel(struct ask *ask, uint64_t guild, uint64_t channel)
{
	struct rest_request request = {.route = "/channels/{channel}", .done = on_channel};
	if (ask->channels.id || clock_mono_ms() < ask->channels.silent_until_ms)
		return;
	ask->guild = guild;
	ask->channels.id = channel;
	(void)submit(ask, &ask->channels, &request); /* a later event asks again */
}
