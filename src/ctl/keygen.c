/* besacectl keygen: an Ed25519 key pair, or the secret under which links are signed. */
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "keyfile.h"
#include "subcommands.h"

#define DEFAULT_FILE "besace.key"

static int make(void *ctx, const char *path)
{
	char public[KEYFILE_PUBLIC_HEX], *why;
	if (keyfile_create(ctx, path, public, &why)) {
		ctl_say("%s", why);
		return CTL_FAILED;
	}
	printf("%s\n", public);
	ctl_say("the secret key is in \"%s\", for its owner only; on standard output is the public "
		"key",
		path);
	return CTL_DONE;
}

/* Without a file, to standard output: there is no public half that belongs there. */
static int make_link(void *ctx, const char *path)
{
	char digits[KEYFILE_LINK_HEX], *why;
	if (!path) {
		keyfile_link_key(digits);
		printf("%s\n", digits);
		sodium_memzero(digits, sizeof(digits));
		return CTL_DONE;
	}
	if (keyfile_create_link(ctx, path, &why)) {
		ctl_say("%s", why);
		return CTL_FAILED;
	}
	ctl_say("the key is in \"%s\", for its owner only: BESACE_LINK_KEY_FILE", path);
	return CTL_DONE;
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	bool is_link = false;
	const struct argument rows[] = {
		{"link", NULL,
			"make the secret of BESACE_LINK_KEY instead, 64 digits; to standard\n"
			"output when no FILE is given",
			.on = &is_link},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[--link] [FILE]",
		.description =
			"Makes an Ed25519 key pair. The secret goes to FILE (" DEFAULT_FILE
			" when none is given), a new file\nthat only its owner can read; the "
			"public key, 64 hexadecimal digits, to standard output.\nA key can stand "
			"in for Discord's (DISCORD_PUBLIC_KEY, send) or sign events\n"
			"(BESACE_EVENT_KEYS, BESACE_EVENT_SECRET_KEY_FILE).",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		const char *path = arguments.operand_count ? arguments.operands[0] : NULL;
		if (arguments_are_bad(&arguments))
			status = CTL_USAGE;
		else if (is_link)
			status = make_link(ctx, path);
		else
			status = make(ctx, path ? path : DEFAULT_FILE);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_keygen = {"keygen", "make an Ed25519 key pair", run};
