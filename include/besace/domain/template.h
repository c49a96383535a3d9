/*
 * Templates: texts in which owners of guilds write {variables}.
 *
 * A template is compiled when it is saved: one that names an unknown variable is refused then, and
 * none is ever refused when it is used. Each variable has a French name and, where owners know one
 * from elsewhere, another.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Characters of a template. */
#define TEMPLATE_MAX 1000

/* Bytes of a name, which is ASCII. */
#define TEMPLATE_NAME_ROOM 33

#define TEMPLATE_VARIABLES(X)                                                                      \
	X(MEMBER, "membre")                                                                        \
	X(MENTION, "mention")                                                                      \
	X(LEVEL, "niveau")                                                                         \
	X(OLD, "ancien")                                                                           \
	X(XP, "xp")                                                                                \
	X(LC, "lc")                                                                                \
	X(ITEMS, "objets")                                                                         \
	X(ROLE, "role")                                                                            \
	X(GUILD, "serveur")                                                                        \
	X(CHANNEL, "salon")

#define TEMPLATE_VARIABLE(name, word) TEMPLATE_##name,
enum template_variable { TEMPLATE_VARIABLES(TEMPLATE_VARIABLE) TEMPLATE_VARIABLE_COUNT };
#undef TEMPLATE_VARIABLE

/* The name of VARIABLE, without braces. */
const char *template_variable_name(enum template_variable variable);

/* A part of a template: a variable, or TEXT as it stands. */
struct template_part {
	bool is_variable;
	enum template_variable variable;
	const char *text; /* of the whole part, braces included; not ended by a NUL */
	size_t length;
};

/* The part at *AT, which moves past it; false at the end. Braces that enclose no name, and names
 * that are unknown, are text. */
bool template_next(const char **at, struct template_part *out);

/* What is wrong with a template. */
struct template_fault {
	char unknown[TEMPLATE_NAME_ROOM]; /* the first name that is none, cut */
	const char *nearest; /* the known one that is the most like it */
};

/* Whether every {name} in TEXT is known; else *out says which is not. Length is no matter here. */
bool template_check(const char *text, struct template_fault *out);
