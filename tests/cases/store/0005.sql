-- What migration 5 added, as release 0.2.0 writes it.
INSERT INTO finding (id, state, document) VALUES
    ('f-1b0bf1d1a111', 'open', '{"id":"f-1b0bf1d1a111","finding":{"rule":"single-feed","severity":"warning","asset":"plus-01","path":["plus-01","feed-a"],"text":"`plus-01` has both cords on `feed-a`: they fail together"},"windows":[],"since":"2017-03-01T12:00:00Z"}'),
    ('f-2c1cf2d2b222', 'cleared', '{"id":"f-2c1cf2d2b222","finding":{"rule":"no-spare","severity":"warning","asset":"plus-02","path":["plus-02","feed-b"],"others":["plus-03"],"text":"`plus-02` and `plus-03` hang on `feed-b` alone while `feed-a` is down: one more failure takes them down"},"windows":[{"vendor":"dc-ams","reference":"DCA-1","maintenance":["m-1",1],"interval":{"start":"2017-03-02T00:00:00Z","end":"2017-03-02T04:00:00Z"}}],"overlaps":[{"start":"2017-03-02T00:00:00Z","end":"2017-03-02T04:00:00Z"}],"since":"2017-03-01T12:00:00Z","accepted":{"by":"jo","at":"2017-03-01T13:00:00Z","reason":"planned"},"cleared_at":"2017-03-02T05:00:00Z"}');
-- A line about a notice, which migration 7 finds by the notice's number.
INSERT INTO log (number, at, who, what, subject) VALUES
    (2, 1488376800000000, 'import', 'imported a notice from mail/2.eml', 'n-feb7025a1127');
