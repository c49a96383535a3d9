/* Where Besace can announce. */
#include "unit.h"

#include "domain/place.h"

static void types_and_permissions_decide(void **state)
{
	(void)state;
	const uint64_t view = 1 << 10, send = 1 << 11, threads = UINT64_C(1) << 38;
	const struct {
		int type;
		uint64_t permissions;
		enum place_fault fault;
	} cases[] = {
		{0, view | send, PLACE_FINE},
		{2, view | send, PLACE_FINE}, /* the chat of a voice channel */
		{5, view | send, PLACE_FINE},
		{13, view | send, PLACE_FINE},
		{11, view | threads, PLACE_FINE},
		{11, view | send, PLACE_NO_SEND_IN_THREADS},
		{0, view | threads, PLACE_NO_SEND},
		{0, send, PLACE_NO_VIEW},
		{12, threads, PLACE_NO_VIEW},
		{0, 1 << 3, PLACE_FINE}, /* Administrator */
		{4, view | send, PLACE_CATEGORY},
		{15, view | send | threads, PLACE_FORUM},
		{16, view | send | threads, PLACE_FORUM},
		{14, view | send, PLACE_NO_TEXT},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(place_check(cases[i].type, cases[i].permissions), cases[i].fault);
}

static const struct CMUnitTest tests[] = {UNIT(types_and_permissions_decide)};

UNIT_MAIN(tests)
