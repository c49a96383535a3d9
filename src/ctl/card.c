/* besacectl card: draws a level card to a file, or says its address. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/domain/card.h"
#include "besace/runtime/config.h"
#include "besace/web/card_picture.h"
#include "host.h"
#include "subcommands.h"

static bool read_count(const char *text, int32_t *out)
{
	char *end;
	errno = 0;
	long long number = strtoll(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno || number > INT32_MAX)
		return false;
	*out = (int32_t)number;
	return true;
}

static bool is_theme(const char *name)
{
	return strcmp(card_theme_name(card_theme_named(name)), name) == 0;
}

static bool is_language(const char *code)
{
	return strlen(code) == 2 && strspn(code, "abcdefghijklmnopqrstuvwxyz") == 2;
}

static int write_file(const char *path, const unsigned char *bytes, size_t size)
{
	bool is_output = strcmp(path, "-") == 0;
	FILE *file = is_output ? stdout : fopen(path, "we");
	bool done = file && fwrite(bytes, 1, size, file) == size;
	int fault = errno;
	if (file && !is_output && fclose(file) != 0 && done) {
		fault = errno;
		done = false;
	}
	if (done)
		return CTL_DONE;
	ctl_say("cannot write \"%s\": %s", path, strerror(fault));
	return CTL_FAILED;
}

static int draw(const struct card *card, const char *path)
{
	struct card_painter *painter = card_painter_create();
	const unsigned char *png;
	size_t size;
	int status = CTL_FAILED;
	if (card_paint(painter, card, NULL, &png, &size))
		ctl_say("the card cannot be drawn: %s", card_painter_why(painter));
	else
		status = write_file(path, png, size);
	card_painter_destroy(&painter);
	return status;
}

static bool reads_links(const char *name)
{
	return strcmp(name, "BESACE_PUBLIC_URL") == 0 || strcmp(name, "BESACE_LINK_KEY") == 0;
}

/* Below BESACE_PUBLIC_URL, or from its path on when there is none. */
static int print_address(void *ctx, const struct card *card)
{
	struct config config;
	char *faults;
	host_take_settings(ctx, "besace", reads_links);
	if (config_load(ctx, PROGRAM_CTL, config_environment, NULL, &config, &faults)) {
		ctl_say_lines(faults);
		return CTL_USAGE;
	}
	if (!config.has_link_key) {
		ctl_say("BESACE_LINK_KEY: is required (or BESACE_LINK_KEY_FILE)");
		return CTL_USAGE;
	}
	struct link_key key;
	memcpy(key.bytes, config.link_key, sizeof(key.bytes));
	printf("%s/carte/%s.png\n", config.public_url ? config.public_url : "",
		card_address(ctx, &key, card));
	return CTL_DONE;
}

/* What the options say, as texts. */
struct wish {
	const char *name, *unit, *theme, *language;
	const char *xp, *balance, *rank, *members, *multiplier, *games;
	bool is_address;
};

static void read_wish(struct arguments *arguments, const struct wish *wish, struct card *out)
{
	const struct {
		const char *option, *text;
		int32_t *out;
	} counts[] = {{"xp", wish->xp, &out->xp}, {"balance", wish->balance, &out->balance},
		{"rank", wish->rank, &out->rank}, {"members", wish->members, &out->members},
		{"multiplier", wish->multiplier, &out->multiplier},
		{"games", wish->games, &out->games_left}};
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		if (counts[i].text && !read_count(counts[i].text, counts[i].out))
			arguments_fault(arguments,
				"--%s: must be a number from 0 to %d, got \"%s\"", counts[i].option,
				INT32_MAX, counts[i].text);
	const char *theme = wish->theme ? wish->theme : card_theme_name(THEME_COGNAC);
	const char *language = wish->language ? wish->language : "fr";
	if (!is_theme(theme))
		arguments_fault(arguments, "--theme: must be cognac, foret, nuit or sable");
	if (is_language(language))
		strcpy(out->language, language);
	else
		arguments_fault(arguments, "--language: must be a code of two letters");
	out->theme = card_theme_named(theme);
	card_set_name(out, wish->name ? wish->name : "Besace");
	card_set_unit(out, wish->unit ? wish->unit : "LC");
	if ((arguments->operand_count == 1) == wish->is_address)
		arguments_fault(arguments, "FILE or --address: one of them is required");
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct wish wish = {0};
	const struct argument rows[] = {
		{"name", "TEXT", "the member's name (Besace)", .text = &wish.name},
		{"xp", "N", "XP in all; the level follows from it (0)", .text = &wish.xp},
		{"balance", "N", "(0)", .text = &wish.balance},
		{"unit", "TEXT", "what balances are counted in (LC)", .text = &wish.unit},
		{"rank", "N", "the place among the members; without it none is shown",
			.text = &wish.rank},
		{"members", "N", "how many members there are", .text = &wish.members},
		{"multiplier", "N", "2 or 3 while one is active", .text = &wish.multiplier},
		{"games", "N", "for how many won games", .text = &wish.games},
		{"theme", "NAME", "cognac (when not given), foret, nuit or sable",
			.text = &wish.theme},
		{"language", "CODE", "fr (when not given) or en", .text = &wish.language},
		{"address", NULL,
			"print the card's signed address (BESACE_LINK_KEY, "
			"BESACE_PUBLIC_URL)\n"
			"instead of drawing it",
			.on = &wish.is_address},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[OPTION…] FILE | --address",
		.description = "Draws a level card as a PNG into FILE (- is standard output), as "
			       "besace-web "
			       "would.\nNeeds neither database nor network.",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		struct card card = {0};
		read_wish(&arguments, &wish, &card);
		if (arguments_are_bad(&arguments))
			status = CTL_USAGE;
		else
			status = wish.is_address ? print_address(ctx, &card)
						 : draw(&card, arguments.operands[0]);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_card = {"card", "draw a level card, or say its address", run};
