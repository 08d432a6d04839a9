-- Drops a batch that ended long ago, once none of its members is left, or nothing. Safe to resend.
--
-- KEYS  1 batch   2 ids of batch   3 batches of tenant   4 waiting of batch   5 due   6 ended   7 changed batches
--       8 missing of batch
-- ARGV  1 id   2 ended by then (ms)
-- Result 'dropped' | 'gone' | 'kept'
local finishedAt = redis.call('HGET', KEYS[1], 'finishedAt')
if not finishedAt then
  redis.call('ZREM', KEYS[6], ARGV[1])
  return 'gone'
end
if finishedAt == '' or tonumber(finishedAt) > tonumber(ARGV[2]) then return 'kept' end
if redis.call('ZCARD', KEYS[2]) > 0 then return 'kept' end
redis.call('DEL', KEYS[1], KEYS[4], KEYS[8])
for _, index in ipairs({ 3, 5, 6 }) do redis.call('ZREM', KEYS[index], ARGV[1]) end
redis.call('SREM', KEYS[7], ARGV[1])
return 'dropped'
