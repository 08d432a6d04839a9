-- Ends the acceptance of a batch, last in its MULTI: the batch itself, its event and its wake-up.
--
-- KEYS  1 batch   2 batches of tenant   3 idempotency, or the batch again   4 outbox   5 counters   6 events
-- ARGV  1 token   2 id   3 batch JSON   4 idempotency hash or ''   5 its life ms   6 total   7 cap or ''
--       8 '1' when a failure halts it   9 when it was accepted (ms)
-- Result {'accepted'} | {'refused'}
if redis.call('HGET', KEYS[1], 'draft') ~= ARGV[1] then return { 'refused' } end
redis.call('HDEL', KEYS[1], 'draft')
redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'accepted', ARGV[1], 'gate', 'open', 'version', 1,
  'total', ARGV[6], 'cap', ARGV[7], 'halts', ARGV[8], 'flight', 0)
redis.call('ZADD', KEYS[2], 0, ARGV[2])
if ARGV[4] ~= '' then
  redis.call('HSET', KEYS[3], 'hash', ARGV[4], 'id', ARGV[2], 'doc', ARGV[3])
  redis.call('PEXPIRE', KEYS[3], ARGV[5])
end
redis.call('ZADD', KEYS[4], redis.call('HINCRBY', KEYS[5], 'outbox', 1), 'schedule ' .. ARGV[2] .. ' 1 0')
redis.call('XADD', KEYS[6], '*', 'type', 'batch.running', 'at', ARGV[9],
  'batch', cjson.encode(redis.call('HGETALL', KEYS[1])))
return { 'accepted' }
