-- Moving money between members and from the house.

-- name: transfer
SELECT besace_transfer($1, $2, $3, $4, $5, $6, $7, $8);

-- name: transfer_cancel
SELECT besace_transfer_cancel($1, $2, $3, $4, $5);

-- name: gift
SELECT besace_gift($1, $2, $3, $4, $5, $6);
