"""The slots in which ids of events are remembered."""

import time


def change_slots(database, seconds):
    """Puts a change of slots SECONDS from now; the calendar's own may be in a moment."""
    database.run(
        f"CREATE OR REPLACE FUNCTION {database.build()}.besace_half_week(p_at TIMESTAMPTZ) RETURNS INTEGER"
        " LANGUAGE sql IMMUTABLE AS $$ SELECT floor("
        f"(extract(epoch FROM p_at) - {time.time() + seconds}) / 302400)::integer + 4000 $$")
