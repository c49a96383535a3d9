/*
 * Backup files: an archive of pg_dump's in the custom form, which pg_restore reads as it is, and
 *behind it one line:
 *
 *	besace backup
 *{"version":1,"program":"…","migration":18,"made_at":"…","bytes":…,"sha256":"…",
 *	"as_migrated":true,"counts":{"users":…,…}}
 *
 * AS_MIGRATED: every constraint, index and trigger was as the migrations made it. BYTES and SHA256
 *are of the archive. A file without that line was cut short.
 */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "besace/base/compiler.h"
#include "besace/base/status.h"

/* Adds the line to the archive PATH: MANIFEST with bytes and sha256. The file is on the disk when
 * this returns. STATUS_FAILED with a sentence on CTX. */
MUST_CHECK enum status backup_file_seal(
	void *ctx, const char *path, json_t *manifest, char **out_why);

/* Reads the manifest of PATH, for json_decref, and proves bytes and sha256. STATUS_INVALID when it
 * is no backup or not whole, STATUS_FAILED when it cannot be read; with a sentence. */
MUST_CHECK enum status backup_file_open(
	void *ctx, const char *path, json_t **out_manifest, char **out_why);
