/* Calls about open matches and seeds. */
#include "besace/store/matches.h"

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

/* ---- Reading matches */

static const char *get_text(void *ctx, const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? must(talloc_strdup(ctx, text)) : NULL;
}

/* Texts and numbers that may be null: "" and 0. */
static const char *text_or_empty(const json_t *value)
{
	const char *text = json_string_value(value);
	return text ? text : "";
}

static int number_or_0(const json_t *value)
{
	return (int)json_integer_value(value);
}

/* False unless OBJECT has exactly the keys of FORMAT. */
#define READ_KEYS(object, format, ...)                                                             \
	(json_unpack_ex((json_t *)(uintptr_t)(object), NULL, JSON_STRICT, format, __VA_ARGS__) == 0)

static bool read_level_gain(const json_t *object, struct level_gain *out)
{
	const char *user;
	json_t *items, *quantity;
	int was;
	*out = (struct level_gain){0};
	if (json_is_null(object))
		return true;
	if (!READ_KEYS(object, "{s:s, s:i, s:i, s:i, s:o}", "user", &user, "old", &was, "level",
		    &out->level, "lc", &out->lc, "items", &items))
		return false;
	const char *type;
	json_object_foreach (items, type, quantity) {
		enum item item;
		if (!item_parse(type, &item))
			return false;
		out->items[item] = (int32_t)json_integer_value(quantity);
	}
	return true;
}

static bool read_end(const json_t *object, struct match_end *out)
{
	const char *user;
	json_t *result, *multiplier, *games_left, *level_up;
	*out = (struct match_end){0};
	if (!READ_KEYS(object, "{s:s, s:o, s:i, s:i, s:o, s:o, s:i, s:o}", "user", &user, "result",
		    &result, "stake", &out->stake, "paid", &out->paid, "multiplier", &multiplier,
		    "games_left", &games_left, "xp", &out->xp, "level_up", &level_up))
		return false;
	out->played = !json_is_null(result);
	out->multiplier = number_or_0(multiplier);
	out->games_left = number_or_0(games_left);
	return snowflake_parse(user, &out->user) && read_level_gain(level_up, &out->gained) &&
	       (!out->played || result_parse(text_or_empty(result), &out->result));
}

static bool read_ends(const json_t *list, struct match *out)
{
	out->ends =
		must(talloc_zero_array(out, struct match_end, (unsigned)json_array_size(list) + 1));
	size_t i;
	json_t *end;
	json_array_foreach (list, i, end)
		if (!read_end(end, &out->ends[out->end_count++]))
			return false;
	return true;
}

static bool read_escrow(const json_t *list, struct match *out)
{
	unsigned room = (unsigned)json_array_size(list) + 1;
	out->seats = must(talloc_zero_array(out, struct snowflake, room));
	out->stakes = must(talloc_zero_array(out, int32_t, room));
	size_t i;
	json_t *seat;
	json_array_foreach (list, i, seat) {
		const char *user;
		if (!READ_KEYS(seat, "{s:s, s:i}", "user", &user, "stake", &out->stakes[i]) ||
			!snowflake_parse(user, &out->seats[out->seat_count++]))
			return false;
	}
	return true;
}

/* The texts and lists of a view, before they are parsed. */
struct view {
	const char *id, *game_type, *owner, *state, *why;
	json_t *opponent, *facts, *escrow, *ends;
	json_int_t expires_at;
	int accepted, expired;
};

static bool read_view(const json_t *object, struct view *view, struct match *out)
{
	*view = (struct view){0};
	return READ_KEYS(object,
		"{s:s, s:s, s:s, s:o, s:b, s:i, s:i, s:s, s:o, s:I, s:b, s:o, s?s, s?o}", "id",
		&view->id, "game_type", &view->game_type, "owner", &view->owner, "opponent",
		&view->opponent, "accepted", &view->accepted, "stake", &out->stake, "version",
		&out->version, "state", &view->state, "facts", &view->facts, "expires_at",
		&view->expires_at, "expired", &view->expired, "escrow", &view->escrow, "why",
		&view->why, "ends", &view->ends);
}

/* OBJECT lives as long as CTX. NULL when it is no match. */
static struct match *read_match(void *ctx, const json_t *object)
{
	struct match *match = must(talloc_zero(ctx, struct match));
	struct view view;
	if (!read_view(object, &view, match))
		return NULL;
	match->accepted = view.accepted;
	match->due_s = view.expires_at;
	match->lapsed = view.expired;
	match->state = must(talloc_strdup(match, view.state));
	match->facts = view.facts;
	match->over = view.ends != NULL;
	match->why = view.why ? must(talloc_strdup(match, view.why)) : NULL;
	bool good = snowflake_parse(view.id, &match->id) &&
		    game_parse(view.game_type, &match->game) &&
		    snowflake_parse(view.owner, &match->owner) &&
		    (json_is_null(view.opponent) ||
			    snowflake_parse(text_or_empty(view.opponent), &match->opponent)) &&
		    json_is_object(view.facts) && match->over == (match->why != NULL) &&
		    read_escrow(view.escrow, match) && read_ends(view.ends, match);
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
	*out = (struct db_call){.query = QUERY_MATCH_LOOK,
		.params = {who->guild.text, who->id.text, interaction->text, id, channel}};
}

/* The columns of match_look. */
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

static void play_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	json_t *open, struct db_call *out)
{
	const json_t *seeds = json_object_get(open, "seeds");
	routine_call(ctx, QUERY_MATCH_PLAY, interaction, who, out);
	out->params[5] = get_text(ctx, open, "game_type");
	out->params[6] = call_number(ctx, json_integer_value(json_object_get(open, "stake")));
	out->params[7] = call_number(ctx, json_integer_value(json_object_get(open, "max_credit")));
	out->params[8] = get_text(ctx, seeds, "server_seed");
	out->params[9] = get_text(ctx, seeds, "client_seed");
	out->params[10] =
		call_number(ctx, json_integer_value(json_object_get(seeds, "first_nonce")));
	out->params[11] = json_object_get(open, "new_seeds") ? "true" : "false";
	out->params[12] = routine_json(ctx, json_incref(json_object_get(open, "plays")));
	json_decref(open);
}

void matches_open_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	json_t *open, struct db_call *out)
{
	if (is_over_at_once(open)) {
		play_call(ctx, interaction, who, open, out);
		return;
	}
	routine_call(ctx, QUERY_MATCH_OPEN, interaction, who, out);
	out->params[5] = routine_json(ctx, open);
}

void matches_press_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	const char *id, int version, json_t *act, struct db_call *out)
{
	routine_call(ctx, QUERY_MATCH_PRESS, interaction, who, out);
	out->params[5] = id;
	out->params[6] = call_number(ctx, version);
	out->params[7] = routine_json(ctx, act);
}

static enum match_refusal read_refusal(const char *word)
{
	static const char *const words[] = {[MATCH_ENDED] = "ended",
		[MATCH_PLAYING] = "playing",
		[MATCH_BALANCE] = "balance",
		[MATCH_OPPONENT_BALANCE] = "opponent_balance",
		[MATCH_BALANCE_FULL] = "balance_full"};
	for (size_t i = MATCH_ENDED; i < ARRAY_LEN(words); i++)
		if (strcmp(words[i], word) == 0)
			return (enum match_refusal)i;
	return MATCH_OTHER;
}

/* What the outcome of a play or press may have; "secret" and "news" are the command's. */
static bool read_outcome(const json_t *whole, json_t **out_match, struct match_outcome *out)
{
	int done = 0, again = 0;
	json_t *secret = NULL, *news = NULL;
	const char *word = NULL;
	*out_match = NULL;
	if (!READ_KEYS(whole, "{s?b, s?b, s?i, s?s, s?o, s?o, s?o}", "again", &again, "done", &done,
		    "balance", &out->balance, "refusal", &word, "match", out_match, "secret",
		    &secret, "news", &news))
		return false;
	out->again = again;
	out->word = word;
	return again || done == (word == NULL);
}

enum status matches_outcome_parse(void *ctx, const char *text, struct match_outcome *out)
{
	json_t *match;
	*out = (struct match_outcome){.whole = read_object(ctx, text)};
	if (!out->whole || !read_outcome(out->whole, &match, out))
		return STATUS_FAILED;
	if (out->again)
		return STATUS_OK;
	if (match && !(out->match = read_match(ctx, match)))
		return STATUS_FAILED;
	if (!out->word)
		return out->match ? STATUS_OK : STATUS_FAILED;
	out->word = must(talloc_strdup(ctx, out->word));
	out->refusal = read_refusal(out->word);
	return STATUS_OK;
}

enum status matches_outcome_read(void *ctx, const struct db_rows *rows, struct match_outcome *out)
{
	return db_rows_count(rows) == 1 ? matches_outcome_parse(ctx, db_text(rows, 0, 0), out)
					: STATUS_FAILED;
}

/* ---- What is due */

void matches_expire_call(void *ctx, int max, struct db_call *out)
{
	*out = (struct db_call){
		.query = QUERY_MATCHES_EXPIRE, .params = {call_number(ctx, max)}, .changes = true};
}

int64_t matches_expire_read(const struct db_rows *rows)
{
	return db_rows_count(rows) > 0 ? db_integer(rows, 0, 0) : 0;
}

void match_expire_call(const char *id, const struct sighting *who, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_MATCH_EXPIRE,
		.params = {who->guild.text, id},
		.changes = true,
		.member = who->id};
}

/* ---- Edits */

void match_edits_take_call(void *ctx, int max, int lease_s, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_MATCH_EDITS_TAKE,
		.params = {call_number(ctx, max), call_number(ctx, lease_s)},
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
		.guild_id = cell(ctx, rows, row, 0),
		.match_id = cell(ctx, rows, row, 1),
		.outcome = cell(ctx, rows, row, 2),
		.english = strcmp(db_text(rows, row, 3), "en") == 0,
		.application_id = cell(ctx, rows, row, 4),
		.token = cell(ctx, rows, row, 5),
		.channel_id = cell(ctx, rows, row, 6),
		.message_id = cell(ctx, rows, row, 7),
	};
	return true;
}

void match_edits_end_call(const struct match_edit *edit, bool made, struct db_call *out)
{
	*out = (struct db_call){.query = QUERY_MATCH_EDITS_END,
		.params = {edit->guild_id, edit->match_id, made ? "true" : "false"},
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
		.params = {who->guild.text, who->id.text, who->username,
			call_number(ctx, who->seen_ms), show_seed(ctx, server), member},
		.changes = true,
		.member = who->id};
}

void seeds_change_call(void *ctx, const struct snowflake *interaction, const struct sighting *who,
	const char *member, const struct fair_seed *server, struct db_call *out)
{
	routine_call(ctx, QUERY_SEEDS_CHANGE, interaction, who, out);
	out->params[5] = member;
	out->params[6] = server ? show_seed(ctx, server) : NULL;
}

static enum status read_done(void *ctx, const json_t *object, struct seeds_change *out)
{
	const char *server, *member;
	json_t *revealed, *draws;
	json_int_t nonce;
	int done;
	if (!READ_KEYS(object, "{s:b, s:s, s:s, s:I, s:o, s:o}", "done", &done, "server_seed",
		    &server, "client_seed", &member, "nonce", &nonce, "revealed", &revealed,
		    "draws", &draws))
		return STATUS_FAILED;
	out->member = must(talloc_strdup(ctx, member));
	out->counter = nonce;
	out->games = json_integer_value(draws);
	out->revealed = !json_is_null(revealed);
	bool good = fair_seed_read(server, &out->server) &&
		    (!out->revealed || fair_seed_read(text_or_empty(revealed), &out->old));
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
