/*
 * The panel's page of imports: a form with a file and its source, what the file would do, and
 * Import or Cancel. Whoever may change settings may import; it is looked at anew at each press.
 * What is done in between, a job does (jobs/importer.h); the page says how far it is.
 */
#pragma once

#include "besace/engine/command.h"

/* Its custom ids; the subject is the interaction that brought the file. */
#define PANEL_IMPORT_PREFIX "importer"
#define PANEL_IMPORT_OPEN "open"

/* SOURCE as its bot is called, "LevelUp (Red)"; SOURCE itself when it is none of the page. */
const char *import_source_label(const char *source);

ask_fn panel_import_ask; /* the sub-command */
ask_fn panel_import_press_ask;
ask_fn panel_import_submit_ask;
answer_fn panel_import_step; /* goes on with all of them */
