/* Fuzzes key files: 128 digits whose halves belong together, or a sentence. */
#include <sodium.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <talloc.h>
#include <unistd.h>

#include "ctl/keyfile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	char path[64], *why = NULL;
	bool exposed;
	if (fd < 0)
		fd = memfd_create("key", MFD_CLOEXEC);
	if (fd < 0 || sodium_init() < 0 || ftruncate(fd, 0) < 0 ||
		pwrite(fd, data, size, 0) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	void *ctx = talloc_new(NULL);
	unsigned char *secret = keyfile_read(ctx, path, &exposed, &why);
	if ((secret != NULL) == (why != NULL))
		abort();
	if (secret) {
		unsigned char message[1] = {7}, signature[crypto_sign_BYTES];
		crypto_sign_detached(signature, NULL, message, 1, secret);
		if (crypto_sign_verify_detached(
			    signature, message, 1, secret + crypto_sign_SEEDBYTES) != 0)
			abort();
		sodium_free(secret);
	}
	talloc_free(ctx);
	return 0;
}
