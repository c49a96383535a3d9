/* How long a program may take to end. */
#pragma once

/* What is in flight when SIGTERM comes has this long to finish: the contract, for the service as
 * for the shim. */
#define DRAIN_MS 10000
