/* Calls for command lines: a loop of their own until all have ended. */
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/rest/client.h"

struct run {
	struct loop *loop;
	unsigned left;
};

struct run_slot {
	struct run *run;
	struct rest_answer *answer;
};

static void end_one(struct run *run)
{
	if (--run->left == 0)
		loop_stop(run->loop);
}

static void on_done(void *arg, const struct rest_answer *answer)
{
	struct run_slot *slot = arg;
	*slot->answer = *answer;
	slot->answer->body = json_incref((json_t *)answer->body);
	end_one(slot->run);
}

static void submit_all(struct rest *rest, const struct rest_request *requests, unsigned count,
	struct run_slot *slots)
{
	for (unsigned i = 0; i < count; i++) {
		struct rest_request request = requests[i];
		request.done = on_done;
		request.arg = &slots[i];
		*slots[i].answer = (struct rest_answer){0};
		enum status status = rest_submit(rest, &request);
		if (status == STATUS_OK)
			continue;
		slots[i].answer->status = status;
		end_one(slots[i].run);
	}
}

enum status rest_run(const struct rest_options *options, const struct rest_request *requests,
	unsigned count, struct rest_answer *out_answers)
{
	if (count == 0)
		return STATUS_OK;
	struct run run = {loop_create(), count};
	struct rest *rest = run.loop ? rest_create(run.loop, options) : NULL;
	if (!rest) {
		loop_destroy(&run.loop);
		return STATUS_UNAVAILABLE;
	}
	struct run_slot *slots = must(talloc_array(NULL, struct run_slot, count));
	for (unsigned i = 0; i < count; i++)
		slots[i] = (struct run_slot){&run, &out_answers[i]};
	submit_all(rest, requests, count, slots);
	loop_run(run.loop);
	rest_destroy(&rest);
	loop_destroy(&run.loop);
	talloc_free(slots);
	return STATUS_OK;
}
