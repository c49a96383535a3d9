/* The repository of members: reading what one has, creating and renaming. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/card.h"
#include "besace/store/call.h"

/* users.username is VARCHAR(255), counted in characters by PostgreSQL. */
#define MEMBER_MAX_NAME 255

/* A member of a guild as just seen: under which name, and when. The name is at most
 * MEMBER_MAX_NAME characters of UTF-8; NULL: not seen, only named, so that nobody is created
 * by it. SEEN_MS is milliseconds since 1970 UTC. */
struct member_seen {
	struct snowflake guild;
	struct snowflake id;
	const char *username;
	int64_t seen_ms;
};

/* Binds $guild_id, $member_id, $username and $seen_ms to MEMBER, which is borrowed. */
void members_bind(struct db_call *call, const struct member_seen *member);

/* Binds $asker_id and $asker_name, of the same guild and time. */
void members_bind_asker(struct db_call *call, const struct member_seen *asker);

struct profile {
	int32_t balance; /* LC */
	int32_t xp;
};

/* Reads MEMBER; ASKER asks, the same member or another. Both are created on first contact, and
 * their names refreshed. Parameters are allocated on CTX. */
void members_profile_call(void *ctx, const struct member_seen *member,
	const struct member_seen *asker, struct db_call *out);

/* False when there is no such member: one that was not seen, and is none of the guild. */
bool members_profile_read(const struct db_rows *rows, struct profile *out);

/* A member's level among the others', and the multiplier that runs. */
struct standing {
	int32_t balance, xp;
	int64_t rank, members; /* by XP; both from 1 */
	int32_t multiplier, games_left; /* 0: none runs */
	bool brings_items; /* whether levels bring items in this guild */
	enum card_theme theme; /* of this guild's cards */
};

/* As members_profile_call and members_profile_read. */
void members_standing_call(void *ctx, const struct member_seen *member,
	const struct member_seen *asker, struct db_call *out);
bool members_standing_read(const struct db_rows *rows, struct standing *out);

/* What an interaction tells of the member who asks. */
struct member_news {
	struct snowflake guild, user;
	int64_t seen_ms;
	const char *roles; /* ids separated by commas */
	const char *joined_at; /* as Discord writes it; NULL: not told */
	bool pending; /* has not accepted the guild's rules yet */
};

/* Keeps NEWS, which is copied, of a member who is known. Writes only what differs. */
void member_tell_call(void *ctx, const struct member_news *news, struct db_call *out);

/* ---- Direct messages */

/* Where a user is served in direct messages: the guild in which a row of theirs changed last, or in
 * which the same INTERACTION counted before. */
struct latest_guild {
	struct snowflake guild;
	const char *name; /* NULL while unknown; lives as long as the rows */
};
void latest_guild_call(void *ctx, const struct snowflake *user, const struct snowflake *interaction,
	struct db_call *out);

/* The same for a GUILD that a button names: found if USER is a member of it. */
void guild_of_member_call(void *ctx, const struct snowflake *user, const struct snowflake *guild,
	const struct snowflake *interaction, struct db_call *out);

/* False when they are a member of none, or only of one that has removed Besace. */
bool latest_guild_read(const struct db_rows *rows, struct latest_guild *out);

/* ---- A member's own wishes */

/* A member's own announcements of level-ups. */
enum announce_choice { ANNOUNCE_SILENT, ANNOUNCE_PING, ANNOUNCE_NONE, ANNOUNCE_CHOICE_COUNT };

struct announce_state {
	enum announce_choice choice;
	bool on_page; /* the member stands on the guild's page */
	/* What the guild has set: "none", "here" or the channel's id; which levels; pings. On CTX.
	 */
	const char *place;
	int32_t from_level, every;
	bool role_only, pings;
	bool has_page; /* the guild has not turned its page off */
};

/* "silent", "ping", "none". */
const char *announce_choice_name(enum announce_choice choice);

void announce_view_call(void *ctx, const struct member_seen *member, struct db_call *out);
MUST_CHECK enum status announce_view_read(
	void *ctx, const struct db_rows *rows, struct announce_state *out);

/* Sets CHOICE or ON_PAGE, whichever is not NULL. */
void announce_choice_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const enum announce_choice *choice, const bool *on_page,
	struct db_call *out);
MUST_CHECK enum status announce_choice_read(
	void *ctx, const struct db_rows *rows, struct announce_state *out);
