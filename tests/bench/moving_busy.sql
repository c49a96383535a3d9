-- For cases/moving.py, which brings others over while members play.
\ir members.sql
