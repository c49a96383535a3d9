/* Where Besace can announce. */
#include "place.h"

/* Discord's types of channels. */
enum {
	CHANNEL_TEXT = 0,
	CHANNEL_VOICE = 2,
	CHANNEL_CATEGORY = 4,
	CHANNEL_ANNOUNCEMENTS = 5,
	THREAD_ANNOUNCEMENTS = 10,
	THREAD_PUBLIC = 11,
	THREAD_PRIVATE = 12,
	CHANNEL_STAGE = 13,
	CHANNEL_FORUM = 15,
	CHANNEL_MEDIA = 16,
};

#define PERMISSION_ADMINISTRATOR (UINT64_C(1) << 3)
#define PERMISSION_VIEW_CHANNEL (UINT64_C(1) << 10)
#define PERMISSION_SEND_MESSAGES (UINT64_C(1) << 11)
#define PERMISSION_SEND_IN_THREADS (UINT64_C(1) << 38)

static enum place_fault check_permission(
	uint64_t permissions, uint64_t needed, enum place_fault without)
{
	if (permissions & PERMISSION_ADMINISTRATOR)
		return PLACE_FINE;
	if (!(permissions & PERMISSION_VIEW_CHANNEL))
		return PLACE_NO_VIEW;
	return permissions & needed ? PLACE_FINE : without;
}

enum place_fault place_check(int type, uint64_t permissions)
{
	switch (type) {
	case CHANNEL_CATEGORY:
		return PLACE_CATEGORY;
	case CHANNEL_FORUM:
	case CHANNEL_MEDIA:
		return PLACE_FORUM;
	case CHANNEL_TEXT:
	case CHANNEL_VOICE:
	case CHANNEL_STAGE:
	case CHANNEL_ANNOUNCEMENTS:
		return check_permission(permissions, PERMISSION_SEND_MESSAGES, PLACE_NO_SEND);
	case THREAD_ANNOUNCEMENTS:
	case THREAD_PUBLIC:
	case THREAD_PRIVATE:
		return check_permission(
			permissions, PERMISSION_SEND_IN_THREADS, PLACE_NO_SEND_IN_THREADS);
	default:
		return PLACE_NO_TEXT;
	}
}
