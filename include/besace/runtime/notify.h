/* What systemd is told under Type=notify: see sd_notify(3). Without NOTIFY_SOCKET it is a no-op. */
#pragma once

/* STATE is "READY=1", "STOPPING=1", "STATUS=…". Failure to tell is not a failure of the service. */
void notify_systemd(const char *state);
