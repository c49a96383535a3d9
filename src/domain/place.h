/* Where Besace can announce: what Discord says of a channel that was chosen, and what it lacks. */
#pragma once

#include <stdint.h>

/* Why a channel cannot be a place of announcements, the first that applies. */
enum place_fault {
	PLACE_FINE,
	PLACE_CATEGORY,
	PLACE_FORUM, /* or a media channel: only posts can be opened there */
	PLACE_NO_TEXT, /* nothing is written in it */
	PLACE_NO_VIEW, /* Besace lacks the permission to see it */
	PLACE_NO_SEND, /* to write in it */
	PLACE_NO_SEND_IN_THREADS, /* to write in it, a thread */
	PLACE_FAULT_COUNT
};

/* Judges a channel of Discord's TYPE in which Besace has PERMISSIONS (app_permissions). */
enum place_fault place_check(int type, uint64_t permissions);
