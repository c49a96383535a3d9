/* What the worker knows of the interactions it is working on. */
#pragma once

struct worker;

/* Ends every interaction under way with an apology: the drain's time is over. */
void interactions_give_up(struct worker *worker);
