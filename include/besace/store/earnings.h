/* The repository of what a member would earn here and now, and of what they may lose in a day. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* The channel and the member, as the interaction says. */
struct earning_place {
	struct snowflake channel;
	/* NULL: the one last seen; "": none. Of a thread its channel; the category of either. */
	const char *parent, *category;
	const struct snowflake *roles;
	size_t role_count;
};

/* What each source brings, all factors counted. */
struct earnings {
	bool levels, message, reaction, voice, game; /* on or off */
	int32_t message_min, message_max, reaction_xp, reaction_xp_max;
	/* Members that must be in voice together, what each of them earns, and with one more. */
	int32_t voice_from, voice_first, voice_next;
	int32_t voice_hour, game_win, game_loss, game_push;
	int32_t place_percent, role_percent, rate_percent;
	struct snowflake place_id, role_id; /* the entries that decide; empty: none */
	int64_t next_ms; /* when the next message counts; 0: now */
	int64_t today;
	int32_t day_xp_max; /* 0: none */
	const char *why; /* what became of the latest message: "paid", "cooldown", …; "never" */
	int32_t why_xp;
};

/* Parameters are allocated on CTX. */
void earnings_call(void *ctx, const struct member_seen *member, const struct earning_place *place,
	struct db_call *out);

/* Reads it, texts on CTX. STATUS_FAILED when the rows are not what the routine returns. */
MUST_CHECK enum status earnings_read(void *ctx, const struct db_rows *rows, struct earnings *out);

/* What /aide shows of the guild and of who asks. */
struct help {
	int32_t xp;
	int32_t gift_amount; /* 0: the guild has turned it off */
	bool gift_midnight; /* the gift comes back with the day, not after 24 hours */
	int32_t level_reward_percent; /* of what levels pay by the rules; 0: nothing */
	bool level_reward_items, gives; /* whether levels bring items; whether members may give */
	struct earnings earnings;
	const json_t *command_ids; /* the ids of commands by their names; some may be unknown */
};

/* As earnings_call; a first contact is one here too. */
void help_call(void *ctx, const struct member_seen *member, const struct earning_place *place,
	struct db_call *out);
MUST_CHECK enum status help_read(void *ctx, const struct db_rows *rows, struct help *out);

/* A member's own limit of losses a day; 0: none. */
struct loss_limit {
	int32_t day_max;
	int32_t next_max; /* from next_at_s on */
	int64_t next_at_s; /* 0: nothing is coming */
	int64_t lost; /* so far today */
	int32_t guild_max; /* the guild's */
};

#define LOSS_LIMIT_MAX 1000000

void loss_limit_call(void *ctx, const struct member_seen *member, struct db_call *out);
MUST_CHECK enum status loss_limit_read(
	void *ctx, const struct db_rows *rows, struct loss_limit *out);

/* Sets it to DAY_MAX, 0: none. Lowering it counts at once, raising it a day later. */
void loss_limit_set_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t day_max, struct db_call *out);
MUST_CHECK enum status loss_limit_set_read(
	void *ctx, const struct db_rows *rows, struct loss_limit *out);
