/* A folder that one process at a time works in. */
#pragma once

/*
 * Makes the folder (mode 0700) and those above it, and takes it for this process by a file `lock`
 * in it. NULL when that is done, *out_lock being open until the folder is given back by closing
 * it; else what is wrong, on CTX.
 */
char *folder_take(void *ctx, const char *path, int *out_lock);

/* Opens a file of the folder, mode 0600, which is made if need be. FLAGS are open(2)'s; -1 with
 * errno. */
int folder_open(const char *path, const char *name, int flags);
