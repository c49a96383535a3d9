/* Fuzzes the reading of interactions: no bytes may crash it, and what it accepts must hold. */
#include <jansson.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/discord/interaction.h"
#include "besace/engine/invocation.h"

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static uint32_t draw_zero(uint32_t bound)
{
	(void)bound;
	return 0;
}

/* Whatever was accepted can be answered: it leads to a call, or to a reply that is JSON. */
static void answer(void *ctx, const struct interaction *in)
{
	struct invocation invocation;
	struct db_call call;
	const struct invocation_world world = {.draw = draw_zero};
	if (invocation_start(&invocation, ctx, in, snowflake_time_ms(&in->id), &world, &call) !=
		STEP_REPLY)
		return;
	json_t *reply = json_loads(reply_render(ctx, &invocation.reply).bytes, 0, NULL);
	expect(json_is_object(reply));
	json_decref(reply);
}

static void check(void *ctx, const struct interaction *in)
{
	expect(in->type >= INTERACTION_PING && in->type <= INTERACTION_MODAL);
	if (in->type == INTERACTION_PING)
		return;
	expect(in->id.text[0] != '\0' && in->user.id.text[0] != '\0');
	expect(in->user.username && *in->user.username && in->user.display);
	expect(in->token && strlen(in->token) <= INTERACTION_MAX_TOKEN);
	expect(in->locale && in->guild_locale);
	expect(in->option_count <= INTERACTION_MAX_OPTIONS);
	for (size_t i = 0; i < in->option_count; i++)
		expect(in->options[i].name != NULL);
	expect(interaction_option(in, "no such option") == NULL || in->option_count > 0);
	answer(ctx, in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	struct interaction *in = NULL;
	char *why = NULL;
	if (interaction_parse(ctx, (const char *)data, size, &in, &why) == STATUS_OK)
		check(ctx, in);
	else
		expect(why && *why);
	talloc_free(ctx);
	return 0;
}
