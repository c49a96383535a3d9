/*
 * Reads the files of systemd's EnvironmentFile (systemd.exec(5)), as systemd itself does: a line
 * NAME=VALUE, comments that begin with # or ;, single and double quotes, a backslash that takes the
 * next character as it is and joins lines. A line without = says nothing.
 */
#pragma once

/* Told of each assignment, in the order of the file. The texts live until it returns. */
typedef void envfile_fn(void *arg, const char *name, const char *value);

/* Reads TEXT to its end. */
void envfile_read(const char *text, envfile_fn *fn, void *arg);
