/*
 * This process's share of the processors beside PostgreSQL's.
 *
 * Where Linux's autogroup is on (sched(7)) and no CPU controller of cgroups is at work, every
 * session gets the same share. A backend of PostgreSQL is a session of its own, all threads of this
 * process are one: with two loops, each gets half of what a single backend gets that applies a
 * batch.
 */
#pragma once

/* The nice value with which one session weighs as much as SESSIONS of nice 0: 0 for 1, and -20 for
 * whatever is beyond the scale. Each step is a quarter more. */
int autogroup_nice(unsigned sessions);

/* Lets this process weigh as much as LOOPS sessions. Changes nothing, and returns 0, when the
 * kernel does not permit it, when there is no autogroup, when somebody has set its nice value
 * already, or when the session is not this process's own; otherwise returns the nice value. */
int autogroup_weigh(unsigned loops);
