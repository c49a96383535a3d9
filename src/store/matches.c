/* Calls about open matches. */
#include "besace/store/matches.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "json_written.h"
#include "match_view.h"
#include "routine.h"

/* ---- Looking */

struct match_look_row {
	const char *receipt;
	int32_t balance;
	const json_t *stakes;
	const char *server_seed, *client_seed;
	int64_t nonce;
	int32_t seeds_version;
	const char *other_name;
	const json_t *match;
};
DB_SHAPE(shape_match_look, DB_FIELD_OR_NULL(match_look_row, receipt),
	DB_FIELD(match_look_row, balance), DB_FIELD(match_look_row, stakes),
	DB_FIELD_OR_NULL(match_look_row, server_seed),
	DB_FIELD_OR_NULL(match_look_row, client_seed), DB_FIELD_OR_NULL(match_look_row, nonce),
	DB_FIELD_OR_NULL(match_look_row, seeds_version),
	DB_FIELD_OR_NULL(match_look_row, other_name), DB_FIELD_OR_NULL(match_look_row, match));

/* Whether QUERY looks for the member alone. */
static bool is_of_member(const struct match_query *query)
{
	return !query->id && !query->channel && !query->other;
}

void matches_look_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const struct match_query *query, struct db_call *out)
{
	const struct game_rules *rules = game_rules(query->game);
	db_call_begin(ctx, is_of_member(query) ? QUERY_PLAY_LOOK : QUERY_MATCH_LOOK, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
	db_set_id(out, "interaction_id", interaction);
	db_set_integer(out, "stake_min", rules->stake_min);
	db_set_integer(out, "stake_max", rules->stake_max);
	db_set_text(out, "game_type", rules->type);
	if (is_of_member(query))
		return;
	db_set_text_or_null(out, "other_id", query->other);
	db_set_text_or_null(out, "match_id", query->id);
	db_set_text_or_null(out, "channel_id", query->channel);
}

enum status matches_look_read(void *ctx, const struct db_rows *rows, struct match_look *out)
{
	struct match_look_row row;
	*out = (struct match_look){0};
	if (db_row_read(ctx, rows, 0, &shape_match_look, &row))
		return STATUS_FAILED;
	out->receipt = row.receipt ? must(talloc_strdup(ctx, row.receipt)) : NULL;
	out->balance = row.balance;
	out->stake_min = (int32_t)json_integer_value(json_array_get(row.stakes, 0));
	out->stake_max = (int32_t)json_integer_value(json_array_get(row.stakes, 1));
	out->has_seeds = row.server_seed != NULL;
	out->member = must(talloc_strdup(ctx, row.client_seed ? row.client_seed : ""));
	out->nonce = row.nonce;
	out->seeds_version = row.seeds_version;
	out->other_name = row.other_name ? must(talloc_strdup(ctx, row.other_name)) : NULL;
	if (out->has_seeds && !fair_seed_read(row.server_seed, &out->server))
		return STATUS_FAILED;
	if (row.match && !(out->match = match_view_read(ctx, row.match)))
		return STATUS_FAILED;
	return STATUS_OK;
}

/* ---- Proving */

struct match_proof_row {
	const json_t *match, *proof;
	const char *server_seed;
};
DB_SHAPE(shape_match_proof, DB_FIELD_OR_NULL(match_proof_row, match),
	DB_FIELD_OR_NULL(match_proof_row, proof), DB_FIELD_OR_NULL(match_proof_row, server_seed));

void match_proof_call(void *ctx, const struct snowflake *guild, const char *id,
	const struct snowflake *owner, struct db_call *out)
{
	db_call_begin(ctx, QUERY_MATCH_PROOF, out);
	db_set_id(out, "guild_id", guild);
	db_set_text(out, "match_id", id);
	db_set_id(out, "owner_id", owner);
}

enum status match_proof_read(void *ctx, const struct db_rows *rows, struct match_proof *out)
{
	struct match_proof_row row;
	*out = (struct match_proof){0};
	if (db_row_read(ctx, rows, 0, &shape_match_proof, &row))
		return STATUS_FAILED;
	out->drawn = row.proof;
	out->revealed = row.server_seed != NULL;
	if (out->revealed && !fair_seed_read(row.server_seed, &out->server))
		return STATUS_FAILED;
	if (row.match && !(out->match = match_view_read(ctx, row.match)))
		return STATUS_FAILED;
	return STATUS_OK;
}

/* ---- Changing */

/* Whether all plays of OPEN are over at once and drawn from the member's seeds: besace_match_play
 * is faster for them. */
static bool is_over_at_once(const json_t *open)
{
	size_t i;
	json_t *play;
	json_array_foreach (json_object_get(open, "plays"), i, play)
		if (!json_object_get(play, "ends"))
			return false;
	return json_object_get(open, "seeds") != NULL;
}

/* A text of OBJECT, on CTX. */
static const char *get_text(void *ctx, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? must(talloc_strdup(ctx, text)) : NULL;
}

static int64_t get_integer(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* ---- What crosses the border is what the routines know */

static void check_payouts(struct db_call *call, const json_t *list)
{
	size_t i;
	json_t *payout;
	json_array_foreach (list, i, payout) {
		const json_t *proof = json_object_get(payout, "proof");
		db_check_json(call, &json_match_payout, payout);
		if (proof)
			db_check_json(call, &json_match_proof, proof);
	}
}

static void check_plays(struct db_call *call, const json_t *plays)
{
	size_t i;
	json_t *play;
	json_array_foreach (plays, i, play) {
		const json_t *ends = json_object_get(play, "ends");
		db_check_json(call, ends ? &json_match_play_over : &json_match_play, play);
		check_payouts(call, ends ? ends : json_object_get(play, "expiry"));
	}
}

/* Parts of an opening or of a press, each of which may be absent. */
static void check_parts(struct db_call *call, const json_t *object)
{
	static const struct {
		const char *key;
		const struct db_shape *shape;
	} parts[] = {{"opponent", &json_match_opponent}, {"new_seeds", &json_match_seeds},
		{"seeds", &json_match_drawn_seeds}, {"join", &json_match_join},
		{"message", &json_match_message}, {"reply", &json_match_reply}};
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		const json_t *part = json_object_get(object, parts[i].key);
		if (part)
			db_check_json(call, parts[i].shape, part);
	}
}

/* ---- Calls */

/* A text of each of COUNT objects, NULL where there is none, as the parameter NAME. */
static void bind_texts(struct db_call *out, const char *name, json_t *const *objects, size_t count,
	const char *key)
{
	const char **texts = must(talloc_array(out->ctx, const char *, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		texts[i] = json_string_value(json_object_get(objects[i], key));
	db_set_texts(out, name, texts, count);
	talloc_free(texts);
}

/* A part of each that is JSON itself. */
static void bind_parts(struct db_call *out, const char *name, json_t *const *objects, size_t count,
	const char *key)
{
	const char **texts = must(talloc_array(out->ctx, const char *, (unsigned)count));
	for (size_t i = 0; i < count; i++) {
		const json_t *part = json_object_get(objects[i], key);
		char *text = part ? must(json_dumps(part, JSON_COMPACT)) : NULL;
		texts[i] = text ? must(talloc_strdup(texts, text)) : NULL;
		free(text);
	}
	db_set_texts(out, name, texts, count);
	talloc_free(texts);
}

static void bind_integers(struct db_call *out, const char *name, json_t *const *objects,
	size_t count, const char *key)
{
	int64_t *numbers = must(talloc_array(out->ctx, int64_t, (unsigned)count));
	for (size_t i = 0; i < count; i++)
		numbers[i] = get_integer(objects[i], key);
	db_set_integers(out, name, numbers, count);
	talloc_free(numbers);
}

/* PLAYS as parameters, an array for each part. */
static void bind_plays(struct db_call *out, const json_t *plays)
{
	size_t count = json_array_size(plays);
	json_t **objects = must(talloc_array(out->ctx, json_t *, (unsigned)count));
	json_t **ends = must(talloc_array(out->ctx, json_t *, (unsigned)count));
	for (size_t i = 0; i < count; i++) {
		objects[i] = json_array_get(plays, i);
		ends[i] = json_array_get(json_object_get(objects[i], "ends"), 0);
	}
	bind_texts(out, "states", objects, count, "state");
	bind_parts(out, "facts", objects, count, "facts");
	bind_texts(out, "results", ends, count, "result");
	bind_integers(out, "credits", ends, count, "credit");
	bind_integers(out, "xps", ends, count, "xp");
	bind_texts(out, "boosts", ends, count, "boost");
	bind_texts(out, "items", ends, count, "item");
	bind_parts(out, "proofs", ends, count, "proof");
	talloc_free(objects);
	talloc_free(ends);
}

/* OPEN as parameters. */
static void bind_play(void *ctx, const json_t *open, struct db_call *out)
{
	const json_t *seeds = json_object_get(open, "seeds");
	const json_t *new_seeds = json_object_get(open, "new_seeds");
	db_set_text(out, "game_type", get_text(ctx, open, "game_type"));
	db_set_integer(out, "stake", get_integer(open, "stake"));
	db_set_integer(out, "max_credit", get_integer(open, "max_credit"));
	db_set_text_or_null(out, "channel", get_text(ctx, open, "channel"));
	db_set_text_or_null(out, "parent", get_text(ctx, open, "parent"));
	db_set_text_or_null(out, "category", get_text(ctx, open, "category"));
	db_set_integer(out, "seeds_version", get_integer(seeds, "version"));
	db_set_integer(out, "first_nonce", get_integer(seeds, "first_nonce"));
	db_set_text_or_null(out, "server_seed", get_text(ctx, new_seeds, "server_seed"));
	db_set_text_or_null(out, "client_seed", get_text(ctx, new_seeds, "client_seed"));
	bind_plays(out, json_object_get(open, "plays"));
	db_set_text_or_null(out, "roles", get_text(ctx, open, "roles"));
}

void matches_open_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, json_t *open, struct db_call *out)
{
	if (is_over_at_once(open)) {
		routine_begin(ctx, QUERY_MATCH_PLAY, interaction, member, out);
		check_parts(out, open);
		check_plays(out, json_object_get(open, "plays"));
		bind_play(ctx, open, out);
		json_decref(open);
		return;
	}
	routine_begin(ctx, QUERY_MATCH_OPEN, interaction, member, out);
	check_parts(out, open);
	check_plays(out, json_object_get(open, "plays"));
	bool refused = json_object_get(open, "refusal") != NULL;
	db_set_json_as(out, "open", refused ? &json_match_open_refused : &json_match_open, open);
}

void matches_press_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const char *id, int version, json_t *act,
	struct db_call *out)
{
	routine_begin(ctx, QUERY_MATCH_PRESS, interaction, member, out);
	db_set_text(out, "match_id", id);
	db_set_integer(out, "version", version);
	const json_t *ends = json_object_get(act, "ends");
	check_parts(out, act);
	check_payouts(out, ends ? ends : json_object_get(act, "expiry"));
	db_set_json_as(out, "act",
		json_object_get(act, "refusal") ? &json_match_act_refused
		: ends                          ? &json_match_act_over
						: &json_match_act,
		act);
}

/* ---- What a play or a press did */

/* "news" is the command's; what stands before them is of besace_stake_refusal. */
struct match_outcome_json {
	bool done, again, own, news;
	int32_t balance, stake, min, max, left;
	int64_t until;
	const char *refusal;
	const json_t *match, *channels;
};
DB_SHAPE(json_match_outcome, DB_FIELD_OPTIONAL(match_outcome_json, done),
	DB_FIELD_OPTIONAL(match_outcome_json, again),
	DB_FIELD_OPTIONAL(match_outcome_json, balance),
	DB_FIELD_OPTIONAL(match_outcome_json, refusal),
	DB_FIELD_OPTIONAL(match_outcome_json, match), DB_FIELD_OPTIONAL(match_outcome_json, stake),
	DB_FIELD_OPTIONAL(match_outcome_json, min), DB_FIELD_OPTIONAL(match_outcome_json, max),
	DB_FIELD_OPTIONAL(match_outcome_json, left), DB_FIELD_OPTIONAL(match_outcome_json, own),
	DB_FIELD_OPTIONAL(match_outcome_json, until),
	DB_FIELD_OPTIONAL(match_outcome_json, channels),
	DB_FIELD_OPTIONAL(match_outcome_json, news));

static enum match_refusal read_refusal(const char *word)
{
	static const char *const words[] = {[MATCH_ENDED] = "ended",
		[MATCH_PLAYING] = "playing",
		[MATCH_CROSSED] = "crossed",
		[MATCH_BALANCE] = "balance",
		[MATCH_OPPONENT_BALANCE] = "opponent_balance",
		[MATCH_BALANCE_FULL] = "balance_full",
		[MATCH_DISABLED] = "disabled",
		[MATCH_CHANNEL] = "channel",
		[MATCH_RANGE] = "range",
		[MATCH_PAUSE] = "pause",
		[MATCH_LOSS] = "loss"};
	for (size_t i = MATCH_ENDED; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum match_refusal)i;
	return MATCH_OTHER;
}

static enum status read_outcome(void *ctx, const json_t *whole, struct match_outcome *out)
{
	struct match_outcome_json row;
	char *why;
	*out = (struct match_outcome){.whole = whole};
	if (!json_shape_read(ctx, whole, &json_match_outcome, &row, &why)) {
		log_error(LOG_TEXT("an outcome cannot be read"), LOG_STR("why", why));
		return STATUS_FAILED;
	}
	out->again = row.again;
	out->balance = row.balance;
	out->word = row.refusal;
	out->stake = row.stake;
	out->stake_min = row.min;
	out->stake_max = row.max;
	out->left = row.left;
	out->own_limit = row.own;
	out->until_s = row.until;
	out->channels = row.channels;
	if (out->again)
		return STATUS_OK;
	if (row.match && !(out->match = match_view_read(ctx, row.match)))
		return STATUS_FAILED;
	if (row.refusal)
		out->refusal = read_refusal(row.refusal);
	/* Done with a match, or refused. */
	return row.done == (row.refusal == NULL) && (row.refusal || out->match) ? STATUS_OK
										: STATUS_FAILED;
}

enum status matches_outcome_parse(void *ctx, const char *text, struct match_outcome *out)
{
	const json_t *whole = match_view_parse(ctx, text);
	*out = (struct match_outcome){0};
	return whole ? read_outcome(ctx, whole, out) : STATUS_FAILED;
}

struct match_outcome_row {
	const json_t *outcome;
};
DB_SHAPE(shape_match_outcome, DB_FIELD(match_outcome_row, outcome));

enum status matches_outcome_read(void *ctx, const struct db_rows *rows, struct match_outcome *out)
{
	struct match_outcome_row row;
	*out = (struct match_outcome){0};
	return db_row_read(ctx, rows, 0, &shape_match_outcome, &row)
		       ? STATUS_FAILED
		       : read_outcome(ctx, row.outcome, out);
}

/* ---- Expiring */

/* The longest that a match is set aside. */
#define ASIDE_MAX_S 3600

struct match_count_row {
	int32_t count;
};
DB_SHAPE(shape_match_count, DB_FIELD(match_count_row, count));

void matches_expire_call(void *ctx, int max, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_MATCHES_EXPIRE, NULL, out);
	db_set_integer(out, "max", max);
}

int64_t matches_expire_read(const struct db_rows *rows)
{
	struct match_count_row row;
	return db_row_read(NULL, rows, 0, &shape_match_count, &row) ? 0 : row.count;
}

struct match_ended_row {
	const char *guild_id;
	const char *match_id;
	int32_t failures;
	const char *why;
};
DB_SHAPE(shape_match_ended, DB_FIELD(match_ended_row, guild_id),
	DB_FIELD(match_ended_row, match_id), DB_FIELD(match_ended_row, failures),
	DB_FIELD_OR_NULL(match_ended_row, why));

void matches_expire_singly_call(void *ctx, int max, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_MATCHES_EXPIRE_SINGLY, NULL, out);
	db_set_integer(out, "max", max);
	db_set_integer(out, "seconds_max", ASIDE_MAX_S);
}

bool matches_expire_singly_read(
	void *ctx, const struct db_rows *rows, int row, struct match_ended *out)
{
	struct match_ended_row read;
	if (row >= db_rows_count(rows) || db_row_read(ctx, rows, row, &shape_match_ended, &read))
		return false;
	*out = (struct match_ended){read.guild_id, read.match_id, read.failures, read.why};
	return true;
}

void match_expire_call(
	void *ctx, const char *id, const struct member_seen *member, struct db_call *out)
{
	db_call_begin_change(ctx, QUERY_MATCH_EXPIRE, &member->id, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_text(out, "match_id", id);
}
