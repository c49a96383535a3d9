/*
 * Draws the middle of every range: what members earn by chance is then the same in two runs.
 *
 * It stands in front of libsodium's randombytes_uniform; keys and nonces do not come from there.
 */
#include <stdint.h>

uint32_t randombytes_uniform(uint32_t upper_bound);

uint32_t randombytes_uniform(uint32_t upper_bound)
{
	return upper_bound / 2;
}
