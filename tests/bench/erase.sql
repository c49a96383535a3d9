-- For cases/erase.py, which adds a second guild.
\ir members.sql
