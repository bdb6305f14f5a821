-- Migration 21 made two indexes smaller; a message is written under them.
UPDATE message SET due_at = due_at, not_after = not_after WHERE id = 'msg-a8e848dde6d0';
