-- What Discord says of our commands; besacectl runs it.

-- name: command_ids_keep
SELECT besace_command_ids_keep($guild_id::varchar, $ids::jsonb);
