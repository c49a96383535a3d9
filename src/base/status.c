/* Names of the outcomes, for logs. */
#include "besace/base/status.h"

const char *status_name(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return "ok";
	case STATUS_INVALID:
		return "invalid";
	case STATUS_DENIED:
		return "denied";
	case STATUS_NOT_FOUND:
		return "not found";
	case STATUS_TOO_LARGE:
		return "too large";
	case STATUS_UNAVAILABLE:
		return "unavailable";
	case STATUS_UNKNOWN:
		return "unknown";
	case STATUS_FAILED:
		return "failed";
	}
	return "?";
}
