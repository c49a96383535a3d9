/* The repository of announcements: the queue of messages to channels, and members' wishes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/bag.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* An announcement of a level-up, ready to be sent. Texts belong to the context it was read on. */
struct announcement {
	int64_t id;
	char *guild_id;
	char *channel_id;
	char *nonce;
	char *locale; /* of the server, "" when it is not known */
	struct snowflake member;
	bool ping;
	int32_t level; /* that was reached */
	int64_t lc;
	int32_t items[ITEM_COUNT];
	unsigned failures; /* attempts at this channel since the last success */
};

/* Takes the oldest message of a channel that has one due, and the channel for LEASE_S seconds.
 * HOLDER names this process. Parameters are on CTX. */
void outbox_take_call(void *ctx, const char *holder, int lease_s, struct db_call *out);

/* STATUS_NOT_FOUND when nothing is due; STATUS_FAILED when it is not what the routine returns. */
MUST_CHECK enum status outbox_take_read(
	void *ctx, const struct db_rows *rows, struct announcement *out);

/* How a message ended. */
enum delivery {
	DELIVERY_SENT,
	DELIVERY_REFUSED, /* for good */
	DELIVERY_LATER, /* to be tried again in retry_ms */
};

void outbox_end_call(void *ctx, const struct announcement *announcement, const char *holder,
	enum delivery delivery, int64_t retry_ms, struct db_call *out);

/* Gives up what is too old to be news, removes what has ended; a bounded number of each. */
void outbox_sweep_call(struct db_call *out);
void outbox_sweep_read(const struct db_rows *rows, int64_t *out_expired, int64_t *out_removed);

/* Keeps the operator's default channel for announcements (NULL: none) and its guild (NULL: not
 * known). Parameters are borrowed. */
void announce_default_call(const char *channel_id, const char *guild_id, struct db_call *out);

/* Whether Discord is still to be asked for the channel's guild. */
bool announce_default_read(const struct db_rows *rows);
