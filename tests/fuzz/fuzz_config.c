/*
 * Fuzzes the settings of every program: NAME=VALUE, a line each, as the environment has them.
 *
 * What NAME_FILE names is the whole input: a secret's file and a credential of systemd's.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <talloc.h>
#include <unistd.h>

#include "besace/runtime/config.h"
#include "besace/store/db.h"

#define VARIABLES_MAX 64

static char *variables[VARIABLES_MAX + 1];
static char secret_path[64];

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static const char *get(const char *name)
{
	size_t length = strlen(name);
	for (char **each = variables; *each; each++)
		if (strncmp(*each, name, length) == 0 && (*each)[length] == '=')
			return length > 5 && strcmp(name + length - 5, "_FILE") == 0
				       ? secret_path
				       : *each + length + 1;
	return NULL;
}

static void split(char *text)
{
	size_t count = 0;
	for (char *line; count < VARIABLES_MAX && (line = strsep(&text, "\n"));)
		variables[count++] = line;
	variables[count] = NULL;
}

static void make_file(const uint8_t *data, size_t size)
{
	static int fd = -1;
	if (fd < 0)
		fd = memfd_create("secret", MFD_CLOEXEC);
	expect(fd >= 0 && ftruncate(fd, 0) == 0 && pwrite(fd, data, size, 0) == (ssize_t)size);
	snprintf(secret_path, sizeof(secret_path), "/proc/self/fd/%d", fd);
}

/* "NAME: sentence", a line each. */
static void check_faults(const char *faults)
{
	expect(*faults);
	for (const char *end; *faults; faults = end + 1) {
		end = strchr(faults, '\n');
		expect(end != NULL);
		size_t name = strspn(faults, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
		expect(name > 0 && strncmp(faults + name, ": ", 2) == 0);
		for (const char *c = faults; c < end; c++)
			expect((unsigned char)*c >= ' ' && *c != 0x7f);
	}
}

static void check_config(const struct config *config, enum program program)
{
	expect(program != PROGRAM_BESACE || config->public_key_count > 0);
	expect(config->public_key_count <= CONFIG_MAX_PUBLIC_KEYS);
	expect(config->event_key_count <= CONFIG_MAX_EVENT_KEYS);
	expect(!config->api_url || config->api_url[strlen(config->api_url) - 1] != '/');
	expect(program != PROGRAM_GATEWAY ||
		(config->shard_id >= 0 && config->shard_id < config->shard_count));
	(void)config_announce_channel(config);
}

static void load(enum program program)
{
	static const struct config_check checks[] = {{"DATABASE_URL", db_url_fault}, {0}};
	void *ctx = talloc_new(NULL);
	struct config config;
	char *faults = NULL;
	if (config_load(ctx, program, get, checks, &config, &faults))
		check_faults(faults);
	else
		check_config(&config, program);
	talloc_free(ctx);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	if (!nowhere)
		nowhere = fopen("/dev/null", "w");
	void *ctx = talloc_new(NULL);
	make_file(data, size);
	split(talloc_strndup(ctx, (const char *)data, size));
	for (enum program program = PROGRAM_BESACE; program < PROGRAM_ALL; program *= 2) {
		load(program);
		config_print(program, get, nowhere);
	}
	(void)config_unknown(ctx, variables);
	variables[0] = NULL;
	talloc_free(ctx);
	return 0;
}
