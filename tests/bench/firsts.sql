-- For cases/firsts.py, which makes the members of members.sql forgotten again.
\ir members.sql
