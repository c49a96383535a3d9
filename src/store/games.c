/* Calls about open games and seeds. */
#include "besace/store/games.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "routine.h"

/* ---- JSON that lives on a context */

struct holder {
	json_t *json;
};

static int let_go(struct holder *holder)
{
	json_decref(holder->json);
	return 0;
}

/* JSON becomes CTX's. */
static json_t *keep(void *ctx, json_t *json)
{
	struct holder *holder = must(talloc(ctx, struct holder));
	holder->json = must(json);
	talloc_set_destructor(holder, let_go);
	return json;
}

/* NULL when TEXT is no JSON object. */
static json_t *read_object(void *ctx, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	if (json_is_object(json))
		return keep(ctx, json);
	json_decref(json);
	return NULL;
}

/* ---- Reading games */

static const char *get_text(void *ctx, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? must(talloc_strdup(ctx, text)) : NULL;
}

static bool read_end(const json_t *object, struct match_end *out)
{
	const char *result = json_string_value(json_object_get(object, "result"));
	*out = (struct match_end){
		.played = result != NULL,
		.stake = routine_number(object, "stake"),
		.paid = routine_number(object, "paid"),
		.multiplier = routine_number(object, "multiplier"),
		.games_left = routine_number(object, "games_left"),
		.xp = routine_number(object, "xp"),
	};
	return snowflake_parse(json_string_value(json_object_get(object, "user")), &out->user) &&
	       (!result || result_parse(result, &out->result));
}

static bool read_ends(void *ctx, const json_t *list, struct match *out)
{
	out->ends =
		must(talloc_zero_array(ctx, struct match_end, (unsigned)json_array_size(list) + 1));
	size_t i;
	json_t *end;
	json_array_foreach (list, i, end)
		if (!read_end(end, &out->ends[out->end_count++]))
			return false;
	return true;
}

/* Games that were kept before views had a list of stakes have one stake for all. */
static bool read_seats(void *ctx, const json_t *list, const json_t *stakes, struct match *out)
{
	unsigned room = (unsigned)json_array_size(list) + 1;
	out->seats = must(talloc_zero_array(ctx, struct snowflake, room));
	out->stakes = must(talloc_zero_array(ctx, int32_t, room));
	size_t i;
	json_t *seat;
	json_array_foreach (list, i, seat) {
		const json_t *stake = json_array_get(stakes, i);
		out->stakes[i] = stake ? (int32_t)json_integer_value(stake) : out->stake;
		if (!snowflake_parse(json_string_value(seat), &out->seats[out->seat_count++]))
			return false;
	}
	return true;
}

/* OBJECT lives as long as CTX. NULL when it is no game. */
static struct match *read_match(void *ctx, const json_t *object)
{
	struct match *match = must(talloc_zero(ctx, struct match));
	const json_t *opponent = json_object_get(object, "opponent");
	match->accepted = json_is_true(json_object_get(object, "accepted"));
	match->stake = routine_number(object, "stake");
	match->version = routine_number(object, "version");
	match->due_s = json_integer_value(json_object_get(object, "due"));
	match->state = get_text(match, object, "state");
	match->facts = json_object_get(object, "facts");
	match->lapsed = json_is_true(json_object_get(object, "lapsed"));
	match->over = json_is_true(json_object_get(object, "over"));
	match->why = get_text(match, object, "why");
	const char *kind = json_string_value(json_object_get(object, "kind"));
	bool good = snowflake_parse(json_string_value(json_object_get(object, "id")), &match->id) &&
		    kind && game_parse(kind, &match->game) &&
		    snowflake_parse(
			    json_string_value(json_object_get(object, "owner")), &match->owner) &&
		    (!json_is_string(opponent) ||
			    snowflake_parse(json_string_value(opponent), &match->opponent)) &&
		    match->state && json_is_object(match->facts) && (!match->over || match->why) &&
		    read_seats(match, json_object_get(object, "seats"),
			    json_object_get(object, "stakes"), match) &&
		    read_ends(match, json_object_get(object, "ends"), match);
	return good ? match : NULL;
}

enum status match_parse(void *ctx, const char *text, struct match **out)
{
	const json_t *object = read_object(ctx, text);
	*out = object ? read_match(ctx, object) : NULL;
	return *out ? STATUS_OK : STATUS_FAILED;
}

const struct match_end *match_end_of(const struct match *match, const struct snowflake *user)
{
	for (size_t i = 0; i < match->end_count; i++)
		if (snowflake_equal(&match->ends[i].user, user))
			return &match->ends[i];
	return NULL;
}

/* ---- Looking */

void matches_look_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	const char *id, const char *channel, struct db_call *out)
{
	(void)ctx;
	*out = (struct db_call){
		.query = QUERY_GAME_LOOK, .params = {interaction->text, who->id.text, id, channel}};
}

/* The columns of game_look. */
enum { LOOK_RECEIPT, LOOK_BALANCE, LOOK_SERVER, LOOK_MEMBER, LOOK_COUNTER, LOOK_MATCH };

enum status matches_look_read(void *ctx, const struct db_rows *rows, struct match_look *out)
{
	*out = (struct match_look){0};
	if (db_rows_count(rows) != 1)
		return STATUS_FAILED;
	if (!db_is_null(rows, 0, LOOK_RECEIPT))
		out->receipt = must(talloc_strdup(ctx, db_text(rows, 0, LOOK_RECEIPT)));
	out->known = !db_is_null(rows, 0, LOOK_BALANCE);
	out->balance = (int32_t)db_integer(rows, 0, LOOK_BALANCE);
	out->has_seeds = !db_is_null(rows, 0, LOOK_SERVER);
	out->member = must(talloc_strdup(ctx, db_text(rows, 0, LOOK_MEMBER)));
	out->counter = db_integer(rows, 0, LOOK_COUNTER);
	if (out->has_seeds && !fair_seed_read(db_text(rows, 0, LOOK_SERVER), &out->server))
		return STATUS_FAILED;
	return db_is_null(rows, 0, LOOK_MATCH)
		       ? STATUS_OK
		       : match_parse(ctx, db_text(rows, 0, LOOK_MATCH), &out->match);
}

/* ---- Changing */

void matches_open_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	json_t *open, const char *level_channel, struct db_call *out)
{
	routine_call(ctx, QUERY_GAME_OPEN, interaction, who, out);
	out->params[4] = routine_json(ctx, open);
	out->params[5] = level_channel;
}

void matches_press_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	const char *id, int version, json_t *act, const char *level_channel, struct db_call *out)
{
	routine_call(ctx, QUERY_GAME_PRESS, interaction, who, out);
	out->params[4] = id;
	out->params[5] = call_number(ctx, version);
	out->params[6] = routine_json(ctx, act);
	out->params[7] = level_channel;
}

static enum match_refusal read_refusal(const char *word)
{
	static const char *const words[] = {[MATCH_ENDED] = "ended",
		[MATCH_PLAYING] = "playing",
		[MATCH_BALANCE] = "balance",
		[MATCH_PURSE_FULL] = "purse_full"};
	for (size_t i = MATCH_ENDED; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum match_refusal)i;
	return MATCH_OTHER;
}

enum status matches_outcome_parse(void *ctx, const char *text, struct match_outcome *out)
{
	*out = (struct match_outcome){.whole = read_object(ctx, text)};
	if (!out->whole)
		return STATUS_FAILED;
	out->again = json_is_true(json_object_get(out->whole, "again"));
	out->balance = routine_number(out->whole, "balance");
	if (out->again)
		return STATUS_OK;
	if (json_is_true(json_object_get(out->whole, "done"))) {
		out->match = read_match(ctx, json_object_get(out->whole, "game"));
		return out->match ? STATUS_OK : STATUS_FAILED;
	}
	out->word = get_text(ctx, out->whole, "refusal");
	if (!out->word)
		return STATUS_FAILED;
	out->refusal = read_refusal(out->word);
	return STATUS_OK;
}

enum status matches_outcome_read(void *ctx, const struct db_rows *rows, struct match_outcome *out)
{
	return db_rows_count(rows) == 1 ? matches_outcome_parse(ctx, db_text(rows, 0, 0), out)
					: STATUS_FAILED;
}

/* ---- What is due */

void matches_expire_call(void *ctx, int most, const char *level_channel, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_GAMES_EXPIRE,
		.params = {call_number(ctx, most), level_channel},
		.changes = true};
}

int64_t matches_expire_read(const struct db_rows *rows)
{
	return db_integer(rows, 0, 0);
}

void match_lapse_call(
	const char *id, const struct sighting *who, const char *level_channel, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_GAME_LAPSE,
		.params = {id, level_channel},
		.changes = true,
		.member = who->id};
}

void match_edits_take_call(void *ctx, int most, int lease_s, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_GAME_EDITS_TAKE,
		.params = {call_number(ctx, most), call_number(ctx, lease_s)},
		.changes = true};
}

/* A cell on CTX; NULL for NULL. */
static const char *cell(void *ctx, const struct db_rows *rows, int row, int column)
{
	return db_is_null(rows, row, column) ? NULL
					     : must(talloc_strdup(ctx, db_text(rows, row, column)));
}

bool match_edits_take_read(void *ctx, const struct db_rows *rows, int row, struct match_edit *out)
{
	if (row >= db_rows_count(rows))
		return false;
	*out = (struct match_edit){
		.game_id = cell(ctx, rows, row, 0),
		.outcome = cell(ctx, rows, row, 1),
		.language = cell(ctx, rows, row, 2),
		.application_id = cell(ctx, rows, row, 3),
		.token = cell(ctx, rows, row, 4),
		.channel_id = cell(ctx, rows, row, 5),
		.message_id = cell(ctx, rows, row, 6),
	};
	return true;
}

void match_edits_end_call(const char *game_id, bool made, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_GAME_EDITS_END,
		.params = {game_id, made ? "true" : "false"},
		.changes = true};
}

/* ---- Seeds */

/* As the column holds it, on CTX. */
static const char *show_seed(void *ctx, const struct fair_seed *seed)
{
	return must(talloc_strdup(ctx, fair_seed_show(seed).text));
}

void seeds_make_call(void *ctx, const struct sighting *who, const struct fair_seed *server,
	const char *member, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_SEEDS_MAKE,
		.params = {who->id.text, who->username, call_number(ctx, who->seen_ms),
			show_seed(ctx, server), member},
		.changes = true,
		.member = who->id};
}

void seeds_change_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	const char *member, const struct fair_seed *server, struct db_call *out)
{
	routine_call(ctx, QUERY_SEEDS_CHANGE, interaction, who, out);
	out->params[4] = member;
	out->params[5] = server ? show_seed(ctx, server) : NULL;
}

static bool read_seed(const json_t *object, const char *key, struct fair_seed *out)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text && fair_seed_read(text, out);
}

static enum status read_done(void *ctx, const json_t *object, struct seeds_change *out)
{
	out->member = get_text(ctx, object, "member");
	out->counter = json_integer_value(json_object_get(object, "counter"));
	out->games = json_integer_value(json_object_get(object, "games"));
	out->revealed = json_object_get(object, "revealed") != NULL;
	bool good = out->member && read_seed(object, "server", &out->server) &&
		    (!out->revealed || read_seed(object, "revealed", &out->old));
	return good ? STATUS_OK : STATUS_FAILED;
}

enum status seeds_change_read(void *ctx, const struct db_rows *rows, struct seeds_change *out)
{
	*out = (struct seeds_change){.outcome = SEEDS_DONE};
	const json_t *object =
		db_rows_count(rows) == 1 ? read_object(ctx, db_text(rows, 0, 0)) : NULL;
	if (json_is_true(json_object_get(object, "done")))
		return read_done(ctx, object, out);
	const char *refusal = json_string_value(json_object_get(object, "refusal"));
	if (!refusal)
		return STATUS_FAILED;
	out->outcome = strcmp(refusal, "open") == 0 ? SEEDS_OPEN : SEEDS_UNUSED;
	return STATUS_OK;
}
