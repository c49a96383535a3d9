/*
 * The repository of open matches: looking at one, opening, pressing, ending those that expired.
 *
 * What happens to a match is decided by the rules of domain/ from what matches_look_read returned,
 * and written with the version it was decided from. When that is not the match's any more, nothing
 * was changed and the outcome says so: look and decide again.
 *
 * A match belongs to a guild, that of the member in each call: one of another guild is not found.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"
#include "besace/domain/fair.h"
#include "besace/domain/game.h"
#include "besace/domain/level.h"
#include "besace/domain/payout.h"
#include "besace/store/call.h"
#include "besace/store/members.h"

/* What a match that is over brought one of its players. */
struct match_end {
	struct snowflake user;
	bool played; /* false: the stake went back without a match; RESULT means nothing */
	enum result result;
	int32_t stake;
	int32_t paid; /* what came back, the multiplier's part included */
	int multiplier; /* that counted; 0 for none */
	int games_left; /* won games for which it still counts */
	int xp;
	struct level_gain gained;
};

/* How the two players of an ended match stand in its game. */
struct match_rivalry {
	bool known; /* false: the match was none between two */
	int32_t owner_wins, opponent_wins; /* of one against the other */
	int32_t streak; /* matches that the winner has won one after the other; 0: nobody won */
};

/* A match, open or over. Everything in it lives on the context it was read on. */
struct match {
	struct snowflake id; /* of the interaction that opened it */
	enum game game;
	struct snowflake owner; /* who opened it */
	struct snowflake opponent; /* that it challenges; empty text: nobody */
	struct snowflake channel; /* where it is played; empty text: not known */
	bool accepted; /* false: a challenge that waits for its answer */
	int32_t stake; /* of its owner, and of each player who joins for no other */
	int version;
	int64_t expires_at; /* Unix time in seconds */
	bool expired; /* expires_at has passed: it is about to be ended */
	const char *state; /* as the rules of the game write it */
	const json_t *facts; /* an object: what else the command put into it */
	size_t seat_count;
	struct snowflake *seats; /* who plays, in the order in which they came */
	int32_t *stakes; /* what each of them has staked */

	bool over;
	const char *why; /* of a match that is over: "expired", or what the press said */
	size_t end_count;
	struct match_end *ends;
	struct match_rivalry rivalry;
};

/* What there is to decide from. */
struct match_look {
	const char *receipt; /* this interaction was answered before: the outcome. NULL: not yet */
	int32_t balance; /* of a newcomer: what the guild gives them */
	int32_t stake_min, stake_max; /* of the game in this guild */
	bool has_seeds; /* the three below: of the member's draws in the casino */
	struct fair_seed server;
	const char *member;
	int64_t nonce;
	int32_t seeds_version; /* grows with each change of the seeds; 0 while there are none */
	const char *other_name; /* of the member that was asked for; NULL: there is none */
	struct match *match; /* NULL: there is no such open match */
};

enum match_refusal {
	MATCH_DONE,
	MATCH_ENDED, /* there is no such match any more */
	MATCH_PLAYING, /* the member plays such a match already */
	MATCH_CROSSED, /* the opponent of a rematch has asked for it already */
	MATCH_BALANCE, /* it does not hold the stake */
	MATCH_OPPONENT_BALANCE, /* theirs does not */
	MATCH_BALANCE_FULL, /* it could not take in the highest win */
	MATCH_DISABLED, /* the game is off in this guild */
	MATCH_CHANNEL, /* it is played in `channels` */
	MATCH_RANGE, /* the stake is not within `stake_min` and `stake_max` */
	MATCH_PAUSE, /* not before `until_s` */
	MATCH_LOSS, /* the stake could pass what may be lost today: `left` */
	MATCH_OTHER, /* one that the command had recorded: WORD */
};

/* What a play or a press did: the same for each time its interaction is asked. */
struct match_outcome {
	bool again; /* nothing was changed: look again */
	enum match_refusal refusal;
	const char *word; /* of the refusal, as it was recorded */
	int32_t balance; /* of the member, afterwards */
	int32_t stake; /* MATCH_BALANCE: that it does not hold */
	/* MATCH_RANGE, MATCH_BALANCE, MATCH_LOSS: of the game in this guild. */
	int32_t stake_min, stake_max;
	int32_t left; /* MATCH_LOSS */
	bool own_limit; /* MATCH_LOSS: the member's own one is the lower */
	int64_t until_s; /* MATCH_PAUSE, since 1970 */
	const json_t *channels; /* MATCH_CHANNEL: their ids */
	struct match *match; /* when done; with MATCH_PLAYING and MATCH_CROSSED, that one */
	const json_t *whole; /* with what the command asked to be kept in it */
};

/* What is looked for: the match called ID (or NULL), or the table that is open in CHANNEL (or
 * NULL); the name of the member OTHER (or NULL); and the stakes of GAME. */
struct match_query {
	enum game game;
	const char *id, *channel, *other;
};

/* Looks at what the member WHO needs for INTERACTION. Texts of QUERY are borrowed. */
void matches_look_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const struct match_query *query, struct db_call *out);

/* STATUS_FAILED when the row is not what the query returns. */
MUST_CHECK enum status matches_look_read(
	void *ctx, const struct db_rows *rows, struct match_look *out);

/* What a match is proved by. */
struct match_proof {
	struct match *match; /* while it is open, else NULL */
	/* Once it has ended, an object as sql/routines/besace_match_open.sql describes it; NULL
	 * while it is open, and when nothing was drawn. */
	const json_t *drawn;
	bool revealed; /* the server seed of a play of the casino, since then: SERVER */
	struct fair_seed server;
};

/* Looks for the proof of the match ID that OWNER opened in GUILD. The three are borrowed. */
void match_proof_call(void *ctx, const struct snowflake *guild, const char *id,
	const struct snowflake *owner, struct db_call *out);

/* STATUS_FAILED when the row is not what the query returns. */
MUST_CHECK enum status match_proof_read(
	void *ctx, const struct db_rows *rows, struct match_proof *out);

/* Opens a match or plays it at once: OPEN as in sql/routines/besace_match_open.sql, which this
 * takes over. */
void matches_open_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, json_t *open, struct db_call *out);

/* A press on the match ID: ACT as in sql/routines/besace_match_press.sql, which this takes over. */
void matches_press_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const char *id, int version, json_t *act,
	struct db_call *out);

/* Reads what one of the two returned. */
MUST_CHECK enum status matches_outcome_read(
	void *ctx, const struct db_rows *rows, struct match_outcome *out);

/* The same from its text, as a receipt holds it. */
MUST_CHECK enum status matches_outcome_parse(
	void *ctx, const char *text, struct match_outcome *out);

/* A match from the text of its view or of its end. */
MUST_CHECK enum status match_parse(void *ctx, const char *text, struct match **out);

/* What the match brought USER, or NULL. */
const struct match_end *match_end_of(const struct match *match, const struct snowflake *user);

/* Ends up to MAX matches that have expired, of all guilds. */
void matches_expire_call(void *ctx, int max, struct db_call *out);

/* How many were. */
int64_t matches_expire_read(const struct db_rows *rows);

/* A match that has been ended, or set aside. */
struct match_ended {
	const char *guild;
	const char *id;
	int failures; /* 0: it has been ended */
	const char *why; /* the last failure, or NULL */
};

/* The same one by one: those that cannot be ended are set aside for a while, the others are ended.
 */
void matches_expire_singly_call(void *ctx, int max, struct db_call *out);

/* ROW of them, valid as long as the rows; false when there are no more. */
bool matches_expire_singly_read(
	void *ctx, const struct db_rows *rows, int row, struct match_ended *out);

/* Ends the match ID if it has expired, so that MEMBER can open another. Skips it when the row of
 * one of its players is locked: look again. */
void match_expire_call(
	void *ctx, const char *id, const struct member_seen *member, struct db_call *out);
