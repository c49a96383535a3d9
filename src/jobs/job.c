/* Logs and counts runs of background jobs that fail. */
#include "job.h"

#include "besace/base/compiler.h"
#include "besace/runtime/log.h"

static const char *const names[] = {[JOB_SETTLING] = "settling",
	[JOB_RECEIPTS] = "receipts",
	[JOB_EVENTS] = "events",
	[JOB_VOICE] = "voice",
	[JOB_VOICE_PAY] = "voice_pay",
	[JOB_GUILDS] = "guilds",
	[JOB_OUTBOX] = "outbox",
	[JOB_LEADERBOARD] = "leaderboard",
	[JOB_RANKED] = "ranked",
	[JOB_ANNOUNCER] = "announcer",
	[JOB_EDITOR] = "editor",
	[JOB_ENDER] = "ender",
	[JOB_ROLES] = "roles",
	[JOB_IMPORTS] = "imports",
	[JOB_WAITING] = "waiting",
	[JOB_LEDGER] = "ledger"};
_Static_assert(ARRAY_LEN(names) == JOB_COUNT, "every job has a name");

bool job_ended(struct job_health *health, unsigned job, enum status status, const char *why)
{
	bool was_away = health->is_away;
	health->is_away = status != STATUS_OK && status != STATUS_FAILED;
	if (status == STATUS_OK)
		return true;
	metrics_add(METRIC_JOBS_FAILED, job, 1);
	if (status == STATUS_FAILED)
		log_error(LOG_TEXT("job failed"), LOG_STR("job", names[job]), LOG_STR("why", why));
	else if (!was_away)
		log_warn(LOG_TEXT("job cannot run"), LOG_STR("job", names[job]),
			LOG_STR("status", status_name(status)), LOG_STR("why", why));
	return false;
}
