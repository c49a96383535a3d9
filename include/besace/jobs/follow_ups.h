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

/* How a result takes the place of its deferral. */
enum follow_up_way {
	FOLLOW_UP_FULFIL, /* it becomes the deferred message */
	FOLLOW_UP_NEW, /* it is a message of its own, and the deferral stays as it is */
	FOLLOW_UP_REPLACE, /* the deferred message is removed, then as above */
};

/* A result, rendered for its way. */
struct follow_up_message {
	enum follow_up_way way;
	struct content content;
	struct attachment file; /* goes along with CONTENT */
	struct content notification; /* sent once the message is there; without bytes: none */
};

/*
 * Renders REPLY, the result of what was deferred by DEFERRAL, on CTX. It takes the place of the
 * deferral, with two exceptions. A message does not replace the one that was pressed: it is a new
 * one. An ephemeral one does not replace a public deferral, which makes public whatever fulfils it:
 * that one is removed first. Notes a defect as reply_message does.
 */
void follow_up_render(void *ctx, const struct reply *deferral, const struct reply *reply,
	struct follow_up_message *out);

/*
 * From any thread: sends MESSAGE, the result of IN, whose deferral left at LEFT_MS. The message is
 * copied. APPLICATION_ID is used when IN names none. A token that Discord does not know is asked
 * for again only while the deferral has just left: later it is dead.
 */
void follow_ups_send(struct follow_ups *follow_ups, const struct interaction *in,
	const char *application_id, int64_t left_ms, const struct follow_up_message *message);

/* Bytes of all files that wait here. A member's may have 8 MiB, and each stands in memory twice
 * until Discord has it. */
#define FOLLOW_UPS_MAX_FILE_BYTES (32ul * 1024ul * 1024ul)

/* From any thread: whether a file of LENGTH bytes may be sent now. Others may come in between, one
 * a loop. */
bool follow_ups_have_room(const struct follow_ups *follow_ups, size_t length);

/* Follow-ups not answered by Discord yet. Main loop only. */
unsigned follow_ups_pending(const struct follow_ups *follow_ups);
