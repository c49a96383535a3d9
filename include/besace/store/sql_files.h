/* The files of sql/, compiled into the binary at build time in the order of their names. */
#pragma once

struct sql_file {
	const char *path; /* relative to sql/: "migrations/0001_tables.sql" */
	const char *text;
};

/* Ends with a row whose path is NULL. */
extern const struct sql_file sql_files[];
