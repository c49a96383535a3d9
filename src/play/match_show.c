/* Makes the messages of games, open and ended. */
#include "besace/play/face.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/play/facts.h"
#include "besace/play/match_button.h"
#include "besace/play/match_message.h"
#include "besace/play/own_seed.h"

#define FACE_ROW(NAME, name) [GAME_##NAME] = &face_##name,
static const struct game_face *const faces[GAME_COUNT] = {ALL_GAMES(FACE_ROW)};
#undef FACE_ROW

const struct game_face *game_face(enum game game)
{
	return faces[game];
}

/* ---- Pieces */

void show_line(struct show *show, const char *line)
{
	const char *before = show->reply->description;
	show->reply->description =
		before ? must(talloc_asprintf(show->ctx, "%s\n%s", before, line)) : line;
}

const char *show_name(const struct show *show, const struct snowflake *user)
{
	return match_name(show->match, user);
}

char *show_number(const struct show *show, int64_t number)
{
	return text_number(show->ctx, show->language, number);
}

const char *show_fact(const struct show *show, const char *key)
{
	return match_fact(show->match, key);
}

void show_button(
	struct show *show, const struct show_button *look, const char *action, int64_t round)
{
	reply_add_button(show->reply,
		(struct button){.style = look->style,
			.label = text_get(show->language, look->label),
			.emoji = look->emoji,
			.custom_id = match_button_id(show->ctx, show->match, action, round)});
}

static enum text end_text(const struct match_end *end)
{
	if (!end->played || end->result == RESULT_PUSH)
		return TEXT_MATCH_BACK;
	if (end->result == RESULT_LOSS)
		return TEXT_MATCH_LOST;
	/* A balance that was filled up while the game was open took less than the win. */
	return end->paid > end->stake ? TEXT_MATCH_WON : TEXT_MATCH_WON_FULL;
}

static void show_multiplier(struct show *show, const struct match_end *end)
{
	if (!end->multiplier)
		return;
	enum text text = text_plural(
		show->language, end->games_left, TEXT_MATCH_BOOST_ONE, TEXT_MATCH_BOOST_MANY);
	show_line(show, text_fill(show->ctx, show->language, text, "value",
				show_number(show, end->multiplier), "games",
				show_number(show, end->games_left), NULL));
}

/* The items of a level-up, " · Jackpot ×1". */
static char *gained_items(struct show *show, const struct level_gain *gain)
{
	static const enum text names[ITEM_COUNT] = {[ITEM_JACKPOT] = TEXT_ITEM_JACKPOT,
		[ITEM_X2] = TEXT_ITEM_X2,
		[ITEM_X3] = TEXT_ITEM_X3};
	char *items = must(talloc_strdup(show->ctx, ""));
	for (int i = 0; i < ITEM_COUNT; i++)
		if (gain->items[i] > 0)
			items = must(talloc_asprintf_append_buffer(items, " · %s",
				text_fill(show->ctx, show->language, TEXT_LEVEL_UP_ITEMS, "item",
					text_get(show->language, names[i]), "count",
					show_number(show, gain->items[i]), NULL)));
	return items;
}

void show_level(struct show *show, const struct match_end *end)
{
	const struct level_gain *gain = &end->gained;
	if (!gain->level)
		return;
	char *line = text_fill(show->ctx, show->language, TEXT_MATCH_LEVEL, "member",
		show_name(show, &end->user), "level", show_number(show, gain->level), NULL);
	if (gain->lc > 0)
		line = must(talloc_asprintf_append_buffer(
			line, " · +%s " UNIT_MARK, show_number(show, gain->lc)));
	show_line(show, must(talloc_asprintf(show->ctx, "%s%s", line, gained_items(show, gain))));
}

void show_end(struct show *show, const struct match_end *end)
{
	int64_t gain = (int64_t)end->paid - end->stake;
	show_line(show,
		text_fill(show->ctx, show->language, end_text(end), "member",
			show_name(show, &end->user), "gain",
			show_number(show, gain < 0 ? -gain : gain), "paid",
			show_number(show, end->paid), "xp", show_number(show, end->xp), NULL));
	show_multiplier(show, end);
	show_level(show, end);
}

void show_ends(struct show *show)
{
	for (size_t i = 0; i < show->match->seat_count; i++) {
		const struct match_end *end = match_end_of(show->match, &show->match->seats[i]);
		if (end)
			show_end(show, end);
	}
}

/* ---- Challenges */

static char *expiry_text(const struct show *show)
{
	return must(talloc_asprintf(show->ctx, "<t:%lld:R>", (long long)show->match->expires_at));
}

static void show_challenge(struct show *show)
{
	const struct match *match = show->match;
	show_line(
		show, text_fill(show->ctx, show->language, TEXT_MATCH_CHALLENGE, "member",
			      show_name(show, &match->owner), "opponent",
			      show_name(show, &match->opponent), "stake",
			      show_number(show, match->stake), "expires", expiry_text(show), NULL));
	static const struct {
		struct show_button look;
		const char *action;
	} answers[] = {
		{{BUTTON_SUCCESS, TEXT_MATCH_ACCEPT, "✅"}, "accept"},
		{{BUTTON_DANGER, TEXT_MATCH_REFUSE, "✖️"}, "refuse"},
		{{BUTTON_SECONDARY, TEXT_CANCEL, "↩️"}, "cancel"},
	};
	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		show_button(show, &answers[i].look, answers[i].action, CUSTOM_ID_NO_NUMBER);
}

/* A challenge that was not accepted. */
static void show_unplayed(struct show *show)
{
	static const struct {
		const char *why;
		enum text text;
	} reasons[] = {
		{"refused", TEXT_MATCH_REFUSED},
		{"cancelled", TEXT_MATCH_CANCELLED},
		{"expired", TEXT_MATCH_EXPIRED},
	};
	const struct match *match = show->match;
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcmp(reasons[i].why, match->why) == 0)
			show_line(show, text_fill(show->ctx, show->language, reasons[i].text,
						"member", show_name(show, &match->owner),
						"opponent", show_name(show, &match->opponent),
						"stake", show_number(show, match->stake), NULL));
}

/* ---- The whole */

static void show_running(struct show *show)
{
	show->reply->colour = COLOUR_WAITING;
	faces[show->match->game]->show(show);
	show_line(show, text_fill(show->ctx, show->language, TEXT_MATCH_EXPIRES, "expires",
				expiry_text(show), NULL));
}

/* Names the sides that let their turn pass; a game against the house has one player. */
static void show_passed(struct show *show)
{
	const struct match *match = show->match;
	struct versus_view view;
	if (!versus_look(match->game, match->state, &view)) {
		show_line(show, text_get(show->language, TEXT_MATCH_TIME_UP));
		return;
	}
	bool both = view.owes[SIDE_CHALLENGER] && view.owes[SIDE_OPPONENT];
	const struct snowflake *passed =
		view.owes[SIDE_CHALLENGER] ? &match->owner : &match->opponent;
	show_line(show, text_fill(show->ctx, show->language,
				both ? TEXT_MATCH_PASSED_BOTH : TEXT_MATCH_PASSED, "member",
				show_name(show, passed), "opponent",
				show_name(show, &match->opponent), NULL));
}

/* A match that expired says so. */
static void show_over(struct show *show)
{
	const struct match *match = show->match;
	enum colour colour = COLOUR_NEUTRAL;
	for (size_t i = 0; i < match->end_count; i++)
		if (match->ends[i].played && match->ends[i].result != RESULT_PUSH)
			colour = match->seat_count == 1 && match->ends[i].result == RESULT_LOSS
					 ? COLOUR_FAILURE
					 : COLOUR_SUCCESS;
	show->reply->colour = colour;
	if (strcmp(match->why, "expired") == 0 && game_rules(match->game)->turn_seconds > 0)
		show_passed(show);
	faces[match->game]->show(show);
}

void game_show(struct show *show)
{
	const struct match *match = show->match;
	const struct game_face *face = faces[match->game];
	const char *title = text_get(show->language, face->title);
	show->reply->title = must(talloc_asprintf(show->ctx, "%s %s", face->emoji, title));
	show->reply->colour = match->over ? COLOUR_NEUTRAL : COLOUR_WAITING;
	if (match->accepted && match->over)
		show_over(show);
	else if (match->accepted)
		show_running(show);
	else if (match->over)
		show_unplayed(show);
	else
		show_challenge(show);
	if (!match->accepted && face->accept_draw)
		own_seed_show(show); /* the commitment stands in the challenge */
}

enum status game_end_message(
	void *ctx, const char *outcome, enum language language, struct reply *out)
{
	struct match *match;
	*out = (struct reply){.kind = REPLY_UPDATE};
	if (match_parse(ctx, outcome, &match) || !match->over)
		return STATUS_FAILED;
	struct show show = {
		.ctx = ctx, .language = language, .reply = out, .match = match, .balance = -1};
	game_show(&show);
	return STATUS_OK;
}

const char *game_move_name(enum game game, enum language language, const char *move)
{
	const struct game_face *face = faces[game];
	for (size_t i = 0; i < face->move_count; i++)
		if (strcmp(face->moves[i].move, move) == 0)
			return text_get(language, face->moves[i].name);
	return "—";
}
