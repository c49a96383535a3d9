/* Fuzzes what Discord tells the panel of roles, of Besace's own member, of the guild and its
 * channels: a line each, JSON or the status of a refusal. Whatever it is, there is a page. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "besace/engine/question.h"
#include "panel/asked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool holds)
{
	if (!holds)
		abort();
}

/* The answers in their order, from the first line again when there are too few. */
static void answer(void *ctx, struct invocation *invocation, char *lines, char **at)
{
	for (size_t i = 0; i < invocation->question_count; i++) {
		if (!*at)
			*at = talloc_strdup(ctx, lines);
		const char *line = strsep(at, "\n");
		json_t *body = json_loads(line, JSON_DECODE_ANY, NULL);
		invocation->questions[i].http =
			json_is_integer(body) ? (int)(json_integer_value(body) % 1000) : 200;
		invocation->questions[i].body = json_is_integer(body) ? NULL : body;
		if (json_is_integer(body))
			json_decref(body);
	}
}

static void set_up(void *ctx, struct settings_state *state)
{
	static const struct snowflake place = {"8"}, zone = {"9"}, role = {"5"};
	settings_state_default(state);
	state->values[SETTING_ANNOUNCE_CHANNEL] =
		(struct setting_value){.id_count = 1, .ids = {place}, .changed = true};
	state->zones = talloc_zero_array(ctx, struct zone, 1);
	state->zones[0] = (struct zone){.id = zone};
	state->zone_count = 1;
	state->rewards = talloc_zero_array(ctx, struct role_reward, 1);
	state->rewards[0] = (struct role_reward){.role = role, .level = 5};
	state->reward_count = 1;
}

static void let_go(const struct panel *panel)
{
	for (size_t i = 0; i < panel->question_count; i++)
		json_decref((json_t *)panel->questions[i].body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *ctx = talloc_new(NULL);
	char *lines = talloc_strndup(ctx, (const char *)data, size), *at = NULL;
	struct interaction in = {.application_id = {"3"}, .locale = "fr", .guild_locale = "fr"};
	struct settings_state *state = talloc_zero(ctx, struct settings_state);
	struct panel panel = {.state = state};
	struct invocation invocation = {
		.ctx = ctx, .in = &in, .guild = {"7"}, .seen_ms = 1800000000000, .own = &panel};
	set_up(ctx, state);
	enum step step = ask_for_all(&invocation, &panel);
	expect(step == STEP_QUESTION && invocation.question_count == 5);
	while (step == STEP_QUESTION) {
		answer(ctx, &invocation, lines, &at);
		step = invocation.told(&invocation);
		expect(panel.question_count <= QUESTIONS_MAX);
	}
	expect(step == STEP_CALL && (panel.stage == STAGE_ROLES_KEPT) == panel.roles_told);
	const char *problems = asked_problems(&invocation, &panel, talloc_strdup(ctx, ""));
	expect(utf8_is_valid(problems, strlen(problems)));
	let_go(&panel);
	talloc_free(ctx);
	return 0;
}
