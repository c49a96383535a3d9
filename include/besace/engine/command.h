/*
 * A command: its registration with Discord, and the two pure steps that answer it.
 *
 * `ask` turns an interaction into one database call (or into a reply that needs none); `answer`
 * turns the rows into a reply. Neither blocks, sees a socket, or knows when it is called again: a
 * call whose outcome got lost is made again, and `answer` renders the same row the same way. A
 * command that must look before it acts makes a second call from `answer`, which then gets the rows
 * of that one as well.
 *
 * The row of a command says what the runner holds every interaction to before `ask` sees it: the
 * options that must be there, their types, ranges and choices (Discord checks them in the client
 * only), the permissions, and whether a server is needed. Presses and modals come from messages
 * that may be old or copied: whose they are and what they still mean is for the steps to judge.
 *
 * To add a command: a file that exports one `const struct command`, its texts in the catalogue,
 * its queries in sql/, a row in registry.c (or in the list of its parent), and its pages in the
 * golden files of the tests.
 */
#pragma once

#include <stddef.h>

#include "besace/discord/interaction.h"
#include "besace/discord/reply.h"
#include "besace/domain/bag.h"
#include "besace/domain/card.h"
#include "besace/engine/question.h"
#include "besace/store/call.h"
#include "besace/store/members.h"
#include "besace/store/wording.h"
#include "besace/text/catalogue.h"

struct invocation;

/* What a step leads to. */
enum step {
	STEP_REPLY, /* invocation->reply is complete */
	STEP_CALL, /* the call was filled in (by `answer`: invocation->call): make it, then go on */
	STEP_QUESTION, /* from `answer`: invocation->questions are for Discord: ask, then go on */
	STEP_REFUSED, /* from `answer`: invocation->reply says why not */
	STEP_BROKEN, /* from `answer`: the rows make no sense; the runner apologises */
};

/* The first half of a step fills in one call or invocation->reply; the second reads the rows. */
typedef enum step ask_fn(struct invocation *invocation, struct db_call *out);
typedef enum step answer_fn(struct invocation *invocation, const struct db_rows *rows);

/* Goes on when Discord was asked: each of invocation->questions has its answer, or none. As
 * `answer`, it may make a call (invocation->call) whose rows `answer` gets. */
typedef enum step told_fn(struct invocation *invocation);

/* What the process provides to every invocation. */
struct invocation_world {
	draw_fn *draw; /* randomness */
	/* The guilds that are served; none: every guild that installed the application. */
	const struct snowflake *guilds;
	size_t guild_count;
	const char *public_url; /* where pages and cards are; no final slash; NULL: nowhere */
	const struct link_key *link_key; /* signs their addresses; there with `public_url` */
};

/* One interaction being answered. Everything in it lives on CTX. */
struct invocation {
	void *ctx;
	const struct interaction *in;
	struct snowflake guild; /* of the members, balances and matches */
	const char *guild_name; /* in a direct message, once the guild is known; else NULL */
	struct invocation_world world;
	int64_t seen_ms; /* when Discord sent it: the second is signed, the rest is a guess */
	draw_fn *draw; /* randomness; of the world */
	const struct command *command, *top; /* TOP: the one that COMMAND is, or is below of */
	struct wording wording; /* the guild's; of the rows that came last */
	struct reply reply;
	struct db_call call; /* the next one, when `answer` returns STEP_CALL */
	struct question *questions; /* for Discord, when `answer` returns STEP_QUESTION */
	size_t question_count;
	told_fn *told; /* goes on then */
	void *own; /* the command's own, from one of its steps to the next; NULL at first */

	/* Whether a deferral is ephemeral; as the command's row says, unless `ask` knows better. */
	bool ephemeral;
	/* From `ask`: the answer is a modal, which Discord takes as the first answer only. What
	 * takes too long is apologised for instead of being deferred. */
	bool opens_modal;

	/* The runner's own. */
	ask_fn *ask; /* the steps of this interaction */
	answer_fn *answer;
	struct member_seen asker; /* who typed or pressed */
	struct member_seen target; /* the member that it concerns */
	const struct user *target_user;
	bool pressed; /* it came from a message, which an update would change */
	bool is_locating; /* the call looks for the guild of a direct message */
	bool is_admitting; /* the call asks whether a role of the member's opens the command */
	bool complete; /* the reply does not depend on the call */
	bool is_refused; /* the reply says why not */
	const char *refusal; /* the key of its text, for the log; NULL: it has none */
	bool hides; /* the reply is ephemeral, whatever the command says */
};

/* One of the only values that a STRING option takes. */
struct command_choice {
	enum text name;
	const char *value; /* at most 100 characters */
};

struct command_option {
	enum text name, description;
	enum option_type type;
	bool required; /* those that are come first */
	bool completed; /* the command's complete_ask suggests values; not beside choices */
	/* The range of an INTEGER, of a NUMBER in tenths, or of the length of a STRING; both 0:
	 * Discord's own. */
	int64_t min, max;
	bool lenient; /* what is out of that range reaches the steps: they know which one holds */
	uint32_t channel_types; /* of a CHANNEL: CHANNEL_BITs; 0: all */
	const struct command_choice *choices;
	size_t choice_count;
};

/* Discord's bits of permissions. Members with the first have every other. */
#define PERMISSION_ADMINISTRATOR (UINT64_C(1) << 3)
#define PERMISSION_MANAGE_GUILD (UINT64_C(1) << 5)
#define PERMISSION_VIEW_CHANNEL (UINT64_C(1) << 10)
#define PERMISSION_SEND_MESSAGES (UINT64_C(1) << 11)
#define PERMISSION_CONNECT (UINT64_C(1) << 20)
#define PERMISSION_MANAGE_ROLES (UINT64_C(1) << 28)
#define PERMISSION_MANAGE_THREADS (UINT64_C(1) << 34)
#define PERMISSION_SEND_IN_THREADS (UINT64_C(1) << 38)

struct command {
	enum command_type type;
	enum text name, description; /* DESCRIPTION of a user command is shown in /aide only */
	const struct command_option *options;
	size_t option_count;
	bool ephemeral; /* only the member who asks sees the answer, deferred or not */
	ask_fn *ask;
	answer_fn *answer;

	/*
	 * Sub-commands, or groups of sub-commands; ends with NULL, and NULL when there are none. A
	 * command that has some cannot be used bare: of its other members, only the texts, what
	 * follows here and the buttons count.
	 */
	const struct command *const *subcommands;

	/* Of a top-level command, for all that is below it: the permissions a member must have (0:
	 * none), and whether it works in servers only. */
	uint64_t permissions;
	bool guild_only;
	/* So may members with one of the roles that the guild has named (/reglages acces). */
	bool opens_to_access;
	/* The permissions are only what Discord is told: the steps check them by what the guild has
	 * set. */
	bool checks_access;

	/* Suggests values for the focused option; invocation->reply is a REPLY_CHOICES already.
	 * NULL: nothing is suggested. */
	ask_fn *complete_ask;
	answer_fn *complete_answer;

	/* Its buttons: custom ids are "PREFIX:VERSION:…", and the steps are as above. NULL: none.
	 * Any row of the tree of sub-commands may have a prefix of its own. */
	const char *button_prefix;
	ask_fn *press_ask;
	answer_fn *press_answer;
	/* Its modals, whose custom ids carry the same prefix. */
	ask_fn *submit_ask;
	answer_fn *submit_answer;
};

/* All commands; ends with NULL. */
extern const struct command *const commands[];

extern const struct command command_lc;
extern const struct command command_see_balance;
extern const struct command command_niveau;
extern const struct command command_see_level;
extern const struct command command_sac;
extern const struct command command_don;
extern const struct command command_cadeau;
extern const struct command command_historique;
extern const struct command command_stats;
extern const struct command command_classement;
extern const struct command command_admin;
extern const struct command command_casino;
extern const struct command command_jeu;
extern const struct command command_hasard;
extern const struct command command_annonces;
extern const struct command command_gains;
extern const struct command command_recompenses;
extern const struct command command_limite;
extern const struct command command_mes_donnees;
extern const struct command command_aide;
extern const struct command command_reglages;
