/* Fuzzes what Discord answers to calls, and what is made of it: a verdict, a sentence for an
 * operator, and the comparison of its list of commands with ours. */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <talloc.h>

#include "besace/base/utf8.h"
#include "besace/rest/client.h"
#include "besace/rest/commands.h"
#include "besace/runtime/log.h"
#include "support/answers.h"

/* What has been told of a call. */
struct told {
	bool is_told;
	enum status status;
};

static void compare_commands(void *ctx, const json_t *theirs)
{
	json_t *ours = json_pack("[{s:s, s:i, s:[{s:s, s:i}]}, {s:s, s:i}]", "name", "lc", "type",
		1, "options", "name", "membre", "type", 6, "name", "Niveau", "type", 2);
	struct commands_diff diff;
	if (commands_diff(ctx, theirs, ours, false, &diff) == STATUS_OK) {
		size_t sum = 0;
		for (int i = 0; i < COMMAND_CHANGES; i++)
			sum += diff.count_of[i];
		expect(sum == diff.count && diff.count >= json_array_size(ours));
		json_t *all = commands_with_entry_point(theirs, ours);
		expect(json_array_size(all) >= json_array_size(ours));
		json_decref(all);
	}
	json_decref(ours);
}

static void on_done(void *arg, const struct rest_answer *answer)
{
	struct told *told = arg;
	void *ctx = talloc_new(NULL);
	expect(!told->is_told);
	told->is_told = true;
	told->status = answer->status;
	expect(answer->http >= 0 && answer->http < 1000 && answer->wait_ms >= 0);
	/* What is done has an answer that could be read, or none by its own word. */
	expect(answer->status != STATUS_OK || answer->body || answer->http == 204);
	const char *sentence = rest_explain(ctx, answer), *summary = rest_summary(ctx, answer);
	expect(utf8_is_valid(sentence, strlen(sentence)) && *summary);
	compare_commands(ctx, answer->body);
	talloc_free(ctx);
}

static void on_date(void *arg, int64_t date_ms, int64_t asked_ms, int64_t answered_ms)
{
	(void)arg, (void)asked_ms, (void)answered_ms;
	expect(date_ms > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct rest_options options = {
		.api_url = "http://x", .bot_token = "t", .date = on_date, .at_terminal = true};
	log_setup(LOG_LEVEL_ERROR, false);
	struct rest *rest = rest_create(NULL, &options);
	struct told told[2] = {0};
	struct rest_request requests[] = {
		{.method = "GET", .route = "/users/{user}", .params = {"1"}},
		{.method = "POST",
			.route = "/webhooks/{application}/{token}",
			.params = {"1", "a"},
			.once = true,
			.not_yet = true},
	};
	for (size_t i = 0; i < 2; i++) {
		requests[i].done = on_done;
		requests[i].arg = &told[i];
		expect(rest_submit(rest, &requests[i]) == STATUS_OK);
	}
	let_pass(data, size);
	rest_destroy(&rest);
	expect(told[0].is_told && told[1].is_told);
	expect(outside.sent_count == 0 && outside.timer_count == 0);
	return 0;
}
