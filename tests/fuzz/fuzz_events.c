/* Fuzzes the reading of batches of events: no bytes may crash it, and what it accepts must hold. */
#include <jansson.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "besace/domain/earning.h"
#include "besace/store/members.h"
#include "jobs/batch.h"
#include "jobs/intake.h"

#define NOW_MS INT64_C(1795362371123)

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t draw_zero(uint32_t bound)
{
	(void)bound;
	return 0;
}

static void check_states(const struct event *event)
{
	for (size_t i = 0; i < event->state_count; i++) {
		const struct voice_state *state = &event->states[i];
		expect(state->user.text[0] != '\0');
		expect(state->channel.text[0] != '\0' || (!event->whole && !state->counts));
		expect(i == 0 || strcmp(event->states[i - 1].user.text, state->user.text) < 0);
	}
}

static void check_event(const struct event *event)
{
	size_t length = strlen(event->id);
	expect(length > 0 && length <= BATCH_MAX_ID);
	expect(event->at_ms > 0 && event->at_ms <= NOW_MS);
	expect((event->user.text[0] != '\0') ==
		(event->type == EVENT_MESSAGE || event->type == EVENT_REACTION ||
			event->type == EVENT_JOIN));
	expect(event->guild.text[0] != '\0' || event->type == EVENT_HEARTBEAT ||
		event->type == EVENT_GUILD);
	expect((event->type == EVENT_GUILD) == (event->fact != NULL));
	expect(!event->facts.name || utf8_length(event->facts.name) <= MEMBER_MAX_NAME);
	expect(event->type != EVENT_MESSAGE || (event->facts.name && event->draw < XP_DRAWS));
	check_states(event);
}

/* Whatever was accepted makes a call, and an answer that is JSON. */
static void take(void *ctx, struct batch *batch)
{
	struct intake intake;
	struct db_call call;
	if (intake_start(&intake, ctx, batch, &call) == INTAKE_CALL)
		expect(call.fault == NULL);
	json_t *answer = json_loads(intake_answer(&intake, ctx), 0, NULL);
	expect(json_is_object(answer));
	json_decref(answer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	struct batch batch;
	char *why = NULL;
	const struct batch_terms terms = {.now_ms = NOW_MS, .signed_ms = NOW_MS, .draw = draw_zero};
	if (batch_parse(ctx, (const char *)data, size, &terms, &batch, &why)) {
		expect(why && *why);
	} else {
		expect(batch.count + batch.refusal_count <= BATCH_MAX_EVENTS);
		for (size_t i = 0; i < batch.count; i++)
			check_event(&batch.events[i]);
		take(ctx, &batch);
	}
	talloc_free(ctx);
	return 0;
}
