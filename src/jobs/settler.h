/*
 * Settles voice pass by pass: loads some guilds that are due, decides by the rules of domain,
 * writes, and begins again. The caller makes the calls.
 *
 *	settler_start(&settler, …, &call);
 *	do
 *		step = settler_resume(&settler, rows of the call, &call);
 *	while (step == SETTLE_CALL);
 *
 * A guild that cannot be settled must not hold up the others: after a call that failed the settler
 * goes on with one guild at a time, and sets aside the one that fails alone (settler_failed).
 */
#pragma once

#include <stdbool.h>

#include "besace/base/compiler.h"
#include "besace/store/call.h"
#include "besace/store/voice.h"

enum settle_step {
	SETTLE_CALL, /* the call was filled in: make it, then go on */
	SETTLE_DONE, /* nothing is due any more */
	SETTLE_LATER, /* enough passes for once; more may be due */
	SETTLE_BROKEN, /* the rows make no sense */
};

struct settler {
	void *ctx;
	const char *source;

	/* Its own. */
	bool alone; /* one guild at a time */
	bool pay_later; /* paying took too long, or waited for a member */
	bool aside; /* the call sets a guild aside */
	const char *why; /* ... because of this, on ctx; NULL: it took too long */
	void *pass_ctx; /* memory of this pass */
	struct voice_tasks *tasks; /* NULL while loading */
	unsigned passes;
};

/* Begins with the guilds of SOURCE; NULL: of whatever shim. SOURCE and CTX must outlive the
 * settler. */
void settler_start(struct settler *settler, void *ctx, const char *source, struct db_call *out);

/* Goes on after a call that ended in STATUS, FAILED or UNAVAILABLE; WHY is PostgreSQL's sentence or
 * NULL. SETTLE_DONE when there is nothing more to be tried now. */
MUST_CHECK enum settle_step settler_failed(
	struct settler *settler, enum status status, const char *why, struct db_call *out);

/* Goes on with the rows of the call. */
MUST_CHECK enum settle_step settler_resume(
	struct settler *settler, const struct db_rows *rows, struct db_call *out);
