-- For cases/moving.py, which brings others over.
\ir members.sql
