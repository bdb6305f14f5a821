-- Migration 18 added nothing; a message is written under its checks, as release 0.2.0 does.
UPDATE message SET state = 'leased', fence = 1, lease_holder = 'us.example/4711#0f1e2d3c', lease_until = 1488405700000000
    WHERE id = 'msg-a8e848dde6d0';
