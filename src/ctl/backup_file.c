/* Seals and opens backup files. */
#include "backup_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/base/memory.h"

#define LINE_BEGIN "\nbesace backup "

/* A manifest has a few hundred bytes. */
#define LINE_BYTES_MAX 4096

#define CHUNK 65536

static enum status fail(
	void *ctx, enum status status, const char *path, const char *why, char **out_why)
{
	*out_why = must(talloc_asprintf(ctx, "%s: %s", path, why));
	return status;
}

/* The SHA-256 of the first BYTES of FD, in hex. False when there are fewer. */
static bool hash_file(int fd, int64_t bytes, char out[2 * crypto_hash_sha256_BYTES + 1])
{
	crypto_hash_sha256_state state;
	unsigned char buffer[CHUNK], hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_init(&state);
	for (int64_t at = 0; at < bytes;) {
		size_t wanted = bytes - at < CHUNK ? (size_t)(bytes - at) : CHUNK;
		ssize_t got = pread(fd, buffer, wanted, at);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		crypto_hash_sha256_update(&state, buffer, (size_t)got);
		at += got;
	}
	crypto_hash_sha256_final(&state, hash);
	sodium_bin2hex(out, 2 * crypto_hash_sha256_BYTES + 1, hash, sizeof(hash));
	return true;
}

static bool write_line(int fd, const char *line)
{
	size_t length = strlen(line);
	while (length > 0) {
		ssize_t written = write(fd, line, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		line += written;
		length -= (size_t)written;
	}
	return true;
}

enum status backup_file_seal(void *ctx, const char *path, json_t *manifest, char **out_why)
{
	char hash[2 * crypto_hash_sha256_BYTES + 1];
	struct stat file;
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (fd < 0)
		return fail(ctx, STATUS_FAILED, path, strerror(errno), out_why);
	enum status status = STATUS_OK;
	if (fstat(fd, &file) < 0 || !hash_file(fd, file.st_size, hash)) {
		status = fail(ctx, STATUS_FAILED, path, strerror(errno), out_why);
	} else {
		json_object_set_new(manifest, "bytes", json_integer(file.st_size));
		json_object_set_new(manifest, "sha256", json_string(hash));
		char *text = must(json_dumps(manifest, JSON_COMPACT));
		if (!write_line(fd, must(talloc_asprintf(ctx, LINE_BEGIN "%s\n", text))) ||
			fsync(fd) < 0)
			status = fail(ctx, STATUS_FAILED, path, strerror(errno), out_why);
		free(text);
	}
	if (close(fd) < 0 && !status)
		status = fail(ctx, STATUS_FAILED, path, strerror(errno), out_why);
	return status;
}

/* The manifest behind SIZE − what it says of the archive; NULL when there is none. */
static json_t *read_manifest(int fd, int64_t size)
{
	char tail[LINE_BYTES_MAX + 1];
	int64_t from = size > LINE_BYTES_MAX ? size - LINE_BYTES_MAX : 0;
	ssize_t got = pread(fd, tail, LINE_BYTES_MAX, from);
	if (got <= 0 || tail[got - 1] != '\n')
		return NULL;
	tail[got] = '\0';
	char *line = NULL;
	for (char *at = tail;
		(at = memmem(at, (size_t)(tail + got - at), LINE_BEGIN, strlen(LINE_BEGIN))); at++)
		line = at;
	json_t *manifest = line ? json_loads(line + strlen(LINE_BEGIN), 0, NULL) : NULL;
	if (manifest && json_integer_value(json_object_get(manifest, "bytes")) !=
				from + (int64_t)(line - tail)) {
		json_decref(manifest);
		return NULL;
	}
	return manifest;
}

static bool is_intact(int fd, const json_t *manifest)
{
	char hash[2 * crypto_hash_sha256_BYTES + 1];
	const char *wanted = json_string_value(json_object_get(manifest, "sha256"));
	return wanted &&
	       hash_file(fd, json_integer_value(json_object_get(manifest, "bytes")), hash) &&
	       strcmp(hash, wanted) == 0;
}

enum status backup_file_open(void *ctx, const char *path, json_t **out_manifest, char **out_why)
{
	struct stat file;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &file) < 0) {
		enum status status = fail(ctx, STATUS_FAILED, path, strerror(errno), out_why);
		if (fd >= 0)
			close(fd);
		return status;
	}
	enum status status = STATUS_OK;
	*out_manifest = S_ISREG(file.st_mode) ? read_manifest(fd, file.st_size) : NULL;
	if (!*out_manifest)
		status = fail(ctx, STATUS_INVALID, path,
			"is no backup of besacectl's, or was cut short", out_why);
	else if (json_integer_value(json_object_get(*out_manifest, "version")) != 1)
		status = fail(ctx, STATUS_INVALID, path, "is a backup of a later form", out_why);
	else if (!is_intact(fd, *out_manifest))
		status = fail(
			ctx, STATUS_INVALID, path, "is damaged: its checksum is another", out_why);
	close(fd);
	if (status) {
		json_decref(*out_manifest);
		*out_manifest = NULL;
	}
	return status;
}
