/* What background jobs have in common: a run that fails or times out is logged and counted. */
#pragma once

#include <stdbool.h>

#include "besace/base/status.h"
#include "besace/runtime/metrics.h"

/* How a job's runs went; part of the job's struct, zeroed at first. */
struct job_health {
	bool is_away; /* the last run found the database away or too slow */
};

/*
 * Takes in how a run of JOB, one of the labels of METRIC_JOBS_FAILED, ended; WHY is PostgreSQL's
 * sentence or NULL. A refused statement is a defect of ours and logged each time; an outage is
 * logged when it begins. True when the run was fine.
 */
bool job_ended(struct job_health *health, unsigned job, enum status status, const char *why);
