/*
 * What became of a call, for machines. The sentence for readers travels with it.
 *
 * Money code tells three outcomes apart that look alike: it failed (nothing happened), try again
 * (nothing happened, later may be better), unknown (it may or may not have happened: ask again
 * with the same interaction id, which is safe).
 */
#pragma once

enum status {
	STATUS_OK = 0,
	STATUS_INVALID, /* the caller's input is wrong; the same call will fail again */
	STATUS_DENIED, /* well formed, but not allowed: wrong signature, missing permission */
	STATUS_NOT_FOUND, /* the thing named does not exist */
	STATUS_TOO_LARGE, /* above a bound */
	STATUS_UNAVAILABLE, /* nothing happened; a dependency is away or full: try again */
	STATUS_UNKNOWN, /* the connection broke under way: it may have happened */
	STATUS_FAILED, /* nothing happened, and trying again as such is useless */
};

/* A short English noun for logs: "ok", "invalid", … Never NULL. */
const char *status_name(enum status status);
