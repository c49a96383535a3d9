/* The rows of the table, and how a subcommand says what went wrong. */
#pragma once

#include "besace/base/compiler.h"
#include "besace/ctl/ctl.h"

extern const struct subcommand subcommand_setup;
extern const struct subcommand subcommand_keygen;
extern const struct subcommand subcommand_sign;
extern const struct subcommand subcommand_send;
extern const struct subcommand subcommand_play;
extern const struct subcommand subcommand_register;
extern const struct subcommand subcommand_invite;
extern const struct subcommand subcommand_migrate;
extern const struct subcommand subcommand_check;
extern const struct subcommand subcommand_member;
extern const struct subcommand subcommand_import;
extern const struct subcommand subcommand_export;
extern const struct subcommand subcommand_erase;
extern const struct subcommand subcommand_backup;
extern const struct subcommand subcommand_restore;
extern const struct subcommand subcommand_verify_backup;
extern const struct subcommand subcommand_undo;
extern const struct subcommand subcommand_settings;
extern const struct subcommand subcommand_verify;
extern const struct subcommand subcommand_config;
extern const struct subcommand subcommand_card;

/* Writes "besacectl: …" as one line on standard error, after what is on standard output. */
void ctl_say(const char *format, ...) PRINTF_LIKE(1, 2);

/* The same for each line of LINES, which ends with a newline. */
void ctl_say_lines(const char *lines);
