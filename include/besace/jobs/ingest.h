/*
 * Ingest: a thread that takes in batches of events, beside the loops that answer members.
 *
 * A batch is milliseconds of work in one piece, here and in PostgreSQL: on a loop that answers
 * interactions, each member behind it would wait for it, and as many at once as there are shims
 * would leave interactions little of the database's processors. So there is one such thread, with
 * INGEST_CONNECTIONS database connections of its own: that many batches are applied at once, the
 * next ones are read meanwhile. A batch's signature is verified here too: four megabytes take as
 * long as some hundred interactions.
 *
 * Jobs are submitted from any thread that runs a loop; results come back to that loop.
 */
#pragma once

#include <stddef.h>
#include <sys/queue.h>

#include "besace/base/compiler.h"
#include "besace/base/keys.h"
#include "besace/discord/signature.h"
#include "besace/runtime/config.h"
#include "besace/runtime/loop.h"
#include "besace/store/connector.h"

/* Batches applied at once. Two keep PostgreSQL at work while one of them waits for its commit to
 * reach the disk; more take in hardly more events and make interactions wait longer. */
#define INGEST_CONNECTIONS 2u

/* A batch that the database has not taken by then is answered 503; just above the longest statement
 * (10 s). */
#define INGEST_GIVE_UP_MS 11000

struct ingest;

enum ingest_outcome {
	INGEST_TAKEN, /* applied; the text is the answer to the shim (intake_answer) */
	INGEST_UNSIGNED, /* the key does not verify the signature: see `verdict` */
	INGEST_MALFORMED, /* not a batch; the text says why */
	INGEST_DENIED, /* of a source that is not the key's; the text says so */
	INGEST_AWAY, /* the database is away or busy: nothing happened, or nothing is known */
	INGEST_FAILED, /* a defect, which was logged */
};

/* A batch to be taken in. It lives in its owner's struct, with the body, until it is done. */
struct ingest_job {
	unsigned char *body; /* as signature_check takes it: JSON, as batch_parse takes it */
	size_t length;
	const struct public_key *key;
	const char *signature, *timestamp; /* the headers */
	int64_t arrived_s; /* wall clock */
	int64_t skew_s;
	int64_t signed_s; /* the signature's timestamp */
	const char *source; /* that the key is bound to; NULL: any */
	struct loop *home; /* the submitter's */
	task_fn *done; /* run by `home` once the outcome is there */
	void *arg;

	enum ingest_outcome outcome;
	enum signature verdict;
	char *text; /* talloc'd without a parent: the owner's. NULL when there is none */

	/* Ingest's own. */
	struct ingest *ingest;
	TAILQ_ENTRY(ingest_job) next;
};

/* Starts the thread with CONNECTIONS database connections, 1 or more. CONFIG, which says which
 * guilds are served, must outlive it. NULL when the kernel gives no
 * descriptors. */
struct ingest *ingest_create(
	struct connector *connector, unsigned connections, const struct config *config);

/* Takes a job. It is done after INGEST_GIVE_UP_MS at the latest. */
void ingest_submit(struct ingest *ingest, struct ingest_job *job);

/* The loop of its thread, to be watched. */
struct loop *ingest_loop(struct ingest *ingest);

/* Has every job that HOME submitted done at once: those that are not applied by now are AWAY,
 * though what was sent to PostgreSQL may still take effect. */
void ingest_give_up(struct ingest *ingest, struct loop *home);

/* Ends the thread, when no job is left. Accepts NULL. */
void ingest_stop(struct ingest *ingest);

/* After ingest_stop, and when no connector runs any more: frees everything. */
void ingest_destroy(struct ingest **ingest);
