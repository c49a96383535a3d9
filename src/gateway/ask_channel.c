/* Asking Discord where a channel belongs. */
#include "ask_channel.h"

#include <inttypes.h>
#include <stdio.h>

#include "besace/base/snowflake.h"
#include "besace/discord/frame.h"
#include "besace/runtime/clock.h"

#define WITHIN_MS 5000

/* Discord did not answer, or allows no more for now. */
#define SILENCE_MS 60000

static void on_answer(void *arg, const struct rest_answer *answer)
{
	struct ask_channel *ask = arg;
	const json_t *kind = json_object_get(answer->body, "type");
	struct channel channel = {.kind = CHANNEL_ASKED};
	uint64_t id = ask->channel;
	ask->channel = 0;
	if (answer->status == STATUS_OK && json_is_integer(kind)) {
		const char *parent = frame_id(answer->body, "parent_id");
		channel.kind = (int)json_integer_value(kind);
		channel.parent = parent ? frame_number(parent) : 0;
	} else if (answer->status != STATUS_NOT_FOUND && answer->status != STATUS_DENIED) {
		ask->silent_until_ms = clock_mono_ms() + SILENCE_MS;
		return;
	}
	/* What Discord does not show us is not asked for again. */
	channel_set(ask->guilds, ask->guild, id, &channel);
	ask->changed(ask->arg);
}

void ask_channel(struct ask_channel *ask, uint64_t guild, uint64_t channel)
{
	char id[SNOWFLAKE_MAX_DIGITS + 1];
	if (ask->channel || clock_mono_ms() < ask->silent_until_ms)
		return;
	snprintf(id, sizeof(id), "%" PRIu64, channel);
	struct rest_request request = {
		.method = "GET",
		.route = "/channels/{channel}",
		.params = {id},
		.within_ms = WITHIN_MS,
		.done = on_answer,
		.arg = ask,
	};
	if (rest_submit(ask->rest, &request) != STATUS_OK) {
		ask->silent_until_ms = clock_mono_ms() + SILENCE_MS;
		return;
	}
	ask->guild = guild;
	ask->channel = channel;
}
