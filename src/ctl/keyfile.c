/* Writes and reads key files. */
#include "keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <sodium.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"
#include "besace/domain/card.h"
#include "subcommands.h"

#define SECRET_BYTES crypto_sign_SECRETKEYBYTES
#define SECRET_DIGITS (2u * SECRET_BYTES)
/* What is read of a file: the digits, a line end of either kind, and a byte that is too many. */
#define FILE_MAX (SECRET_DIGITS + 3u)

static bool write_all(int fd, const char *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return false;
		bytes += written;
		length -= (size_t)written;
	}
	return true;
}

/* The new name must be on disk too. */
static bool sync_folder(void *ctx, const char *path)
{
	char *copy = must(talloc_strdup(ctx, path));
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A folder that may be written but not listed cannot be opened for this. */
	bool done = fd < 0 || fsync(fd) == 0;
	if (fd >= 0)
		close(fd);
	return done;
}

enum status keyfile_write(
	void *ctx, const char *path, const char *bytes, size_t length, char **out_why)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST) {
		*out_why = must(talloc_asprintf(ctx,
			"\"%s\" exists already and was left as it is: a key that is overwritten is "
			"lost",
			path));
		return STATUS_FAILED;
	}
	if (fd < 0) {
		*out_why =
			must(talloc_asprintf(ctx, "cannot make \"%s\": %s", path, strerror(errno)));
		return STATUS_FAILED;
	}
	/* The mode whatever the umask; one that forbids the owner would make the file useless. */
	bool done = fchmod(fd, 0600) == 0 && write_all(fd, bytes, length) && fsync(fd) == 0;
	int fault = errno;
	if (close(fd) != 0 && done) {
		fault = errno;
		done = false;
	}
	if (done && sync_folder(ctx, path))
		return STATUS_OK;
	*out_why = must(talloc_asprintf(
		ctx, "cannot write \"%s\": %s", path, strerror(done ? errno : fault)));
	unlink(path);
	return STATUS_FAILED;
}

enum status keyfile_create(
	void *ctx, const char *path, char out_public[static KEYFILE_PUBLIC_HEX], char **out_why)
{
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char *secret = must(sodium_malloc(SECRET_BYTES));
	char *line = must(sodium_malloc(SECRET_DIGITS + 1));
	crypto_sign_keypair(public, secret);
	sodium_bin2hex(out_public, KEYFILE_PUBLIC_HEX, public, sizeof(public));
	sodium_bin2hex(line, SECRET_DIGITS + 1, secret, SECRET_BYTES);
	sodium_free(secret);
	line[SECRET_DIGITS] = '\n';
	enum status status = keyfile_write(ctx, path, line, SECRET_DIGITS + 1, out_why);
	sodium_free(line);
	return status;
}

void keyfile_link_key(char out_digits[static KEYFILE_LINK_HEX])
{
	struct link_key key;
	randombytes_buf(key.bytes, sizeof(key.bytes));
	sodium_bin2hex(out_digits, KEYFILE_LINK_HEX, key.bytes, sizeof(key.bytes));
	sodium_memzero(&key, sizeof(key));
}

enum status keyfile_create_link(void *ctx, const char *path, char **out_why)
{
	char *line = must(sodium_malloc(KEYFILE_LINK_HEX));
	keyfile_link_key(line);
	line[KEYFILE_LINK_HEX - 1] = '\n';
	enum status status = keyfile_write(ctx, path, line, KEYFILE_LINK_HEX, out_why);
	sodium_free(line);
	return status;
}

/* Reads at most FILE_MAX bytes; -1 with errno. */
static ssize_t read_some(int fd, char *bytes)
{
	size_t length = 0;
	while (length < FILE_MAX) {
		ssize_t got = read(fd, bytes + length, FILE_MAX - length);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		length += (size_t)got;
	}
	return (ssize_t)length;
}

/* NULL, or what is wrong with the digits. */
static const char *decode(const char *digits, size_t length, unsigned char *out)
{
	length -= length > 0 && digits[length - 1] == '\n';
	length -= length > 0 && digits[length - 1] == '\r';
	size_t used = 0;
	if (length != SECRET_DIGITS ||
		sodium_hex2bin(out, SECRET_BYTES, digits, length, NULL, &used, NULL) != 0 ||
		used != SECRET_BYTES)
		return "is no key file: it must hold 128 hexadecimal digits, as besacectl keygen "
		       "writes them";
	unsigned char public[crypto_sign_PUBLICKEYBYTES];
	unsigned char *made = must(sodium_malloc(SECRET_BYTES));
	crypto_sign_seed_keypair(public, made, out);
	bool whole = sodium_memcmp(made, out, SECRET_BYTES) == 0;
	sodium_free(made);
	return whole ? NULL : "is damaged: its second half is not the public key of its first half";
}

unsigned char *keyfile_read(void *ctx, const char *path, bool *out_exposed, char **out_why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat facts;
	char *digits = must(sodium_malloc(FILE_MAX));
	ssize_t length = fd < 0 || fstat(fd, &facts) != 0 ? -1 : read_some(fd, digits);
	if (length < 0)
		*out_why =
			must(talloc_asprintf(ctx, "cannot read \"%s\": %s", path, strerror(errno)));
	if (fd >= 0)
		close(fd);
	unsigned char *secret = NULL;
	if (length >= 0) {
		secret = must(sodium_malloc(SECRET_BYTES));
		*out_exposed = S_ISREG(facts.st_mode) && (facts.st_mode & 077) != 0;
		const char *fault = decode(digits, (size_t)length, secret);
		if (fault) {
			*out_why = must(talloc_asprintf(ctx, "\"%s\" %s", path, fault));
			sodium_free(secret);
			secret = NULL;
		}
	}
	sodium_free(digits);
	return secret;
}

unsigned char *keyfile_open(void *ctx, const char *path)
{
	char *why;
	bool exposed = false;
	unsigned char *secret = keyfile_read(ctx, path, &exposed, &why);
	if (!secret)
		ctl_say("%s", why);
	else if (exposed)
		ctl_say("warning: other users have access to \"%s\"; chmod 600 it", path);
	return secret;
}
