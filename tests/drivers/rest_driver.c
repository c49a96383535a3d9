/*
 * Commands the REST client from outside: a JSON object a line in, a JSON object a line out.
 *
 * The first argument is the options as JSON. Lines: {"op": "call", "tag": …, and what struct
 * rest_request holds}; "edit", "follow_up", "message" for the requests of webhooks.h and
 * channels.h; "pending"; "metrics"; "token"; "run" with a list "calls"; "destroy". At the end of
 * the input it waits for what is pending.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/rest/channels.h"
#include "besace/rest/client.h"
#include "besace/rest/commands.h"
#include "besace/rest/webhooks.h"
#include "besace/runtime/log.h"
#include "besace/runtime/metrics.h"

struct driver {
	struct loop *loop;
	struct rest *rest;
	struct rest_options options;
	struct watch *input;
	char *line; /* what was read and is not yet a whole line */
	bool ended;
};

struct asked {
	struct driver *driver;
	char *tag;
};

static void print(json_t *object)
{
	char *text = must(json_dumps(object, JSON_COMPACT));
	printf("%s\n", text);
	fflush(stdout);
	free(text);
	json_decref(object);
}

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static int64_t number_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static json_t *describe(const char *tag, const struct rest_answer *answer)
{
	char *sentence = rest_explain(NULL, answer);
	json_t *body = answer->body ? json_incref((json_t *)answer->body) : json_null();
	char *summary = rest_summary(NULL, answer);
	json_t *object = must(json_pack("{s:s, s:s, s:i, s:i, s:o, s:s, s:s}", "tag", tag, "status",
		status_name(answer->status), "http", answer->http, "code", answer->code, "body",
		body, "explain", sentence, "summary", summary));
	talloc_free(sentence);
	talloc_free(summary);
	return object;
}

static void stop_when_done(struct driver *driver)
{
	if (driver->ended && (!driver->rest || rest_pending(driver->rest) == 0))
		loop_stop(driver->loop);
}

static void on_answer(void *arg, const struct rest_answer *answer)
{
	struct asked *asked = arg;
	print(describe(asked->tag, answer));
	stop_when_done(asked->driver);
	talloc_free(asked);
}

static void fill_call(const json_t *order, struct rest_request *out)
{
	*out = (struct rest_request){
		.method = text_of(order, "method"),
		.route = text_of(order, "route"),
		.body = json_object_get(order, "body"),
		.once = json_is_true(json_object_get(order, "once")),
		.not_yet = json_is_true(json_object_get(order, "not_yet")),
	};
	size_t i;
	json_t *param;
	json_array_foreach (json_object_get(order, "params"), i, param)
		if (i < REST_MAX_PARAMS)
			out->params[i] = json_string_value(param);
}

/* BODY as it is sent, on CTX. */
static struct content content_of(void *ctx, const json_t *body)
{
	if (!body)
		return (struct content){0};
	char *text = must(json_dumps(body, JSON_COMPACT));
	struct content content = {must(talloc_strdup(ctx, text)), strlen(text), CONTENT_JSON};
	free(text);
	return content;
}

/* Fills in *out, with CTX for what is sent, as ORDER says, by the function under test that its op
 * names. */
static enum status fill(void *ctx, const json_t *order, struct rest_request *out)
{
	const char *op = text_of(order, "op");
	const char *app = text_of(order, "application"), *token = text_of(order, "token");
	json_t *body = json_object_get(order, "body");
	enum status status = STATUS_OK;
	if (strcmp(op, "edit") == 0)
		*out = webhooks_edit_original(app, token, content_of(ctx, body));
	else if (strcmp(op, "follow_up") == 0)
		*out = webhooks_follow_up(app, token, content_of(ctx, body));
	else if (strcmp(op, "message") == 0)
		status = channels_create_message(
			text_of(order, "channel"), body, text_of(order, "nonce"), out);
	else if (strcmp(op, "commands_get") == 0)
		*out = commands_get(app, text_of(order, "guild"));
	else if (strcmp(op, "commands_put") == 0)
		*out = commands_put(app, text_of(order, "guild"), body);
	else
		fill_call(order, out);
	out->within_ms = number_of(order, "within_ms");
	return status;
}

static void submit(struct driver *driver, const json_t *order)
{
	struct rest_request request;
	struct asked *asked = must(talloc(driver, struct asked));
	*asked = (struct asked){driver, must(talloc_strdup(asked, text_of(order, "tag")))};
	enum status status = fill(asked, order, &request);
	request.done = on_answer;
	request.arg = asked;
	if (status == STATUS_OK)
		status = driver->rest ? rest_submit(driver->rest, &request) : STATUS_UNAVAILABLE;
	if (status == STATUS_OK)
		return;
	print(json_pack("{s:s, s:s}", "tag", asked->tag, "refused", status_name(status)));
	talloc_free(asked);
}

static void run(struct driver *driver, const json_t *order)
{
	const json_t *calls = json_object_get(order, "calls");
	unsigned count = (unsigned)json_array_size(calls);
	struct rest_request *requests = must(talloc_zero_array(driver, struct rest_request, count));
	struct rest_answer *answers = must(talloc_zero_array(driver, struct rest_answer, count));
	for (unsigned i = 0; i < count; i++)
		if (fill(requests, json_array_get(calls, i), &requests[i]) != STATUS_OK)
			abort();
	enum status status = rest_run(&driver->options, requests, count, answers);
	json_t *list = must(json_array());
	for (unsigned i = 0; i < count; i++) {
		json_array_append_new(list, describe("", &answers[i]));
		json_decref((json_t *)answers[i].body);
	}
	print(json_pack("{s:s, s:s, s:o}", "tag", text_of(order, "tag"), "status",
		status_name(status), "answers", list));
}

static void print_metrics(void)
{
	print(json_pack("{s:i, s:i, s:i, s:i, s:i}", "ok",
		(int)metrics_get(METRIC_REST_REQUESTS, REST_OK), "refused",
		(int)metrics_get(METRIC_REST_REQUESTS, REST_REFUSED), "retried",
		(int)metrics_get(METRIC_REST_REQUESTS, REST_RETRIED), "given_up",
		(int)metrics_get(METRIC_REST_REQUESTS, REST_GIVEN_UP), "rate_limited",
		(int)metrics_get(METRIC_REST_RATE_LIMITED, 0)));
}

static void obey(struct driver *driver, const char *line)
{
	json_t *order = must(json_loads(line, 0, NULL));
	const char *op = text_of(order, "op");
	if (strcmp(op, "destroy") == 0)
		rest_destroy(&driver->rest);
	else if (strcmp(op, "run") == 0)
		run(driver, order);
	else if (strcmp(op, "metrics") == 0)
		print_metrics();
	else if (strcmp(op, "token") == 0)
		print(json_pack("{s:b}", "refused", rest_token_is_refused(driver->rest)));
	else if (strcmp(op, "pending") == 0)
		print(json_pack("{s:i}", "pending", (int)rest_pending(driver->rest)));
	else
		submit(driver, order);
	json_decref(order);
}

static void obey_whole_lines(struct driver *driver)
{
	char *at = driver->line, *end;
	while ((end = strchr(at, '\n'))) {
		*end = '\0';
		obey(driver, at);
		at = end + 1;
	}
	char *rest = must(talloc_strdup(driver, at));
	talloc_free(driver->line);
	driver->line = rest;
}

static void on_input(void *arg, uint32_t events)
{
	(void)events;
	struct driver *driver = arg;
	char bytes[65536];
	ssize_t n = read(STDIN_FILENO, bytes, sizeof(bytes));
	if (n > 0) {
		driver->line = must(talloc_strndup_append_buffer(driver->line, bytes, (size_t)n));
		obey_whole_lines(driver);
		return;
	}
	watch_remove(&driver->input);
	driver->ended = true;
	stop_when_done(driver);
}

int main(int argc, char **argv)
{
	json_t *given = argc == 2 ? json_loads(argv[1], 0, NULL) : NULL;
	if (!given) {
		fprintf(stderr, "usage: rest_driver '{\"api_url\": …}'\n");
		return 2;
	}
	log_setup(LOG_LEVEL_DEBUG, true);
	struct driver *driver = must(talloc_zero(NULL, struct driver));
	driver->line = must(talloc_strdup(driver, ""));
	driver->options = (struct rest_options){
		.api_url = text_of(given, "api_url"),
		.bot_token = text_of(given, "bot_token"),
		.attempt_ms = number_of(given, "attempt_ms"),
		.blind_ms = number_of(given, "blind_ms"),
		.retry_ms = number_of(given, "retry_ms"),
		.not_yet_ms = number_of(given, "not_yet_ms"),
		.token_retry_ms = number_of(given, "token_retry_ms"),
	};
	driver->loop = must(loop_create());
	driver->rest = must(rest_create(driver->loop, &driver->options));
	driver->input = loop_watch(driver->loop, STDIN_FILENO, EPOLLIN, on_input, driver);
	loop_run(driver->loop);
	rest_destroy(&driver->rest);
	loop_destroy(&driver->loop);
	talloc_free(driver);
	json_decref(given);
	return 0;
}
