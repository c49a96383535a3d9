/* Shows challenges and how matches of two ended. */
#include "versus_show.h"

#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/engine/custom_id.h"
#include "besace/play/challenge.h"

/* TEXT with the two players, the stake and the time in it. */
static char *fill(const struct show *show, enum text text)
{
	const struct match *match = show->match;
	return text_fill(show->ctx, show->language, text, "member", show_name(show, &match->owner),
		"opponent", show_name(show, &match->opponent), "stake",
		show_number(show, match->stake), "expires", show_due(show), "rule",
		text_get(show->language, game_face(match->game)->rule), NULL);
}

/* ---- The challenge */

static void show_open(struct show *show)
{
	const struct match *match = show->match;
	const struct game_face *face = game_face(match->game);
	static const struct show_button accept = {BUTTON_SUCCESS, TEXT_MATCH_ACCEPT, NULL},
					refuse = {BUTTON_SECONDARY, TEXT_MATCH_REFUSE, NULL};
	struct show_button accept_as = accept;
	accept_as.emoji = face->emoji;
	show_title(show, text_fill(show->ctx, show->language, face->dare, "opponent",
				 show_mention(show, &match->opponent), "member",
				 show_name(show, &match->owner), NULL));
	show_line(show, fill(show, TEXT_MATCH_STAKES));
	show_line(show, fill(show, TEXT_MATCH_ANSWER));
	show_button(show, &accept_as, "accept", CUSTOM_ID_NO_NUMBER);
	show_button(show, &refuse, "refuse", CUSTOM_ID_NO_NUMBER);
	struct custom_id cancel = custom_id_make(game_rules(match->game)->type, "cancel");
	cancel.subject = match->id;
	show_any_button(show,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_fill(show->ctx, show->language, TEXT_MATCH_WITHDRAW, "member",
				markdown_plain(show->ctx, show_name(show, &match->owner)), NULL),
			.custom_id = custom_id_write(show->ctx, &cancel)});
	if (face->accept_draw)
		show_proof_button(show); /* the commitment, before anybody accepts */
}

static void show_unplayed(struct show *show)
{
	static const struct {
		const char *why;
		enum text title, text;
	} reasons[] = {
		{"refused", TEXT_MATCH_REFUSED_TITLE, TEXT_MATCH_REFUSED},
		{"cancelled", TEXT_MATCH_CANCELLED_TITLE, TEXT_MATCH_CANCELLED},
		{"expired", TEXT_MATCH_EXPIRED_TITLE, TEXT_MATCH_EXPIRED},
	};
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcmp(reasons[i].why, show->match->why) == 0) {
			show_title(show, fill(show, reasons[i].title));
			show_line(show, fill(show, reasons[i].text));
		}
}

void versus_show_challenge(struct show *show)
{
	if (show->match->over)
		show_unplayed(show);
	else
		show_open(show);
}

/* ---- Secret choices */

void challenge_show_side(struct show *show, enum side side, const char *have)
{
	struct versus_view view;
	if (!challenge_view(show->match, &view))
		return;
	const char *line = must(talloc_asprintf(
		show->ctx, "**%s**", show_name(show, challenge_member(show->match, side))));
	if (have)
		line = must(talloc_asprintf(show->ctx, "%s %s", line, have));
	show_line(show, show_joined(show, line,
				text_get(show->language, view.owes[side] ? TEXT_MATCH_THINKS
									 : TEXT_MATCH_HAS_CHOSEN)));
}

/* ---- The end */

/* The end of the winner, or NULL. */
static const struct match_end *winner_of(const struct match *match)
{
	for (size_t i = 0; i < match->end_count; i++)
		if (match->ends[i].played && match->ends[i].result == RESULT_WIN)
			return &match->ends[i];
	return NULL;
}

/* Somebody let a turn pass, or both did: who is told by name. */
static void show_passed(struct show *show, const struct match_end *winner)
{
	const struct match *match = show->match;
	if (!winner) {
		show_title(show, text_get(show->language, TEXT_MATCH_PASSED_BOTH_TITLE));
		show_line(show, fill(show, TEXT_MATCH_PASSED_BOTH));
		return;
	}
	bool owner_won = snowflake_equal(&winner->user, &match->owner);
	show_title(show, text_fill(show->ctx, show->language, TEXT_MATCH_FORFEIT_TITLE, "winner",
				 show_name(show, &winner->user), NULL));
	show_line(
		show, text_fill(show->ctx, show->language, TEXT_MATCH_FORFEIT, "member",
			      show_name(show, owner_won ? &match->opponent : &match->owner), NULL));
}

static void show_rivals(struct show *show)
{
	const struct match *match = show->match;
	const struct match_rivalry *rivalry = &match->rivalry;
	if (!rivalry->known || rivalry->owner_wins + rivalry->opponent_wins == 0)
		return;
	bool owner_leads = rivalry->owner_wins >= rivalry->opponent_wins;
	show_below(show,
		text_fill(show->ctx, show->language, TEXT_MATCH_RIVALS, "member",
			show_name(show, owner_leads ? &match->owner : &match->opponent), "first",
			show_number(
				show, owner_leads ? rivalry->owner_wins : rivalry->opponent_wins),
			"opponent", show_name(show, owner_leads ? &match->opponent : &match->owner),
			"second",
			show_number(
				show, owner_leads ? rivalry->opponent_wins : rivalry->owner_wins),
			NULL));
}

/* Either of the two may press it: a new challenge to the other. */
static void show_rematch(struct show *show)
{
	const struct match *match = show->match;
	struct custom_id id =
		challenge_id(match->game, &match->owner, &match->opponent, match->stake);
	show_any_button(show, (struct button){.style = BUTTON_PRIMARY,
				      .label = fill(show, TEXT_MATCH_REMATCH),
				      .emoji = game_face(match->game)->emoji,
				      .custom_id = custom_id_write(show->ctx, &id)});
}

/* The winner first. */
static void show_ends(struct show *show, const struct match_end *winner)
{
	const struct match *match = show->match;
	if (winner)
		show_end(show, winner, match->rivalry.streak);
	for (size_t i = 0; i < match->end_count; i++)
		if (&match->ends[i] != winner)
			show_end(show, &match->ends[i], 0);
}

void versus_show_end(struct show *show)
{
	const struct match *match = show->match;
	const struct match_end *winner = winner_of(match);
	if (strcmp(match->why, "expired") == 0)
		show_passed(show, winner);
	else if (winner)
		show_title(show, text_fill(show->ctx, show->language, TEXT_MATCH_WINNER, "member",
					 show_name(show, &winner->user), NULL));
	else
		show_title(show, text_get(show->language, TEXT_MATCH_DRAW));
	game_face(match->game)->show(show);
	show_ends(show, winner);
	show_rivals(show);
	show_rematch(show);
	if (game_face(match->game)->accept_draw)
		show_proof_button(show);
}
