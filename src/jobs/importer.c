/* Imports that the panel asks for. */
#include "besace/jobs/importer.h"

#include <pthread.h>
#include <signal.h>
#include <talloc.h>

#include "besace/base/memory.h"
#include "besace/runtime/log.h"
#include "besace/store/panel_imports.h"
#include "import_work.h"
#include "job.h"

/* Poll interval for imports that are due. */
#define POLL_MS 1000

/* The same while another process works at them. */
#define OTHERS_MS 5000

struct importer {
	struct loop *loop;
	struct pool *pool;
	struct import_work work;
	void *ctx; /* of the call under way */
	struct pool_request request;
	struct timer timer;
	struct job_health health;
	pthread_t thread;
	bool is_working, is_stopped;
};

static void come_back(struct importer *importer, int64_t delay_ms)
{
	if (!importer->is_stopped)
		loop_timer_set(
			importer->loop, &importer->timer, loop_now_ms(importer->loop) + delay_ms);
}

/* In the main loop. */
static void ended(void *arg)
{
	struct importer *importer = arg;
	if (!importer->is_working)
		return; /* it was waited for */
	pthread_join(importer->thread, NULL);
	importer->is_working = false;
	come_back(importer, importer->work.did_something ? 0 : OTHERS_MS);
}

static void *work(void *arg)
{
	struct importer *importer = arg;
	import_work(&importer->work);
	loop_post(importer->loop, ended, importer);
	return NULL;
}

static void looked(void *arg, enum status status, const struct db_rows *rows, const char *why)
{
	struct importer *importer = arg;
	bool due = false;
	if (job_ended(&importer->health, JOB_IMPORTS, status, why) &&
		panel_imports_due_read(rows, &due))
		due = false;
	if (!due || importer->is_stopped ||
		pthread_create(&importer->thread, NULL, work, importer) != 0)
		come_back(importer, POLL_MS);
	else
		importer->is_working = true;
}

static void look(void *arg)
{
	struct importer *importer = arg;
	talloc_free(importer->ctx);
	importer->ctx = must(talloc_new(importer));
	importer->request = (struct pool_request){.done = looked, .arg = importer};
	panel_imports_due_call(importer->ctx, &importer->request.call);
	if (pool_submit(importer->pool, &importer->request)) {
		(void)job_ended(&importer->health, JOB_IMPORTS, STATUS_UNAVAILABLE, NULL);
		come_back(importer, POLL_MS);
	}
}

struct importer *importer_create(struct loop *loop, struct pool *pool, const struct config *config)
{
	struct importer *importer = must(talloc_zero(NULL, struct importer));
	importer->loop = loop;
	importer->pool = pool;
	importer->work.database_url = config->database_url;
	importer->work.cdn_url = config->cdn_url;
	importer->timer = (struct timer){.fn = look, .arg = importer};
	come_back(importer, 0);
	return importer;
}

void importer_stop(struct importer *importer)
{
	if (!importer)
		return;
	importer->is_stopped = true;
	importer->work.interrupted = 1;
	loop_timer_cancel(importer->loop, &importer->timer);
	if (importer->is_working)
		pthread_join(importer->thread, NULL);
	importer->is_working = false;
}

void importer_destroy(struct importer **handle)
{
	struct importer *importer = *handle;
	if (!importer)
		return;
	(void)pool_cancel(importer->pool, &importer->request);
	talloc_free(importer);
	*handle = NULL;
}
