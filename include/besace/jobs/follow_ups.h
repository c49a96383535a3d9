/*
 * Follow-ups: results of deferred interactions on their way to Discord's REST API.
 *
 * Workers hand them over from their own threads; the main loop sends them.
 */
#pragma once

#include <stdbool.h>

#include "besace/discord/interaction.h"
#include "besace/discord/reply.h"
#include "besace/rest/client.h"
#include "besace/runtime/loop.h"

struct follow_ups;

/* Sends through REST, which like LOOP is the main loop's and must outlive this. */
struct follow_ups *follow_ups_create(struct loop *loop, struct rest *rest);
void follow_ups_destroy(struct follow_ups **follow_ups);

/* How an interaction was deferred. */
struct deferral {
	struct reply reply;
	int64_t left_ms; /* on clock_mono_ms, when it left; 0: not yet */
};

/*
 * From any thread: sends REPLY, the result of IN, after DEFERRAL has left. It takes the place of
 * the deferral, but for two cases. A message does not replace the one that was pressed: it goes
 * beside it. A private one does not replace a public deferral, which makes public whatever fulfils
 * it: that one is removed first. APPLICATION_ID is used when IN names none. A token that Discord
 * does not know is asked for again only while the deferral has just left: later it is dead.
 */
void follow_ups_send(struct follow_ups *follow_ups, const struct interaction *in,
	const char *application_id, const struct deferral *deferral, const struct reply *reply);

/* Follow-ups not answered by Discord yet. Main loop only. */
unsigned follow_ups_pending(const struct follow_ups *follow_ups);
