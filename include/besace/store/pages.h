/* The pages of besace-web: what it reads, and the token that besace links to. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/snowflake.h"
#include "besace/base/status.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* Random characters of an unlisted page's address: 128 bits and more. */
#define PAGE_TOKEN_CHARS 22
/* An address: a token, or a name. */
#define PAGE_ADDRESS_MAX 32

/* A new token, on CTX. */
char *page_token_make(void *ctx);

/* Gives the page of ACTOR's guild a new token; the old one must not lead there any more. */
void page_renew_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *actor, struct db_call *out);
/* STATUS_FAILED when the rows are not what the routine returns. */
MUST_CHECK enum status page_renew_read(void *ctx, const struct db_rows *rows);

/* Whether TEXT has the form of an address. */
bool page_address_is(const char *text);

/* A guild as its page shows it. Texts are borrowed from the rows. */
struct page_guild {
	struct snowflake guild_id;
	const char *name; /* "": not known */
	const char *theme, *unit;
	bool is_listed;
	bool message, reaction, voice, game; /* whether they earn XP */
	int32_t message_min, message_max, message_cooldown_s;
	int32_t reaction_xp, reaction_xp_max;
	int32_t voice_from, voice_first, voice_further; /* as so many; each of them; for one more */
	int32_t game_win, game_loss;
	int32_t day_xp_max; /* 0: no bound */
	int32_t level_reward_percent;
	bool level_reward_items;
	int64_t members;
};

/* The guild at ADDRESS. */
void page_guild_call(void *ctx, const char *address, struct db_call *out);
/* STATUS_NOT_FOUND when there is none. */
MUST_CHECK enum status page_guild_read(const struct db_rows *rows, struct page_guild *out);

/* How often members of the guild at ADDRESS were to be shown no more: a page that was drawn before
 * the last of them may not be shown again. */
void page_hidings_call(void *ctx, const char *address, struct db_call *out);
/* STATUS_NOT_FOUND when there is no page. */
MUST_CHECK enum status page_hidings_read(const struct db_rows *rows, int64_t *out);

/* What a leaderboard is ordered by. */
enum page_metric { PAGE_LEVEL, PAGE_BALANCE, PAGE_VOICE, PAGE_MESSAGES, PAGE_METRIC_COUNT };

struct page_member {
	struct snowflake user_id;
	const char *username;
	int32_t xp, balance, message_count, voice_time;
	bool page_hidden;
	int64_t ties; /* of a page's rows: members before the first with as much as it */
};

/* LIMIT members of GUILD from OFFSET on, by PAGE_LEVEL or PAGE_BALANCE. */
void page_members_call(void *ctx, const struct snowflake *guild, enum page_metric metric,
	int32_t offset, int32_t limit, struct db_call *out);
/* The ids of the first LIMIT members by PAGE_VOICE or PAGE_MESSAGES; and members by their ids. */
void page_top_call(void *ctx, const struct snowflake *guild, enum page_metric metric, int32_t limit,
	struct db_call *out);
MUST_CHECK enum status page_top_read(const struct db_rows *rows, int row, struct snowflake *out);
void page_by_ids_call(void *ctx, const struct snowflake *guild, const char *const *ids,
	size_t count, struct db_call *out);
/* Members of GUILD whose names begin with TEXT. */
void page_search_call(void *ctx, const struct snowflake *guild, const char *text, int32_t limit,
	struct db_call *out);
/* Row number ROW of any of them. */
MUST_CHECK enum status page_member_read(
	const struct db_rows *rows, int row, struct page_member *out);

/* One member. */
struct page_profile {
	struct snowflake user_id;
	const char *username;
	int32_t xp, balance, message_count, voice_time;
	bool page_hidden;
	int64_t ties; /* the rank by XP */
	int32_t multiplier, games_left;
	const char *above_name; /* who is reached next; NULL: nobody is above */
	int32_t above_xp;
};

void page_profile_call(void *ctx, const struct snowflake *guild, const struct snowflake *member,
	struct db_call *out);
/* STATUS_NOT_FOUND for a user that is no member or does not want to be shown. */
MUST_CHECK enum status page_profile_read(const struct db_rows *rows, struct page_profile *out);
