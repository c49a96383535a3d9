/* Key files: what is written, what is read, and what is refused. */
#include "unit.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "ctl/keyfile.h"

/* RFC 8032, test 1: the seed and its public key. */
#define SEED "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
#define PUBLIC "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

static char folder[64], path[96];

static int open_folder(void **state)
{
	strcpy(folder, "/tmp/besace-keyfile-XXXXXX");
	if (sodium_init() < 0 || !mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/key", folder);
	return unit_open(state);
}

static int close_folder(void **state)
{
	unlink(path);
	return rmdir(folder) + unit_close(state);
}

static void write_text(const char *text)
{
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
}

static mode_t mode_of(void)
{
	struct stat facts;
	assert_int_equal(stat(path, &facts), 0);
	return facts.st_mode & 07777;
}

static void what_is_written_is_read_back(void **state)
{
	char public[KEYFILE_PUBLIC_HEX], again[KEYFILE_PUBLIC_HEX], *why;
	bool exposed = true;
	assert_int_equal(keyfile_create(*state, path, public, &why), STATUS_OK);
	unsigned char *secret = keyfile_read(*state, path, &exposed, &why);
	assert_non_null(secret);
	assert_false(exposed);
	sodium_bin2hex(again, sizeof(again), secret + 32, 32);
	assert_string_equal(public, again);
	sodium_free(secret);
}

static void the_mode_does_not_depend_on_the_umask(void **state)
{
	char public[KEYFILE_PUBLIC_HEX], *why;
	static const mode_t masks[] = {0, 0777};
	for (size_t i = 0; i < ARRAY_LEN(masks); i++) {
		mode_t before = umask(masks[i]);
		enum status status = keyfile_create(*state, path, public, &why);
		umask(before);
		assert_int_equal(status, STATUS_OK);
		assert_int_equal(mode_of(), 0600);
		unlink(path);
	}
}

static void nothing_is_overwritten(void **state)
{
	char public[KEYFILE_PUBLIC_HEX], *why = NULL;
	write_text("precious");
	assert_int_equal(keyfile_create(*state, path, public, &why), STATUS_FAILED);
	assert_non_null(strstr(why, "exists already"));
	struct stat facts;
	assert_int_equal(stat(path, &facts), 0);
	assert_int_equal(facts.st_size, 8);
	unlink(path);
	assert_int_equal(symlink("elsewhere", path), 0);
	assert_int_equal(keyfile_create(*state, path, public, &why), STATUS_FAILED);
}

static void line_ends_and_capitals_are_taken(void **state)
{
	static const char *const texts[] = {SEED PUBLIC, SEED PUBLIC "\n", SEED PUBLIC "\r\n",
		"9D"
		"61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60" PUBLIC};
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		bool exposed;
		char *why = NULL;
		write_text(texts[i]);
		unsigned char *secret = keyfile_read(*state, path, &exposed, &why);
		assert_non_null(secret);
		sodium_free(secret);
	}
}

static void what_is_no_key_is_refused(void **state)
{
	static const struct {
		const char *text, *fault;
	} cases[] = {
		{"", "128 hexadecimal digits"},
		{SEED, "128 hexadecimal digits"},
		{SEED PUBLIC "00", "128 hexadecimal digits"},
		{SEED PUBLIC "\n\n\n\n", "128 hexadecimal digits"},
		{"zz" SEED PUBLIC, "128 hexadecimal digits"},
		{SEED SEED, "damaged"},
	};
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool exposed;
		char *why = NULL;
		write_text(cases[i].text);
		assert_null(keyfile_read(*state, path, &exposed, &why));
		assert_non_null(strstr(why, cases[i].fault));
		assert_null(strstr(why, "9d61"));
	}
}

static void other_readers_are_noticed(void **state)
{
	bool exposed = false;
	char *why;
	write_text(SEED PUBLIC);
	assert_int_equal(chmod(path, 0640), 0);
	sodium_free(keyfile_read(*state, path, &exposed, &why));
	assert_true(exposed);
}

static void a_missing_file_or_folder_is_said(void **state)
{
	char public[KEYFILE_PUBLIC_HEX], *why = NULL;
	bool exposed;
	assert_null(keyfile_read(*state, path, &exposed, &why));
	assert_non_null(strstr(why, "No such file"));
	assert_int_equal(keyfile_create(*state, "/nowhere/key", public, &why), STATUS_FAILED);
	assert_non_null(strstr(why, "No such file"));
	assert_null(keyfile_read(*state, folder, &exposed, &why));
	assert_non_null(strstr(why, "Is a directory"));
}

#define KEYFILE(test) cmocka_unit_test_setup_teardown(test, open_folder, close_folder)

static const struct CMUnitTest tests[] = {
	KEYFILE(what_is_written_is_read_back),
	KEYFILE(the_mode_does_not_depend_on_the_umask),
	KEYFILE(nothing_is_overwritten),
	KEYFILE(line_ends_and_capitals_are_taken),
	KEYFILE(what_is_no_key_is_refused),
	KEYFILE(other_readers_are_noticed),
	KEYFILE(a_missing_file_or_folder_is_said),
};

UNIT_MAIN(tests)
