/* /admin: what those who manage the server may change of a member, each act with its reason. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "admin_journal.h"
#include "besace/base/defect.h"
#include "besace/base/memory.h"
#include "besace/discord/markdown.h"
#include "besace/domain/bag.h"
#include "besace/domain/money.h"
#include "besace/engine/command.h"
#include "besace/engine/invocation.h"
#include "besace/store/admin.h"

/* The acts of each group; `what` is NULL where an option says it. */
static const struct {
	const char *group, *name;
	const char *what;
	enum admin_act act;
} acts[] = {
	{"lc", "ajouter", "lc", ADMIN_ADD},
	{"lc", "retirer", "lc", ADMIN_REMOVE},
	{"lc", "definir", "lc", ADMIN_SET},
	{"objet", "donner", NULL, ADMIN_ADD},
	{"objet", "retirer", NULL, ADMIN_REMOVE},
	{"xp", "ajouter", "xp", ADMIN_ADD},
	{"xp", "retirer", "xp", ADMIN_REMOVE},
};

/* Reads the order that was typed. The engine has found the command by the same names, so that an
 * act without a row is a defect of this file: then false. */
static bool read_order(struct invocation *invocation, struct admin_order *out)
{
	const struct interaction *in = invocation->in;
	size_t i = 0;
	while (i < ARRAY_LEN(acts) && (strcmp(acts[i].group, in->group) != 0 ||
					      strcmp(acts[i].name, in->subcommand) != 0))
		i++;
	if (i == ARRAY_LEN(acts)) {
		DEFECT("an act of administration has no row");
		return false;
	}
	*out = (struct admin_order){.actor = &invocation->asker,
		.target = &invocation->target,
		.act = acts[i].act,
		.what = acts[i].what ? acts[i].what : invocation_string(invocation, "objet", ""),
		.amount = (int32_t)invocation_integer(
			invocation, acts[i].what ? "montant" : "quantite", 1),
		.reason = invocation_string(invocation, "raison", "")};
	return true;
}

static enum step ask(struct invocation *invocation, struct db_call *out)
{
	if (invocation_target(invocation) != STEP_CALL)
		return STEP_REPLY;
	struct admin_order order;
	if (!read_order(invocation, &order))
		return invocation_refuse_text(invocation, TEXT_FAULT);
	if (*markdown_escape(invocation->ctx, order.reason, "") == '\0')
		return invocation_refuse_text(invocation, TEXT_ADMIN_REASON_BLANK);
	admin_call(invocation->ctx, &invocation->in->id, &order, out);
	return STEP_CALL;
}

const char *admin_name_of(enum language language, const char *what)
{
	static const enum text items[] = {[ITEM_JACKPOT] = TEXT_ITEM_JACKPOT,
		[ITEM_X2] = TEXT_ITEM_X2,
		[ITEM_X3] = TEXT_ITEM_X3};
	enum item item;
	if (item_parse(what, &item))
		return text_get(language, items[item]);
	return strcmp(what, "lc") == 0 ? UNIT_MARK : "XP";
}

/* "+1 500 LC", and what came with it: "niveau 10", "+700 LC", "Jackpot × 2". */
static char *brought(
	void *ctx, enum language language, const struct admin_outcome *outcome, const char *what)
{
	static const enum text items[ITEM_COUNT] = {[ITEM_JACKPOT] = TEXT_ITEM_JACKPOT,
		[ITEM_X2] = TEXT_ITEM_X2,
		[ITEM_X3] = TEXT_ITEM_X3};
	const struct level_gain *gained = &outcome->gained;
	int64_t change = outcome->now - outcome->before;
	char *list = must(talloc_asprintf(ctx, "%s%s %s", change < 0 ? "−" : "+",
		text_number(ctx, language, change < 0 ? -change : change), what));
	if (gained->level)
		list = must(talloc_asprintf_append_buffer(list, " · %s",
			text_fill(ctx, language, TEXT_ADMIN_LEVEL, "level",
				text_number(ctx, language, gained->level), NULL)));
	if (gained->lc)
		list = must(talloc_asprintf_append_buffer(
			list, " · +%s %s", text_number(ctx, language, gained->lc), UNIT_MARK));
	for (int item = 0; item < ITEM_COUNT; item++)
		if (gained->items[item])
			list = must(talloc_asprintf_append_buffer(list, " · %s %s",
				text_number(ctx, language, gained->items[item]),
				text_get(language, items[item])));
	return list;
}

/* All that the act brought about. */
static void render_done(struct invocation *invocation, const struct admin_order *order,
	const struct admin_outcome *outcome, const char *member)
{
	void *ctx = invocation->ctx;
	enum language language = invocation_open_reply(invocation, true);
	const char *what = admin_name_of(language, order->what);
	invocation->reply.colour = COLOUR_SUCCESS;
	invocation->reply.title = text_fill(ctx, language, TEXT_ADMIN_TITLE, "member", member,
		"change", brought(ctx, language, outcome, what), NULL);
	invocation->reply.description = text_fill(ctx, language, TEXT_ADMIN_DONE, "what", what,
		"before", text_number(ctx, language, outcome->before), "now",
		text_number(ctx, language, outcome->now), "reason",
		markdown_escape(ctx, order->reason, "?"), NULL);
	invocation->reply.footer = text_fill(ctx, language, TEXT_ADMIN_NUMBER, "audit",
		must(talloc_asprintf(ctx, "%" PRId64, outcome->audit)), NULL);
	reply_add_button(&invocation->reply, admin_undo_button(invocation, outcome->audit, "act"));
}

static enum step answer(struct invocation *invocation, const struct db_rows *rows)
{
	struct admin_outcome outcome;
	struct admin_order order;
	if (!read_order(invocation, &order) || admin_read(invocation->ctx, rows, &outcome))
		return STEP_BROKEN;
	if (outcome.result == ADMIN_UNKNOWN)
		return invocation_refuse_text(invocation, TEXT_NOT_MEMBER);
	void *ctx = invocation->ctx;
	enum language language = invocation_own_language(invocation);
	const char *what = admin_name_of(language, order.what);
	char *before = text_number(ctx, language, outcome.before);
	char *member = invocation_shown_name(invocation, invocation->target_user);
	if (outcome.result != ADMIN_DONE) {
		enum text why = outcome.result != ADMIN_SHORT ? TEXT_ADMIN_FULL
				: outcome.before == 0         ? TEXT_ADMIN_SHORT_NONE
							      : TEXT_ADMIN_SHORT;
		return invocation_refuse(invocation, why,
			text_fill(ctx, language, why, "member", member, "before", before, "what",
				what, "max", text_number(ctx, language, BALANCE_MAX), NULL));
	}
	render_done(invocation, &order, &outcome, member);
	return STEP_REPLY;
}

/* ---- What Discord is told */

/* clang-format off */
#define MEMBER                                                                                     \
	{                                                                                          \
		.name = TEXT_ADMIN_MEMBER_NAME, .description = TEXT_ADMIN_MEMBER_DESCRIPTION,      \
		.type = OPTION_USER, .required = true                                              \
	}
#define REASON                                                                                     \
	{                                                                                          \
		.name = TEXT_ADMIN_REASON_NAME, .description = TEXT_ADMIN_REASON_DESCRIPTION,      \
		.type = OPTION_STRING, .required = true, .min = 1, .max = ADMIN_REASON_MAX         \
	}
/* clang-format on */

static const struct command_option amount_options[] = {
	MEMBER,
	{.name = TEXT_ADMIN_AMOUNT_NAME,
		.description = TEXT_ADMIN_AMOUNT_DESCRIPTION,
		.type = OPTION_INTEGER,
		.required = true,
		.min = 1,
		.max = BALANCE_MAX},
	REASON,
};

static const struct command_option balance_options[] = {
	MEMBER,
	{.name = TEXT_ADMIN_AMOUNT_NAME,
		.description = TEXT_ADMIN_BALANCE_DESCRIPTION,
		.type = OPTION_INTEGER,
		.required = true,
		.min = 0,
		.max = BALANCE_MAX},
	REASON,
};

static const struct command_choice items[] = {
	{TEXT_ITEM_JACKPOT, "jackpot"},
	{TEXT_ITEM_X2, "multiplier_x2"},
	{TEXT_ITEM_X3, "multiplier_x3"},
};

static const struct command_option item_options[] = {
	MEMBER,
	{.name = TEXT_ADMIN_ITEM_NAME,
		.description = TEXT_ADMIN_ITEM_DESCRIPTION,
		.type = OPTION_STRING,
		.required = true,
		.choices = items,
		.choice_count = ARRAY_LEN(items)},
	REASON,
	{.name = TEXT_ADMIN_QUANTITY_NAME,
		.description = TEXT_ADMIN_QUANTITY_DESCRIPTION,
		.type = OPTION_INTEGER,
		.min = 1,
		.max = ADMIN_QUANTITY_MAX},
};

/* clang-format off */
#define ACT(its_name, its_description, its_options)                                                \
	{                                                                                          \
		.type = COMMAND_CHAT_INPUT, .name = (its_name), .description = (its_description),  \
		.options = (its_options), .option_count = ARRAY_LEN(its_options),                  \
		.ephemeral = true, .ask = ask, .answer = answer                                    \
	}
/* clang-format on */

static const struct command lc_add =
	ACT(TEXT_ADMIN_ADD_NAME, TEXT_ADMIN_LC_ADD_DESCRIPTION, amount_options);
static const struct command lc_remove =
	ACT(TEXT_ADMIN_REMOVE_NAME, TEXT_ADMIN_LC_REMOVE_DESCRIPTION, amount_options);
static const struct command lc_set =
	ACT(TEXT_ADMIN_SET_NAME, TEXT_ADMIN_LC_SET_DESCRIPTION, balance_options);
static const struct command item_add =
	ACT(TEXT_ADMIN_GIVE_NAME, TEXT_ADMIN_ITEM_GIVE_DESCRIPTION, item_options);
static const struct command item_remove =
	ACT(TEXT_ADMIN_REMOVE_NAME, TEXT_ADMIN_ITEM_REMOVE_DESCRIPTION, item_options);
static const struct command xp_add =
	ACT(TEXT_ADMIN_ADD_NAME, TEXT_ADMIN_XP_ADD_DESCRIPTION, amount_options);
static const struct command xp_remove =
	ACT(TEXT_ADMIN_REMOVE_NAME, TEXT_ADMIN_XP_REMOVE_DESCRIPTION, amount_options);

static const struct command *const lc_acts[] = {&lc_add, &lc_remove, &lc_set, NULL};
static const struct command *const item_acts[] = {&item_add, &item_remove, NULL};
static const struct command *const xp_acts[] = {&xp_add, &xp_remove, NULL};

static const struct command lc_group = {.name = TEXT_ADMIN_LC_NAME,
	.description = TEXT_ADMIN_LC_DESCRIPTION,
	.subcommands = lc_acts};
static const struct command item_group = {.name = TEXT_ADMIN_OBJECT_NAME,
	.description = TEXT_ADMIN_OBJECT_DESCRIPTION,
	.subcommands = item_acts};
static const struct command xp_group = {.name = TEXT_ADMIN_XP_NAME,
	.description = TEXT_ADMIN_XP_DESCRIPTION,
	.subcommands = xp_acts};

static const struct command *const groups[] = {
	&lc_group, &item_group, &xp_group, &admin_journal, NULL};

const struct command command_admin = {
	.type = COMMAND_CHAT_INPUT,
	.name = TEXT_ADMIN_NAME,
	.description = TEXT_ADMIN_DESCRIPTION,
	.subcommands = groups,
	.permissions = PERMISSION_MANAGE_GUILD,
	.opens_to_access = true,
	.guild_only = true,
	.ephemeral = true,
	.button_prefix = ADMIN_PREFIX,
	.press_ask = admin_press_ask,
	.press_answer = admin_press_answer,
};
