/* /historique: a member's own rows of the ledger, for their eyes only. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/play/face.h"
#include "besace/store/ledger.h"

/* Custom ids: the action is the side, the number the row that the page is older or newer than,
 * the owner the only member who may press. What is shown is always the presser's own. */
#define PREFIX "historique"
#define NEWER "newer"
#define OLDER "older"

static const struct {
	enum text in, out; /* what is said of LC that came in, and that went out */
} words[] = {
	[LEDGER_TYPE_TRANSFER] = {TEXT_LEDGER_RECEIVED, TEXT_LEDGER_GIVEN},
	[LEDGER_TYPE_GIFT] = {TEXT_LEDGER_GIFT, TEXT_LEDGER_GIFT},
	[LEDGER_TYPE_LEVEL_UP] = {TEXT_LEDGER_LEVEL_UP, TEXT_LEDGER_LEVEL_UP},
	[LEDGER_TYPE_JACKPOT] = {TEXT_LEDGER_JACKPOT, TEXT_LEDGER_JACKPOT},
	[LEDGER_TYPE_BET] = {TEXT_LEDGER_BET, TEXT_LEDGER_BET},
	[LEDGER_TYPE_WIN] = {TEXT_LEDGER_WIN, TEXT_LEDGER_WIN},
	[LEDGER_TYPE_REFUND] = {TEXT_LEDGER_REFUND, TEXT_LEDGER_REFUND},
	[LEDGER_TYPE_ADMIN] = {TEXT_LEDGER_ADMIN_IN, TEXT_LEDGER_ADMIN_OUT},
	[LEDGER_TYPE_OPENING] = {TEXT_LEDGER_OPENING, TEXT_LEDGER_OPENING},
	[LEDGER_TYPE_OTHER] = {TEXT_LEDGER_OTHER, TEXT_LEDGER_OTHER},
};

/* The game of TYPE as members know it; one that a later version has added, as it is kept. */
static const char *game_name(void *ctx, enum language language, const char *type)
{
	enum game game;
	return game_parse(type, &game) ? text_get(language, game_face(game)->title)
				       : markdown_escape(ctx, type, "?");
}

/* "<t:…:d> · **+25 LC** · cadeau quotidien · n° 12" */
static char *line(void *ctx, enum language language, const struct ledger_row *row)
{
	bool in = row->amount > 0;
	enum text text = row->level > 0 ? TEXT_LEDGER_LEVEL
			 : in           ? words[row->type].in
					: words[row->type].out;
	char *what = text_fill(ctx, language, text, "member",
		markdown_escape(ctx, row->other ? row->other : "", "?"), "level",
		text_number(ctx, language, row->level), NULL);
	const char *game =
		row->game ? must(talloc_asprintf(ctx, " (%s)", game_name(ctx, language, row->game)))
			  : "";
	return text_fill(ctx, language, TEXT_LEDGER_LINE, "when",
		must(talloc_asprintf(ctx, "<t:%" PRId64 ":d>", row->at_s)), "sign", in ? "+" : "−",
		"amount", text_number(ctx, language, llabs(row->amount)), "what",
		must(talloc_asprintf(ctx, "%s%s", what, game)), "number",
		must(talloc_asprintf(ctx, "%" PRId64, row->id)), NULL);
}

static void add_button(struct invocation *invocation, enum language language, const char *side,
	const struct ledger_row *from, bool enabled)
{
	bool newer = strcmp(side, NEWER) == 0;
	struct custom_id id = custom_id_make(PREFIX, side);
	id.owner = invocation->in->user.id;
	id.number = from->id;
	reply_add_button(&invocation->reply,
		(struct button){.style = BUTTON_SECONDARY,
			.label = text_get(language, newer ? TEXT_LEDGER_NEWER : TEXT_LEDGER_OLDER),
			.emoji = newer ? "◀️" : "▶️",
			.custom_id = invocation_custom_id(invocation, id),
			.disabled = !enabled});
}

static void render(struct invocation *invocation, const struct ledger_page *page)
{
	enum language language = invocation_open_reply(invocation, true);
	char *lines = must(talloc_strdup(invocation->ctx, ""));
	for (size_t i = 0; i < page->count; i++)
		lines = must(talloc_asprintf_append_buffer(lines, "%s%s", i ? "\n" : "",
			line(invocation->ctx, language, &page->rows[i])));
	invocation->reply.colour = COLOUR_MONEY;
	invocation->reply.title = text_get(language, TEXT_LEDGER_TITLE);
	invocation->reply.description =
		page->count ? lines : text_fill(invocation->ctx, language, TEXT_LEDGER_NONE, NULL);
	invocation->reply.footer = text_fill(invocation->ctx, language, TEXT_LEDGER_BALANCE,
		"balance", text_number(invocation->ctx, language, page->balance), NULL);
	if (page->count > 0 && (page->newer || page->older)) {
		add_button(invocation, language, NEWER, &page->rows[0], page->newer);
		add_button(invocation, language, OLDER, &page->rows[page->count - 1], page->older);
	}
	if (invocation->pressed)
		invocation->reply.kind = REPLY_UPDATE;
}

/* Where the page starts, by the button that was pressed. False when it is none of this command. */
static bool read_button(const struct invocation *invocation, int64_t *out_after, bool *out_newer,
	struct snowflake *out_owner)
{
	struct custom_id id;
	if (!invocation_read_custom_id(invocation, &id) || id.number < 1 || id.number > INT32_MAX)
		return false;
	*out_after = id.number;
	*out_newer = strcmp(id.action.text, NEWER) == 0;
	*out_owner = id.owner;
	return *out_newer || strcmp(id.action.text, OLDER) == 0;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	ledger_call(invocation->ctx, &invocation->asker, 0, false, out);
	return STEP_CALL;
}

static enum step press_ask(struct invocation *invocation, struct db_call *out)
{
	int64_t after;
	bool newer;
	struct snowflake owner;
	if (!read_button(invocation, &after, &newer, &owner))
		return invocation_refuse_text(invocation, TEXT_UNKNOWN_BUTTON);
	if (!snowflake_equal(&owner, &invocation->in->user.id))
		return invocation_refuse_text(invocation, TEXT_NOT_YOURS);
	ledger_call(invocation->ctx, &invocation->asker, after, newer, out);
	return STEP_CALL;
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	int64_t after = 0;
	bool newer = false;
	struct snowflake owner;
	if (invocation->pressed && !read_button(invocation, &after, &newer, &owner))
		return STEP_BROKEN;
	struct ledger_page page;
	enum step step = invocation_judge(invocation, ledger_read(rows, after, newer, &page));
	if (step == STEP_REPLY)
		render(invocation, &page);
	return step;
}

const struct command command_historique = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_LEDGER_NAME,
	.description = TEXT_LEDGER_DESCRIPTION,
	.ephemeral = true,
	.ask = ask,
	.answer = answer,
	.button_prefix = PREFIX,
	.press_ask = press_ask,
	.press_answer = answer,
};
