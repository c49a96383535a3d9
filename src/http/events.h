/* Batches of events that wait for the database. */
#pragma once

struct worker;

/* Answers every batch that still waits: the shim will bring it again. */
void events_give_up(struct worker *worker);
