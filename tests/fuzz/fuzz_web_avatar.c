/* Fuzzes members' pictures, which the CDN gives as their members have made them. */
#include <stdint.h>
#include <stdlib.h>

#include "web/avatars.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct face_pixels face;
	(void)avatar_decode(data, size, &face);
	return 0;
}
