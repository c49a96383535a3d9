/* Reads matches from JSON. */
#include "match_view.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "level_json.h"

/* ---- Shapes */

struct match_json {
	struct snowflake id, owner, opponent, channel;
	const char *game_type, *state, *why;
	bool accepted, expired;
	int32_t stake, version;
	int64_t expires_at;
	const json_t *facts, *escrow, *ends, *rivalry;
};
DB_SHAPE(json_match, DB_FIELD(match_json, id), DB_FIELD(match_json, game_type),
	DB_FIELD(match_json, owner), DB_FIELD_OR_NULL(match_json, opponent),
	DB_FIELD_OR_NULL(match_json, channel), DB_FIELD(match_json, accepted),
	DB_FIELD(match_json, stake), DB_FIELD(match_json, version), DB_FIELD(match_json, state),
	DB_FIELD(match_json, facts), DB_FIELD(match_json, expires_at),
	DB_FIELD(match_json, expired), DB_FIELD(match_json, escrow),
	DB_FIELD_OPTIONAL(match_json, why), DB_FIELD_OPTIONAL(match_json, ends),
	DB_FIELD_OPTIONAL(match_json, rivalry));

struct match_rivalry_json {
	int32_t owner, opponent, streak;
};
DB_SHAPE(json_match_rivalry, DB_FIELD(match_rivalry_json, owner),
	DB_FIELD(match_rivalry_json, opponent), DB_FIELD(match_rivalry_json, streak));

struct match_stake_json {
	struct snowflake user;
	int32_t stake;
};
DB_SHAPE(json_match_stake, DB_FIELD(match_stake_json, user), DB_FIELD(match_stake_json, stake));

struct match_end_json {
	struct snowflake user;
	const char *result;
	int32_t stake, paid, multiplier, games_left, xp;
	const json_t *level_up;
};
DB_SHAPE(json_match_end, DB_FIELD(match_end_json, user), DB_FIELD_OR_NULL(match_end_json, result),
	DB_FIELD(match_end_json, stake), DB_FIELD(match_end_json, paid),
	DB_FIELD_OR_NULL(match_end_json, multiplier), DB_FIELD_OR_NULL(match_end_json, games_left),
	DB_FIELD(match_end_json, xp), DB_FIELD_OR_NULL(match_end_json, level_up));

/* ---- JSON that lives on a context */

struct holder {
	json_t *json;
};

static int let_go(struct holder *holder)
{
	json_decref(holder->json);
	return 0;
}

const json_t *match_view_parse(void *ctx, const char *text)
{
	json_t *json = json_loads(text, 0, NULL);
	if (!json_is_object(json)) {
		json_decref(json);
		return NULL;
	}
	struct holder *holder = must(talloc(ctx, struct holder));
	holder->json = json;
	talloc_set_destructor(holder, let_go);
	return json;
}

/* ---- Reading */

static bool read_end(void *ctx, const json_t *object, struct match_end *out, char **out_why)
{
	struct match_end_json row;
	if (!json_shape_read(ctx, object, &json_match_end, &row, out_why))
		return false;
	*out = (struct match_end){
		.user = row.user,
		.played = row.result != NULL,
		.stake = row.stake,
		.paid = row.paid,
		.multiplier = row.multiplier,
		.games_left = row.games_left,
		.xp = row.xp,
	};
	return (!row.result || result_parse(row.result, &out->result)) &&
	       level_up_read(ctx, row.level_up, &out->gained, out_why);
}

static bool read_ends(const json_t *list, struct match *out, char **out_why)
{
	out->ends =
		must(talloc_zero_array(out, struct match_end, (unsigned)json_array_size(list) + 1));
	size_t i;
	json_t *end;
	json_array_foreach (list, i, end)
		if (!read_end(out, end, &out->ends[out->end_count++], out_why))
			return false;
	return true;
}

static bool read_escrow(const json_t *list, struct match *out, char **out_why)
{
	unsigned room = (unsigned)json_array_size(list) + 1;
	out->seats = must(talloc_zero_array(out, struct snowflake, room));
	out->stakes = must(talloc_zero_array(out, int32_t, room));
	size_t i;
	json_t *seat;
	json_array_foreach (list, i, seat) {
		struct match_stake_json row;
		if (!json_shape_read(out, seat, &json_match_stake, &row, out_why))
			return false;
		out->seats[out->seat_count] = row.user;
		out->stakes[out->seat_count++] = row.stake;
	}
	return true;
}

/* NULL, or absent: nothing is known. */
static bool read_rivalry(const json_t *object, struct match *out, char **out_why)
{
	struct match_rivalry_json row;
	if (!object || json_is_null(object))
		return true;
	if (!json_shape_read(out, object, &json_match_rivalry, &row, out_why))
		return false;
	out->rivalry = (struct match_rivalry){true, row.owner, row.opponent, row.streak};
	return true;
}

static bool read_match(const json_t *object, struct match *out, char **out_why)
{
	struct match_json row;
	if (!json_shape_read(out, object, &json_match, &row, out_why))
		return false;
	*out = (struct match){
		.id = row.id,
		.owner = row.owner,
		.opponent = row.opponent,
		.channel = row.channel,
		.accepted = row.accepted,
		.stake = row.stake,
		.version = row.version,
		.expires_at = row.expires_at,
		.expired = row.expired,
		.state = row.state,
		.facts = row.facts,
		.over = row.ends != NULL,
		.why = row.why,
	};
	return game_parse(row.game_type, &out->game) && json_is_object(row.facts) &&
	       out->over == (out->why != NULL) && read_escrow(row.escrow, out, out_why) &&
	       read_ends(row.ends, out, out_why) && read_rivalry(row.rivalry, out, out_why);
}

struct match *match_view_read(void *ctx, const json_t *object)
{
	struct match *match = must(talloc_zero(ctx, struct match));
	char *why = NULL;
	if (read_match(object, match, &why))
		return match;
	log_error(LOG_TEXT("a match cannot be read"),
		LOG_STR("why", why ? why : "a value is none of its kind"));
	talloc_free(match);
	return NULL;
}

enum status match_parse(void *ctx, const char *text, struct match **out)
{
	const json_t *object = match_view_parse(ctx, text);
	*out = object ? match_view_read(ctx, object) : NULL;
	return *out ? STATUS_OK : STATUS_FAILED;
}

const struct match_end *match_end_of(const struct match *match, const struct snowflake *user)
{
	for (size_t i = 0; i < match->end_count; i++)
		if (snowflake_equal(&match->ends[i].user, user))
			return &match->ends[i];
	return NULL;
}
