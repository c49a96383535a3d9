/* Listen addresses: reading them, opening their sockets. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "besace/runtime/address.h"

static void hosts_and_ports_are_taken_apart(void **state)
{
	static const struct {
		const char *text, *host, *port;
	} rows[] = {{"127.0.0.1:8080", "127.0.0.1", "8080"}, {"[::1]:80", "::1", "80"},
		{"localhost:0", "localhost", "0"}, {"0.0.0.0:65535", "0.0.0.0", "65535"}};
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct address address;
		char *why = NULL;
		assert_int_equal(address_parse(*state, rows[i].text, &address, &why), STATUS_OK);
		assert_string_equal(address.host, rows[i].host);
		assert_string_equal(address.port, rows[i].port);
		assert_null(address.unix_path);
	}
}

static void what_is_no_address_is_refused_with_its_text(void **state)
{
	static const char *const bad[] = {"", "8080", ":8080", "localhost", "localhost:", "a:b",
		"a:-1", "a:+1", "a: 1", "a:65536", "a:99999999999999999999", "a:80x", "::1:80",
		"[]:80", "[::1]80", "[::1]", "unix:", "unix:relative/path"};
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct address address;
		char *why = NULL;
		assert_int_equal(address_parse(*state, bad[i], &address, &why), STATUS_INVALID);
		assert_non_null(strstr(why, strncmp(bad[i], "unix:", 5) ? bad[i] : bad[i] + 5));
	}
}

static void a_unix_path_must_fit_a_socket_address(void **state)
{
	size_t max = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
	char text[200] = "unix:/";
	memset(text + 6, 'x', max - 1);
	struct address address;
	char *why = NULL;
	assert_int_equal(address_parse(*state, text, &address, &why), STATUS_OK);
	assert_int_equal(strlen(address.unix_path), max);
	text[6 + max - 1] = 'x';
	assert_int_equal(address_parse(*state, text, &address, &why), STATUS_INVALID);
}

/* Opens a socket for TEXT, or fails with a sentence. */
static int open_text(void *ctx, const char *text, char **out_why)
{
	struct address address;
	assert_int_equal(address_parse(ctx, text, &address, out_why), STATUS_OK);
	return address_listen(ctx, &address, out_why);
}

static void port_zero_gets_a_free_port_that_is_told(void **state)
{
	char *why = NULL;
	int fd = open_text(*state, "127.0.0.1:0", &why);
	assert_true(fd >= 0);
	int port = address_port(fd);
	assert_in_range(port, 1, 65535);
	int again = open_text(*state, talloc_asprintf(*state, "127.0.0.1:%d", port), &why);
	assert_int_equal(again, -1);
	assert_non_null(strstr(why, "in use"));
	close(fd);
}

static char *make_folder(void *ctx)
{
	char *folder = talloc_strdup(ctx, "/tmp/besace-unit.XXXXXX");
	assert_non_null(mkdtemp(folder));
	return folder;
}

static void a_unix_socket_is_for_its_group_too(void **state)
{
	char *folder = make_folder(*state), *why = NULL;
	char *path = talloc_asprintf(*state, "%s/socket", folder);
	int fd = open_text(*state, talloc_asprintf(*state, "unix:%s", path), &why);
	assert_true(fd >= 0);
	struct stat found;
	assert_int_equal(stat(path, &found), 0);
	assert_int_equal(found.st_mode & 07777, 0660);
	assert_int_equal(address_port(fd), 0);
	close(fd);
	unlink(path);
	rmdir(folder);
}

static void a_stale_socket_is_replaced_and_a_live_one_is_not(void **state)
{
	char *folder = make_folder(*state), *why = NULL;
	char *path = talloc_asprintf(*state, "%s/socket", folder);
	char *text = talloc_asprintf(*state, "unix:%s", path);
	int live = open_text(*state, text, &why);
	assert_true(live >= 0);
	assert_int_equal(open_text(*state, text, &why), -1);
	assert_non_null(strstr(why, "in use"));
	close(live); /* its file stays */
	int next = open_text(*state, text, &why);
	assert_true(next >= 0);
	close(next);
	unlink(path);
	rmdir(folder);
}

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	char *folder = make_folder(*state), *why = NULL;
	char *path = talloc_asprintf(*state, "%s/file", folder);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(open_text(*state, talloc_asprintf(*state, "unix:%s", path), &why), -1);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
	rmdir(folder);
}

static const struct CMUnitTest tests[] = {
	UNIT(hosts_and_ports_are_taken_apart),
	UNIT(what_is_no_address_is_refused_with_its_text),
	UNIT(a_unix_path_must_fit_a_socket_address),
	UNIT(port_zero_gets_a_free_port_that_is_told),
	UNIT(a_unix_socket_is_for_its_group_too),
	UNIT(a_stale_socket_is_replaced_and_a_live_one_is_not),
	UNIT(a_file_that_is_no_socket_is_left_alone),
};

UNIT_MAIN(tests)
