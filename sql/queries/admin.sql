-- Acts of administrators.

-- name: admin_act
SELECT besace_admin_act($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12);

-- For besacectl.
-- name: admin_undo
SELECT besace_admin_undo($1);
