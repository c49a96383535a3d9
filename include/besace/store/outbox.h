/* The repository of announcements: the queue of messages to channels, and members' wishes. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/base/unit.h"
#include "besace/domain/bag.h"
#include "besace/domain/card.h"
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
	char *name; /* the member's, as they wrote it */
	char *guild_name; /* "": not known */
	struct unit unit; /* the guild's */
	char *template; /* the guild's own text; NULL: ours */
	char *place; /* the id of the channel in which it happened */
	struct snowflake *roles; /* that the levels bring */
	size_t role_count;
	bool ping;
	int32_t old, level; /* before, and reached */
	int32_t xp;
	int64_t lc;
	int32_t items[ITEM_COUNT];
	bool brings_items; /* levels do in this guild */
	enum card_theme theme;
	int32_t above; /* members on a higher level; -1: not to be told */
	int64_t cheers; /* that it has */
	unsigned failures; /* attempts at this channel since its last message ended */
};

/* Who takes messages, how many, and for how long their channels are then leased. */
struct outbox_lease {
	const char *holder; /* names this process */
	unsigned seconds;
	unsigned count;
	const char *const *busy; /* channels to which this process is sending */
	unsigned busy_count;
};

/* Takes the oldest due message of each of up to LEASE->count channels. Parameters are on CTX. */
void outbox_take_call(void *ctx, const struct outbox_lease *lease, struct db_call *out);

/* Reads the message in row ROW_NUMBER, one a channel. STATUS_INVALID when this build does not know
 * the form of its body: the fields that outbox_end_call needs are set all the same. STATUS_FAILED
 * when it is not what the routine returns. */
MUST_CHECK enum status outbox_take_read(
	void *ctx, const struct db_rows *rows, int row_number, struct announcement *out);

/* How an attempt to deliver a message ended. */
enum delivery_outcome {
	DELIVERY_SENT,
	DELIVERY_REFUSED, /* for good */
	DELIVERY_LATER, /* Discord is away: to be tried again in retry_ms */
	DELIVERY_FAILED, /* the same, but because of this message; too often sets it aside */
};

struct outbox_end {
	enum delivery_outcome outcome;
	int64_t retry_ms; /* before the channel's next message may leave */
};

void outbox_end_call(void *ctx, const struct announcement *announcement, const char *holder,
	const struct outbox_end *end, struct db_call *out);

/* Whether the message was set aside, so that it does not hold up the others of its channel. */
bool outbox_end_read(const struct db_rows *rows);

/* What becomes of a member's congratulation. */
enum cheer_result { CHEER_DONE, CHEER_GONE, CHEER_OWN, CHEER_AGAIN, CHEER_COUNT };

/* MEMBER congratulates the member of announcement ID of their guild. */
void cheer_call(void *ctx, const struct snowflake *interaction, const struct member_seen *member,
	int64_t id, struct db_call *out);
/* CHEER_DONE: *out is the announcement as it was sent, with all its cheers, but for the texts of
 * its row (ids of guild and channel, nonce, names), which are NULL. */
MUST_CHECK enum status cheer_read(void *ctx, const struct db_rows *rows,
	enum cheer_result *out_result, struct announcement *out);

/* Gives up what is too old to be news, removes what has ended; a bounded number of each. */
void outbox_sweep_call(void *ctx, struct db_call *out);
void outbox_sweep_read(const struct db_rows *rows, int64_t *out_expired, int64_t *out_removed);

/* Keeps the operator's default channel for announcements (NULL: none) and its guild (NULL: not
 * known). Parameters are borrowed. */
void announce_default_call(
	void *ctx, const char *channel_id, const char *guild_id, struct db_call *out);

/* Whether Discord is still to be asked for the channel's guild. */
bool announce_default_read(const struct db_rows *rows);
