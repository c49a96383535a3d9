/* Calls about what members earn, may lose, and want announced. */
#include "besace/store/earnings.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "routine.h"

struct state_row {
	const json_t *state;
};
DB_SHAPE(shape_state, DB_FIELD(state_row, state));

static enum status read_object(
	void *ctx, const json_t *object, const struct db_shape *shape, void *out)
{
	char *why;
	if (json_shape_read(ctx, object, shape, out, &why))
		return STATUS_OK;
	log_error(LOG_TEXT("what a routine returned cannot be read"), LOG_STR("why", why));
	return STATUS_FAILED;
}

/* The JSON object of the only row, by SHAPE. */
static enum status read_state(
	void *ctx, const struct db_rows *rows, const struct db_shape *shape, void *out)
{
	struct state_row row;
	if (db_row_read(ctx, rows, 0, &shape_state, &row))
		return STATUS_FAILED;
	return read_object(ctx, row.state, shape, out);
}

/* ---- Earnings */

/* Binds where, and with which roles. */
static void bind_place(void *ctx, const struct earning_place *place, struct db_call *out)
{
	const char **roles = must(talloc_array(ctx, const char *, (unsigned)place->role_count + 1));
	for (size_t i = 0; i < place->role_count; i++)
		roles[i] = place->roles[i].text;
	db_set_id(out, "channel_id", &place->channel);
	db_set_text_or_null(out, "parent_id", place->parent);
	db_set_text_or_null(out, "category_id", place->category);
	db_set_texts(out, "roles", roles, place->role_count);
}

void earnings_call(void *ctx, const struct member_seen *member, const struct earning_place *place,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_EARNINGS, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
	db_set_integer(out, "seen_ms", member->seen_ms);
	bind_place(ctx, place, out);
}

#define FIELD(member) DB_FIELD(earnings, member)
DB_SHAPE(json_earnings, FIELD(levels), FIELD(message), FIELD(reaction), FIELD(voice), FIELD(game),
	FIELD(message_min), FIELD(message_max), FIELD(reaction_xp), FIELD(reaction_xp_max),
	FIELD(voice_from), FIELD(voice_first), FIELD(voice_next), FIELD(voice_hour),
	FIELD(game_win), FIELD(game_loss), FIELD(game_push), FIELD(place_percent),
	FIELD(role_percent), FIELD(rate_percent), DB_FIELD_OR_NULL(earnings, place_id),
	DB_FIELD_OR_NULL(earnings, role_id), FIELD(next_ms), FIELD(today), FIELD(day_xp_max),
	FIELD(why), FIELD(why_xp));
#undef FIELD

enum status earnings_read(void *ctx, const struct db_rows *rows, struct earnings *out)
{
	*out = (struct earnings){0};
	return read_state(ctx, rows, &json_earnings, out);
}

struct help_row {
	int32_t xp, gift_amount, level_reward_percent;
	bool gift_midnight, level_reward_items, gives;
	const json_t *earnings, *command_ids;
};
DB_SHAPE(shape_help, DB_FIELD(help_row, xp), DB_FIELD(help_row, earnings),
	DB_FIELD(help_row, gift_amount), DB_FIELD(help_row, gift_midnight),
	DB_FIELD(help_row, level_reward_percent), DB_FIELD(help_row, level_reward_items),
	DB_FIELD(help_row, gives), DB_FIELD(help_row, command_ids));

void help_call(void *ctx, const struct member_seen *member, const struct earning_place *place,
	struct db_call *out)
{
	db_call_begin(ctx, QUERY_HELP, out);
	members_bind(out, member);
	members_bind_asker(out, member);
	bind_place(ctx, place, out);
}

enum status help_read(void *ctx, const struct db_rows *rows, struct help *out)
{
	struct help_row row;
	*out = (struct help){0};
	if (db_row_read(ctx, rows, 0, &shape_help, &row))
		return STATUS_FAILED;
	*out = (struct help){.xp = row.xp,
		.gift_amount = row.gift_amount,
		.gift_midnight = row.gift_midnight,
		.level_reward_percent = row.level_reward_percent,
		.level_reward_items = row.level_reward_items,
		.gives = row.gives,
		.command_ids = row.command_ids};
	return read_object(ctx, row.earnings, &json_earnings, &out->earnings);
}

/* ---- The limit of losses */

DB_SHAPE(json_loss_limit, DB_FIELD(loss_limit, day_max), DB_FIELD(loss_limit, next_max),
	DB_FIELD(loss_limit, next_at_s), DB_FIELD(loss_limit, lost),
	DB_FIELD(loss_limit, guild_max));

void loss_limit_call(void *ctx, const struct member_seen *member, struct db_call *out)
{
	db_call_begin(ctx, QUERY_LOSS_LIMIT, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
}

enum status loss_limit_read(void *ctx, const struct db_rows *rows, struct loss_limit *out)
{
	*out = (struct loss_limit){0};
	return read_state(ctx, rows, &json_loss_limit, out);
}

void loss_limit_set_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, int32_t day_max, struct db_call *out)
{
	routine_begin(ctx, QUERY_LOSS_LIMIT_SET, interaction, member, out);
	db_set_integer(out, "day_max", day_max);
}

enum status loss_limit_set_read(void *ctx, const struct db_rows *rows, struct loss_limit *out)
{
	const struct outcome_format format = {.done = &json_loss_limit, .count = 1};
	unsigned refusal;
	*out = (struct loss_limit){0};
	return routine_outcome_read(ctx, rows, &format, &refusal, out);
}

/* ---- A member's own announcements */

static const char *const choices[] = {
	[ANNOUNCE_SILENT] = "silent", [ANNOUNCE_PING] = "ping", [ANNOUNCE_NONE] = "none"};

const char *announce_choice_name(enum announce_choice choice)
{
	return choices[choice];
}

struct announce_json {
	const char *choice, *place;
	bool on_page, pings, role_only, has_page;
	int32_t from_level, every;
};
DB_SHAPE(json_announce_choice, DB_FIELD(announce_json, choice), DB_FIELD(announce_json, on_page),
	DB_FIELD(announce_json, place), DB_FIELD(announce_json, pings),
	DB_FIELD(announce_json, from_level), DB_FIELD(announce_json, every),
	DB_FIELD(announce_json, role_only), DB_FIELD(announce_json, has_page));

static enum status read_announce(
	void *ctx, const struct announce_json *in, struct announce_state *out)
{
	*out = (struct announce_state){.on_page = in->on_page,
		.place = must(talloc_strdup(ctx, in->place)),
		.from_level = in->from_level,
		.every = in->every,
		.role_only = in->role_only,
		.pings = in->pings,
		.has_page = in->has_page};
	for (int i = 0; i < ANNOUNCE_CHOICE_COUNT; i++)
		if (strcmp(choices[i], in->choice) == 0) {
			out->choice = (enum announce_choice)i;
			return STATUS_OK;
		}
	return STATUS_FAILED;
}

void announce_view_call(void *ctx, const struct member_seen *member, struct db_call *out)
{
	db_call_begin(ctx, QUERY_ANNOUNCE_VIEW, out);
	db_set_id(out, "guild_id", &member->guild);
	db_set_id(out, "member_id", &member->id);
}

enum status announce_view_read(void *ctx, const struct db_rows *rows, struct announce_state *out)
{
	struct announce_json in = {0};
	if (read_state(ctx, rows, &json_announce_choice, &in))
		return STATUS_FAILED;
	return read_announce(ctx, &in, out);
}

void announce_choice_call(void *ctx, const struct snowflake *interaction,
	const struct member_seen *member, const enum announce_choice *choice, const bool *on_page,
	struct db_call *out)
{
	routine_begin(ctx, QUERY_ANNOUNCE_CHOICE, interaction, member, out);
	db_set_text_or_null(out, "choice", choice ? choices[*choice] : NULL);
	db_set_text_or_null(out, "on_page", !on_page ? NULL : *on_page ? "true" : "false");
}

enum status announce_choice_read(void *ctx, const struct db_rows *rows, struct announce_state *out)
{
	const struct outcome_format format = {.done = &json_announce_choice, .count = 1};
	struct announce_json in = {0};
	unsigned refusal;
	if (routine_outcome_read(ctx, rows, &format, &refusal, &in))
		return STATUS_FAILED;
	return read_announce(ctx, &in, out);
}
