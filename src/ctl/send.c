/* besacectl send: posts a signed interaction and shows the answer. */
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/base/utf8.h"
#include "besace/discord/reply.h"
#include "body.h"
#include "keyfile.h"
#include "play_arguments.h"
#include "show.h"
#include "subcommands.h"

/* The word of --press for "whatever button comes first". */
#define FIRST "first"

/* The arguments as they were given. */
struct given {
	struct play_given play;
	const char *command, *user_command, *target, *press, *body;
	struct argument_list options;
	bool ping, raw;
};

/* What to do, read from the arguments. */
struct send_order {
	struct http_post post;
	struct play play;
	struct play_command command; /* name NULL: none */
	struct play_user target;
	struct play_option options[ARGUMENT_LIST_MAX];
	const char *press; /* a custom id, FIRST, or NULL */
	const char *body; /* an operand, or NULL */
	bool ping, raw;
};

/* ---- Reading the arguments */

static void read_options(
	struct arguments *arguments, const struct given *given, struct send_order *out)
{
	const struct argument_list *list = &given->options;
	char *why;
	if (list->count > 0 && !given->command)
		arguments_fault(arguments, "--option: goes with --command only");
	for (size_t i = 0; i < list->count && given->command; i++)
		if (play_option_parse(
			    arguments->ctx, given->command, list->items[i], &out->options[i], &why))
			arguments_fault(arguments, "--option: %s", why);
	out->command.options = out->options;
	out->command.option_count = list->count;
}

static void read_command(
	struct arguments *arguments, const struct given *given, struct send_order *out)
{
	char *why;
	out->command.type = given->user_command ? COMMAND_USER : COMMAND_CHAT_INPUT;
	out->command.name = given->user_command ? given->user_command : given->command;
	if (out->command.name && *out->command.name == '\0')
		arguments_fault(arguments, "--%s: must not be empty",
			given->user_command ? "user-command" : "command");
	if (!given->target != !given->user_command)
		arguments_fault(arguments, "--%s: is required with --%s",
			given->target ? "user-command" : "target",
			given->target ? "target" : "user-command");
	else if (given->target &&
		 play_user_parse(arguments->ctx, given->target, "membre", &out->target, &why))
		arguments_fault(arguments, "--target: %s", why);
	else if (given->target)
		out->command.target = &out->target;
	read_options(arguments, given, out);
}

static void read_press(
	struct arguments *arguments, const struct given *given, struct send_order *out)
{
	out->press = given->press;
	if (!given->press)
		return;
	size_t length = utf8_length(given->press);
	if (length == 0 || length > CUSTOM_ID_MAX_CHARS)
		arguments_fault(
			arguments, "--press: must be 1 to %d characters", CUSTOM_ID_MAX_CHARS);
	if (strcmp(given->press, FIRST) == 0 && !out->command.name)
		arguments_fault(
			arguments, "--press: \"" FIRST "\" presses on the answer to a --command");
}

/* One thing is sent, or a command and then a press on its answer. */
static void judge_actions(struct arguments *arguments, const struct given *given)
{
	int commands = (given->command != NULL) + (given->user_command != NULL);
	int actions = given->ping + (commands > 0 || given->press) + (given->body != NULL);
	if (actions == 1 && commands < 2)
		return;
	arguments_fault(arguments,
		"%s: give one of --ping, --command, --user-command, --press "
		"and BODY",
		actions == 0 ? "nothing to send" : "too much to send");
}

static void read_order(struct arguments *arguments, struct given *given, struct send_order *out)
{
	if (arguments->operand_count > 0)
		given->body = arguments->operands[0];
	play_arguments_read(arguments, &given->play, &out->play, &out->post);
	read_command(arguments, given, out);
	read_press(arguments, given, out);
	judge_actions(arguments, given);
	out->ping = given->ping;
	out->raw = given->raw;
	out->body = given->body;
}

/* ---- Sending */

/* Says what an answer other than 200 means. */
static void complain(void *ctx, const struct posted *posted)
{
	json_t *body = json_loadb(posted->body, posted->length, 0, NULL);
	const char *error = json_string_value(json_object_get(body, "error"));
	ctl_say("HTTP %d%s%s", posted->http, error ? ": " : "",
		error ? show_clean(ctx, error) : "");
	json_decref(body);
}

static bool print(
	void *ctx, const struct send_order *order, const struct posted *posted, json_t **out)
{
	if (order->raw) {
		fwrite(posted->body, 1, posted->length, stdout);
		putchar('\n');
	}
	if (posted->http != 200) {
		complain(ctx, posted);
		return false;
	}
	json_error_t error;
	*out = json_loadb(posted->body, posted->length, JSON_DECODE_ANY, &error);
	if (!*out) {
		ctl_say("the answer is no JSON: %s", show_clean(ctx, error.text));
		return false;
	}
	if (!order->raw)
		fputs(show_answer(ctx, *out), stdout);
	return true;
}

/* Posts and prints. On success *out is the answer, the caller's; false when it has been said what
 * went wrong. */
static bool exchange(
	void *ctx, const struct send_order *order, const char *body, size_t length, json_t **out)
{
	struct posted posted;
	char *why;
	if (post_send(ctx, &order->post, body, length, &posted, &why)) {
		ctl_say("no answer from %s: %s", order->post.url, why);
		return false;
	}
	return print(ctx, order, &posted, out);
}

/* Presses on the message of ANSWER, or of none. */
static bool press(void *ctx, struct send_order *order, const json_t *answer)
{
	const char *custom_id = order->press;
	if (strcmp(custom_id, FIRST) == 0)
		custom_id = show_first_button(answer);
	if (!custom_id) {
		ctl_say("the answer has no button to press");
		return false;
	}
	if (answer && !order->raw)
		printf("(pressing %s)\n", show_clean(ctx, custom_id));
	char *body = play_press(ctx, &order->play, custom_id, json_object_get(answer, "data"));
	json_t *pressed = NULL;
	bool done = exchange(ctx, order, body, strlen(body), &pressed);
	json_decref(pressed);
	return done;
}

static bool send_all(void *ctx, struct send_order *order)
{
	json_t *answer = NULL;
	char *body, *why;
	size_t length;
	if (order->press && !order->command.name)
		return press(ctx, order, NULL);
	if (order->ping) {
		body = play_ping(ctx, &order->play);
		length = strlen(body);
	} else if (order->command.name) {
		body = play_command(ctx, &order->play, &order->command);
		length = strlen(body);
	} else if (body_read(ctx, order->body, &body, &length, &why)) {
		ctl_say("%s", why);
		return false;
	}
	bool done = exchange(ctx, order, body, length, &answer);
	if (done && order->press)
		done = press(ctx, order, answer);
	json_decref(answer);
	return done;
}

static int obey(void *ctx, const char *key, struct send_order *order)
{
	unsigned char *secret = keyfile_open(ctx, key);
	if (!secret)
		return CTL_FAILED;
	order->post.secret = secret;
	bool done = send_all(ctx, order);
	sodium_free(secret);
	return done ? CTL_DONE : CTL_FAILED;
}

static const char description[] =
	"Signs an interaction as Discord would, posts it, prints the answer as a member would see "
	"it.\n"
	"BODY is a text, @FILE, or - for standard input, sent as it is. With --command and "
	"--press\n"
	"(" FIRST ", or a custom id) the button of the command's answer is pressed at once.\n"
	"  besacectl send --url http://127.0.0.1:8080/interactions --key besace.key --command sac";

/* The table of the arguments, on CTX, with GIVEN as where the values go. */
static const struct argument *make_rows(void *ctx, struct given *given, size_t *out_count)
{
	const struct argument rows[] = {
		{"url", "URL", "where to, with its path", .text = &given->play.url},
		{"key", "FILE", "the secret key that stands in for Discord's",
			.text = &given->play.key},
		{"ping", NULL, "send PING", .on = &given->ping},
		{"command", "NAME", "send a command; \"jeu duel\" names a sub-command",
			.text = &given->command},
		{"option", "NAME=VALUE", "an option of it; a user is @ID or @ID:USERNAME",
			.list = &given->options},
		{"user-command", "NAME", "send a command of a member's menu",
			.text = &given->user_command},
		{"target", "ID[:USERNAME]", "the member whose menu it is", .text = &given->target},
		{"press", "CUSTOM_ID", "press a button; " FIRST ": the first of the answer",
			.text = &given->press},
		{"member", "ID", "who does it (" PLAY_MEMBER ")", .text = &given->play.member},
		{"username", "NAME", "and their name (" PLAY_USERNAME ")",
			.text = &given->play.username},
		{"locale", "LOCALE", "and their language (" PLAY_LOCALE ")",
			.text = &given->play.locale},
		{"guild", "ID", "where (" PLAY_GUILD ")", .text = &given->play.guild},
		{"guild-locale", "LOCALE", "and its language (as --locale)",
			.text = &given->play.guild_locale},
		{"dm", NULL, "in a direct message instead", .on = &given->play.dm},
		{"application", "ID", "whose command it is (" PLAY_APPLICATION ")",
			.text = &given->play.application},
		{"key-id", "ID", "send X-Besace-Key-Id too, as /events wants it",
			.text = &given->play.key_id},
		{"unix", "PATH", "connect to this Unix socket", .text = &given->play.unix_path},
		{"cacert", "FILE", "certificates to trust instead of the system's",
			.text = &given->play.cacert},
		{"insecure", NULL, "trust any certificate, on this machine only",
			.on = &given->play.insecure},
		{"raw", NULL, "print the answer's body as it came", .on = &given->raw},
	};
	*out_count = ARRAY_LEN(rows);
	return must(talloc_memdup(ctx, rows, sizeof(rows)));
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct given given = {0};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--url URL --key FILE WHAT [OPTION…]",
		.description = description,
		.operands_max = 1,
	};
	arguments.rows = make_rows(ctx, &given, &arguments.count);
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct send_order *order = must(talloc_zero(ctx, struct send_order));
		read_order(&arguments, &given, order);
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : obey(ctx, given.play.key, order);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_send = {
	"send", "send a signed interaction and show the answer", run};
