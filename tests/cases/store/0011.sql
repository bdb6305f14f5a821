-- What migration 11 added, as release 0.2.0 writes it.
INSERT INTO message (id, cause_kind, cause, contact, stage, moment, material_digest, customer, recipient, material, told_before, due_at, not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, maybe_duplicate, fence, lease_holder, lease_until, handed_over, bytes) VALUES
    ('msg-d1e6a7d7c7cd', 'day', '2017-03-01', 'staff@us.example', 'alarm', 'missed', 'b4f0b35e4775fefc8fbb3f2f6fc78348cd9a0c36a421996b7805f77d2ad0c485', NULL, '{"email":"staff@us.example","name":null,"zone":"Europe/Amsterdam","language":"en","customer":null}', '{"windows":[],"status":null,"assets":[],"alarm":{"what":"missed","until":{"start":"2017-03-01T12:00:00Z","end":"2017-03-01T12:15:00Z"}}}', NULL, 1488369600000000, 1488974400000000, 'planned', 'it became too late for 2 from 2017-03-01T12:00:00Z on', 1488369600000000, 0, NULL, NULL, 0, 0, NULL, NULL, 0, NULL);
INSERT INTO checklist_word (number, item, kind, at, recorded_at, who, words) VALUES
    (1, 'webtix-backup', 'done', 1488369600000000, 1488369660000000, 'jo', ''),
    (2, 'webtix-backup', 'fact', 1488369600000000, 1488369660000000, 'backup-job', 'newest backup is 3 h old');
