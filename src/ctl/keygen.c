/* besacectl keygen: an Ed25519 key pair. */
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

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "[FILE]",
		.about = "Makes an Ed25519 key pair. The secret goes to FILE (" DEFAULT_FILE
			 " when none is given), a new file\nthat only its owner can read; the "
			 "public key, 64 hexadecimal digits, to standard output.\nA key can stand "
			 "in for Discord's (DISCORD_PUBLIC_KEY, send) or sign events\n"
			 "(BESACE_EVENT_KEYS, BESACE_EVENT_SECRET_KEY_FILE).",
		.operands_most = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv))
		status = arguments_are_bad(&arguments)
				 ? CTL_USAGE
				 : make(ctx, arguments.operand_count ? arguments.operands[0]
								     : DEFAULT_FILE);
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_keygen = {"keygen", "make an Ed25519 key pair", run};
