/* besacectl sign: the headers that sign a body. */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "arguments.h"
#include "besace/base/memory.h"
#include "besace/discord/signature.h"
#include "besace/runtime/clock.h"
#include "besace/runtime/config.h"
#include "body.h"
#include "keyfile.h"
#include "subcommands.h"

struct sign_order {
	const char *key, *timestamp, *key_id, *body;
};

static int sign(void *ctx, const struct sign_order *order)
{
	char *body, *why;
	size_t length;
	unsigned char *secret = keyfile_open(ctx, order->key);
	if (!secret)
		return CTL_FAILED;
	if (body_read(ctx, order->body, &body, &length, &why)) {
		sodium_free(secret);
		ctl_say("%s", why);
		return CTL_FAILED;
	}
	char signature[129], timestamp[21];
	int64_t now_s =
		order->timestamp ? strtoll(order->timestamp, NULL, 10) : clock_wall_ms() / 1000;
	signature_make(secret, body, length, now_s, signature, timestamp);
	sodium_free(secret);
	printf("X-Signature-Ed25519: %s\nX-Signature-Timestamp: %s\n", signature, timestamp);
	if (order->key_id)
		printf("X-Besace-Key-Id: %s\n", order->key_id);
	return CTL_DONE;
}

/* The number is printed as it is signed: without leading zeros. */
static bool is_timestamp(const char *text)
{
	size_t digits = strspn(text, "0123456789");
	return digits >= 1 && digits <= SIGNATURE_TIMESTAMP_MAX && text[digits] == '\0' &&
	       (text[0] != '0' || digits == 1);
}

static void judge(struct arguments *arguments, const struct sign_order *order)
{
	if (!order->key)
		arguments_fault(arguments, "--key: is required");
	if (order->timestamp && !is_timestamp(order->timestamp))
		arguments_fault(arguments, "--timestamp: must be seconds since 1970, got \"%s\"",
			order->timestamp);
	if (order->key_id && !config_is_key_id(order->key_id, strlen(order->key_id)))
		arguments_fault(arguments, "--key-id: " CONFIG_KEY_ID_FORM);
}

static int run(int argc, char **argv)
{
	void *ctx = must(talloc_new(NULL));
	struct sign_order order = {.body = "-"};
	const struct argument rows[] = {
		{"key", "FILE", "the secret key, as keygen writes it", .text = &order.key},
		{"timestamp", "SECONDS", "sign for this time instead of now",
			.text = &order.timestamp},
		{"key-id", "ID", "also print X-Besace-Key-Id, as /events wants it",
			.text = &order.key_id},
	};
	struct arguments arguments = {
		.ctx = ctx,
		.synopsis = "--key FILE [BODY | @FILE | -]",
		.description =
			"Prints the headers that sign a body (a text, a file, or standard input), "
			"one a line:\n  besacectl sign --key besace.key @body.json | "
			"curl -H @- --data-binary @body.json URL",
		.rows = rows,
		.count = ARRAY_LEN(rows),
		.operands_max = 1,
	};
	int status = CTL_DONE;
	if (arguments_read(&arguments, argc, argv)) {
		if (arguments.operand_count > 0)
			order.body = arguments.operands[0];
		judge(&arguments, &order);
		status = arguments_are_bad(&arguments) ? CTL_USAGE : sign(ctx, &order);
	}
	talloc_free(ctx);
	return status;
}

const struct subcommand subcommand_sign = {"sign", "print the headers that sign a body", run};
