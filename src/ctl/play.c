/* besacectl play: a conversation with the service at a terminal, signed as Discord signs. */
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/clock.h"
#include "keyfile.h"
#include "play_arguments.h"
#include "play_form.h"
#include "play_style.h"
#include "play_terminal.h"
#include "show.h"
#include "subcommands.h"

/* Messages that can still be pressed on: one for each letter. */
#define MAX_MESSAGES 26

/* What the default server is called. */
#define GUILD_NAME "taverne"

#define FLAG_EPHEMERAL 64

/* A message of the service. */
struct told {
	char letter[2];
	struct snowflake id;
	json_t *answer; /* as it stands now */
	struct show_pressables pressables;
	struct snowflake guild, seen_by; /* SEEN_BY empty: by everybody there */
};

struct conversation {
	void *ctx;
	struct play play;
	struct http_post post;
	struct play_names *names;
	struct play_terminal *terminal;
	enum language language;
	size_t message_count; /* of all times; the newest is the last */
	struct told messages[MAX_MESSAGES];
	bool failed; /* something could not be sent, or was not answered */
};

/* ---- Asking the service */

/* Says why LINE did nothing. */
static void refuse(struct conversation *conversation, const char *why)
{
	conversation->failed = true;
	printf("%s\n", why);
}

/* The answer to BODY, the caller's; NULL: it was said what went wrong. */
static json_t *ask(struct conversation *conversation, void *ctx, const char *body)
{
	struct posted posted;
	char *why;
	json_error_t error;
	if (post_send(ctx, &conversation->post, body, strlen(body), &posted, &why)) {
		refuse(conversation, must(talloc_asprintf(ctx, "no answer from %s: %s",
					     conversation->post.url, why)));
		return NULL;
	}
	json_t *answer =
		posted.http == 200 ? json_loadb(posted.body, posted.length, 0, &error) : NULL;
	if (!answer)
		refuse(conversation, must(talloc_asprintf(ctx, "HTTP %d: %s", posted.http,
					     show_clean(ctx, posted.body))));
	return answer;
}

/* ---- Messages */

static struct told *newest(struct conversation *conversation)
{
	return conversation->message_count
		       ? &conversation->messages[(conversation->message_count - 1) % MAX_MESSAGES]
		       : NULL;
}

static void show(struct conversation *conversation, void *ctx, struct told *told)
{
	told->pressables.letter = told->letter;
	char *text = show_keyed(ctx, told->answer, &told->pressables);
	fputs(play_style(ctx, conversation->names, text, clock_wall_ms(),
		      play_terminal_is_interactive(conversation->terminal)),
		stdout);
}

/* Keeps ANSWER, a new message, in the place of the oldest. */
static struct told *tell(struct conversation *conversation, json_t *answer)
{
	size_t place = conversation->message_count++ % MAX_MESSAGES;
	struct told *told = &conversation->messages[place];
	json_int_t flags =
		json_integer_value(json_object_get(json_object_get(answer, "data"), "flags"));
	json_decref(told->answer);
	*told = (struct told){
		.letter = {(char)('A' + place), '\0'},
		.id = play_make_id(&conversation->play),
		.answer = json_incref(answer),
		.guild = conversation->play.guild,
	};
	if (flags & FLAG_EPHEMERAL)
		told->seen_by = conversation->play.member.id;
	return told;
}

static void follow(
	struct conversation *conversation, void *ctx, struct told *pressed, json_t *answer);

/* Has FORM filled in, and sends it. */
static void fill(struct conversation *conversation, void *ctx, struct told *pressed, json_t *answer)
{
	const json_t *form = json_object_get(answer, "data");
	struct play_input *inputs;
	size_t count;
	if (!play_fill(ctx, conversation->names, conversation->terminal, form, &inputs, &count)) {
		printf("(the form was closed)\n");
		return;
	}
	const struct play_message message = {pressed ? pressed->id : (struct snowflake){""},
		pressed ? json_object_get(pressed->answer, "data") : NULL};
	char *body = play_submit(
		ctx, &conversation->play, form, pressed ? &message : NULL, inputs, count);
	json_t *next = ask(conversation, ctx, body);
	if (next)
		follow(conversation, ctx, pressed, next);
	json_decref(next);
}

/* Does what ANSWER says; PRESSED is the message whose button led to it, or NULL. */
static void follow(
	struct conversation *conversation, void *ctx, struct told *pressed, json_t *answer)
{
	switch (json_integer_value(json_object_get(answer, "type"))) {
	case REPLY_MESSAGE:
		show(conversation, ctx, tell(conversation, answer));
		return;
	case REPLY_UPDATE:
		if (!pressed)
			pressed = tell(conversation, answer);
		json_incref(answer);
		json_decref(pressed->answer);
		pressed->answer = answer;
		show(conversation, ctx, pressed);
		return;
	case REPLY_MODAL:
		fill(conversation, ctx, pressed, answer);
		return;
	default: /* what will follow comes through Discord's own addresses */
		fputs(show_answer(ctx, answer), stdout);
	}
}

static void send_and_follow(
	struct conversation *conversation, void *ctx, struct told *pressed, const char *body)
{
	json_t *answer = ask(conversation, ctx, body);
	if (answer)
		follow(conversation, ctx, pressed, answer);
	json_decref(answer);
}

/* ---- What is typed */

/* Remembers who and what was named, to be suggested later. */
static void keep_names(struct conversation *conversation, const struct play_option *option)
{
	const struct play_name name = {option->type == OPTION_USER   ? NAME_MEMBER
				       : option->type == OPTION_ROLE ? NAME_ROLE
								     : NAME_CHANNEL,
		option->type == OPTION_USER ? option->user.username : option->thing.name,
		option->type == OPTION_USER ? option->user.id : option->thing.id};
	if (option->type == OPTION_USER || option->type == OPTION_ROLE ||
		option->type == OPTION_CHANNEL)
		play_names_keep(conversation->names, &name);
}

static struct play_command command_of(const struct play_line *line)
{
	bool on_member = line->command->type == COMMAND_USER;
	return (struct play_command){
		.type = line->command->type,
		.name = line->path,
		.target = on_member ? &line->target : NULL,
		.options = line->options,
		.option_count = line->option_count,
	};
}

static void do_command(struct conversation *conversation, void *ctx, const char *typed)
{
	struct play_line *line = must(talloc(ctx, struct play_line));
	char *why;
	if (play_line_read(ctx, conversation->names, conversation->language, typed, line, &why)) {
		refuse(conversation, why);
		return;
	}
	for (size_t i = 0; i < line->option_count; i++)
		keep_names(conversation, &line->options[i]);
	const struct play_command command = command_of(line);
	send_and_follow(conversation, ctx, NULL, play_command(ctx, &conversation->play, &command));
}

/* The message with LETTER; the newest when it is none. */
static struct told *message_of(struct conversation *conversation, char letter)
{
	if (!isalpha((unsigned char)letter))
		return newest(conversation);
	for (size_t i = 0; i < MAX_MESSAGES && i < conversation->message_count; i++)
		if (conversation->messages[i].letter[0] == toupper((unsigned char)letter))
			return &conversation->messages[i];
	return NULL;
}

static const char *cannot_press(
	const struct conversation *conversation, const struct told *told, size_t number)
{
	if (!told || number == 0 || number > told->pressables.count)
		return "there is no such button";
	if (told->seen_by.text[0] &&
		!snowflake_equal(&told->seen_by, &conversation->play.member.id))
		return "only who asked sees that message";
	if (strcmp(told->guild.text, conversation->play.guild.text) != 0)
		return "that message is in another server";
	return NULL;
}

/* "3", "B3", or with what is chosen in a select: "B3 1 2". */
static void do_press(struct conversation *conversation, void *ctx, const char *typed)
{
	struct told *told = message_of(conversation, *typed);
	char *rest, *why = NULL;
	size_t number = strtoul(typed + (isalpha((unsigned char)*typed) != 0), &rest, 10);
	rest += strspn(rest, " ");
	const char *fault = cannot_press(conversation, told, number);
	if (fault) {
		refuse(conversation, fault);
		return;
	}
	const json_t *component = told->pressables.items[number - 1];
	struct play_choice *choice = must(talloc_zero(ctx, struct play_choice));
	bool is_select =
		json_object_get(component, "min_values") || json_object_get(component, "options");
	if (is_select && play_choose(ctx, conversation->names, component, rest, choice, &why)) {
		refuse(conversation, why);
		return;
	}
	for (size_t i = 0; i < choice->count; i++)
		keep_names(conversation, &choice->values[i]);
	const struct play_message message = {told->id, json_object_get(told->answer, "data")};
	send_and_follow(conversation, ctx, told,
		play_use(ctx, &conversation->play, &message, component, choice->values,
			choice->count));
}

static void do_member(struct conversation *conversation, void *ctx, const char *typed)
{
	struct play_name name;
	(void)ctx;
	if (!play_names_find(conversation->names, NAME_MEMBER, typed + 1, &name)) {
		refuse(conversation, "a member is @NAME, or @ID:NAME");
		return;
	}
	play_names_keep(conversation->names, &name);
	conversation->play.member = (struct play_user){name.id, name.name};
}

static void do_channel(struct conversation *conversation, void *ctx, const char *typed)
{
	struct play_name name;
	(void)ctx;
	if (!play_names_find(conversation->names, NAME_CHANNEL, typed + 1, &name)) {
		refuse(conversation, "a channel is #NAME, or #ID:NAME");
		return;
	}
	play_names_keep(conversation->names, &name);
	conversation->play.channel = (struct play_thing){name.id, name.name};
}

/* ---- Words behind a colon */

static void set_guild(struct conversation *conversation, void *ctx, const char *given)
{
	struct play_name name;
	(void)ctx;
	if (!play_names_find(conversation->names, NAME_GUILD, given, &name)) {
		refuse(conversation, ":server NAME, or :server ID:NAME");
		return;
	}
	play_names_keep(conversation->names, &name);
	conversation->play.guild = name.id;
}

static void set_dm(struct conversation *conversation, void *ctx, const char *given)
{
	(void)ctx;
	(void)given;
	conversation->play.guild = (struct snowflake){""};
}

static void set_locale(struct conversation *conversation, void *ctx, const char *given)
{
	(void)ctx;
	if (*given == '\0' || !arguments_is_text(given)) {
		refuse(conversation, ":locale fr, or en-US");
		return;
	}
	conversation->play.locale = must(talloc_strdup(conversation->ctx, given));
	conversation->language = text_language(given);
}

static void set_rights(struct conversation *conversation, void *ctx, const char *given)
{
	static const struct {
		const char *word;
		uint64_t permissions;
	} rights[] = {
		{"member", 0},
		{"manager", PERMISSION_MANAGE_GUILD | PERMISSION_MANAGE_ROLES},
		{"admin", PERMISSION_ADMINISTRATOR},
	};
	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(rights); i++)
		if (strcmp(given, rights[i].word) == 0) {
			conversation->play.permissions =
				play_permissions(conversation->ctx, rights[i].permissions);
			return;
		}
	refuse(conversation, ":rights member, manager or admin");
}

static void set_roles(struct conversation *conversation, void *ctx, const char *given)
{
	unsigned words_max = (unsigned)strlen(given) / 2 + 1;
	struct snowflake *roles =
		must(talloc_array(conversation->ctx, struct snowflake, words_max));
	size_t count = 0;
	char *words = must(talloc_strdup(ctx, given)), *next;
	for (char *word = strtok_r(words, " ", &next); word; word = strtok_r(NULL, " ", &next)) {
		struct play_name name;
		if (!play_names_find(
			    conversation->names, NAME_ROLE, word + (*word == '&'), &name)) {
			refuse(conversation, ":roles &NAME…, or &ID:NAME; none: no roles");
			return;
		}
		play_names_keep(conversation->names, &name);
		roles[count++] = name.id;
	}
	conversation->play.roles = roles;
	conversation->play.role_count = count;
}

static void show_help(struct conversation *conversation, void *ctx, const char *given)
{
	(void)conversation;
	(void)ctx;
	(void)given;
	puts("/sac                      a command; Tab shows how it goes on\n"
	     "/don membre:@ana montant:5\n"
	     "/Voir le niveau @ana      a command of a member's menu\n"
	     "1, B3                     presses a button: of the newest message, of message B\n"
	     "B3 2                      chooses the second value of a select; @ana, &vip, #salon\n"
	     "@ana                      you are ana now\n"
	     "#salon                    you are in another channel\n"
	     ":server NAME, :dm         you are in another server, in a direct message\n"
	     ":rights manager           or member, or admin\n"
	     ":roles &vip &dj           the roles that you have\n"
	     ":locale en-US             your language\n"
	     ":quit                     or Ctrl-D");
}

static void do_word(struct conversation *conversation, void *ctx, const char *typed)
{
	static const struct {
		const char *word;
		void (*act)(struct conversation *, void *, const char *);
	} words[] = {
		{":server", set_guild},
		{":dm", set_dm},
		{":locale", set_locale},
		{":rights", set_rights},
		{":roles", set_roles},
		{":help", show_help},
	};
	size_t length = strcspn(typed, " ");
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i].word) == length && strncmp(words[i].word, typed, length) == 0) {
			words[i].act(
				conversation, ctx, typed + length + strspn(typed + length, " "));
			return;
		}
	refuse(conversation, ":help says what can be typed");
}

static void do_line(struct conversation *conversation, void *ctx, const char *typed)
{
	if (!arguments_is_text(typed))
		refuse(conversation, "that is no UTF-8");
	else if (*typed == '/')
		do_command(conversation, ctx, typed);
	else if (*typed == '@')
		do_member(conversation, ctx, typed);
	else if (*typed == '#')
		do_channel(conversation, ctx, typed);
	else if (isdigit((unsigned char)*typed) ||
		 (isalpha((unsigned char)*typed) && isdigit((unsigned char)typed[1])))
		do_press(conversation, ctx, typed);
	else if (*typed && strcmp(typed, ":quit") != 0)
		do_word(conversation, ctx, typed);
}

/* ---- How a line may go on */

/* Offers what the service suggests for the option that is being typed. */
static void offer_suggested(struct conversation *conversation, void *ctx, const char *typed,
	struct play_candidates *out)
{
	struct play_line *line = must(talloc(ctx, struct play_line));
	char *why;
	if (play_line_read(ctx, conversation->names, conversation->language, typed, line, &why))
		talloc_free(why); /* it is not whole yet */
	if (line->option_count > 0 && strcmp(line->options[line->option_count - 1].name,
					      text_get(LANGUAGE_DEFAULT, out->asks->name)) == 0)
		line->option_count--;
	line->options[line->option_count++] =
		(struct play_option){.name = text_get(LANGUAGE_DEFAULT, out->asks->name),
			.type = out->asks->type,
			.focused = true,
			.text = line->word};
	struct play_command command = command_of(line);
	struct posted posted;
	char *body = play_autocomplete(ctx, &conversation->play, &command);
	if (post_send(ctx, &conversation->post, body, strlen(body), &posted, &why) ||
		posted.http != 200)
		return; /* nothing is suggested */
	json_t *answer = json_loadb(posted.body, posted.length, 0, NULL);
	size_t i;
	json_t *choice;
	json_array_foreach (
		json_object_get(json_object_get(answer, "data"), "choices"), i, choice) {
		const json_t *value = json_object_get(choice, "value");
		const char *text = json_string_value(value),
			   *name = json_string_value(json_object_get(choice, "name"));
		if (out->count == PLAY_MAX_CANDIDATES)
			break;
		out->items[out->count++] = (struct play_candidate){
			text ? show_clean(ctx, text)
			     : must(talloc_asprintf(
				       ctx, "%lld", (long long)json_number_value(value))),
			name ? show_clean(ctx, name) : NULL};
	}
	json_decref(answer);
}

static void complete(void *arg, void *ctx, const char *typed, struct play_candidates *out)
{
	struct conversation *conversation = arg;
	if (*typed != '/')
		return;
	play_line_complete(ctx, conversation->names, conversation->language, typed, out);
	if (out->asks)
		offer_suggested(conversation, ctx, typed, out);
}

/* ---- The conversation */

static char *prompt_of(const struct conversation *conversation, void *ctx)
{
	const struct play *play = &conversation->play;
	const char *guild = play_names_of(conversation->names, play->guild.text);
	return must(talloc_asprintf(ctx, "%s@%s> ", show_clean(ctx, play->member.username),
		play->guild.text[0] == '\0' ? "dm"
		: guild                     ? show_clean(ctx, guild)
					    : play->guild.text));
}

/* The members that a first evening needs. */
static void know_names(struct conversation *conversation)
{
	static const struct {
		enum name_kind kind;
		const char *name;
	} known[] = {
		{NAME_MEMBER, "ana"},
		{NAME_MEMBER, "tom"},
		{NAME_MEMBER, "zoé"},
		{NAME_GUILD, PLAY_GUILD ":" GUILD_NAME},
		{NAME_CHANNEL, "salon"},
		{NAME_ROLE, "vip"},
	};
	struct play *play = &conversation->play;
	struct play_name name = {NAME_MEMBER, play->member.username, play->member.id};
	play_names_keep(conversation->names, &name);
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (play_names_find(conversation->names, known[i].kind, known[i].name, &name))
			play_names_keep(conversation->names, &name);
}

static void greet(const struct conversation *conversation)
{
	if (!play_terminal_is_interactive(conversation->terminal))
		return;
	printf("You are %s. Type / for the commands, 1 to press the first button of the last "
	       "message,\n@ana to be somebody else, :help for the rest, Ctrl-D to leave.\n",
		conversation->play.member.username);
}

static int converse(struct conversation *conversation)
{
	conversation->terminal = play_terminal_open(complete, conversation);
	know_names(conversation);
	greet(conversation);
	for (bool done = false; !done;) {
		bool interrupted;
		void *ctx = must(talloc_new(conversation->ctx));
		char *typed = play_terminal_read(
			conversation->terminal, ctx, prompt_of(conversation, ctx), &interrupted);
		if (typed)
			do_line(conversation, ctx, typed + strspn(typed, " "));
		done = (!typed && !interrupted) || (typed && strcmp(typed, ":quit") == 0);
		fflush(stdout);
		talloc_free(ctx);
	}
	play_terminal_close(&conversation->terminal);
	for (size_t i = 0; i < MAX_MESSAGES; i++)
		json_decref(conversation->messages[i].answer);
	return conversation->failed ? CTL_FAILED : CTL_DONE;
}

static const char description[] =
	"A conversation with a service, in which each line is signed and posted as Discord would\n"
	"do it: commands with completion, buttons, selects and forms, as any member of any "
	"server.\n"
	"From a pipe, a line is read after the other; the status is 1 when one could not be done.\n"
	"  besacectl play --url http://127.0.0.1:8080/interactions --key var/keys/discord.key";

static int run_with(void *ctx, const char *key, struct conversation *conversation)
{
	unsigned char *secret = keyfile_open(ctx, key);
	if (!secret)
		return CTL_FAILED;
	conversation->post.secret = secret;
	conversation->names = play_names_create(ctx);
	conversation->language = text_language(conversation->play.locale);
	int status = converse(conversation);
	sodium_free(secret);
	return status;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct play_given given = {0};
	const struct argument rows[] = {
		{"url", "URL", "where to, with its path", .text = &given.url},
		{"key", "FILE", "the secret key that stands in for Discord's", .text = &given.key},
		{"member", "ID", "who plays at first (" PLAY_MEMBER ")", .text = &given.member},
		{"username", "NAME", "and their name (" PLAY_USERNAME ")", .text = &given.username},
		{"locale", "LOCALE", "and their language (" PLAY_LOCALE ")", .text = &given.locale},
		{"guild", "ID", "where (" PLAY_GUILD ")", .text = &given.guild},
		{"guild-locale", "LOCALE", "and its language (as --locale)",
			.text = &given.guild_locale},
		{"application", "ID", "whose commands they are (" PLAY_APPLICATION ")",
			.text = &given.application},
		{"unix", "PATH", "connect to this Unix socket", .text = &given.unix_path},
		{"cacert", "FILE", "certificates to trust instead of the system's",
			.text = &given.cacert},
		{"insecure", NULL, "trust any certificate, on this machine only",
			.on = &given.insecure},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--url URL --key FILE [OPTION…]",
		.description = description,
		.rows = rows,
		.count = ARRAY_LEN(rows),
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct conversation *conversation = must(talloc_zero(ctx, struct conversation));
		conversation->ctx = ctx;
		play_arguments_read(&arguments, &given, &conversation->play, &conversation->post);
		status = arguments_are_bad(&arguments) ? CTL_USAGE
						       : run_with(ctx, given.key, conversation);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_play = {
	"play", "talk to the service at a terminal, signed as Discord signs", run};
