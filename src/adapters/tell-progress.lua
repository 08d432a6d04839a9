-- Tells how far a batch has come, with its counts of now: at most once in a while by the clock of Redis,
-- whoever asks. What is not told now stays marked, so that the last change is told as well.
--
-- KEYS  1 batch   2 changed batches   3 events
-- ARGV  1 id   2 least time between two (ms)
-- Result 1 when it was told, else 0
if redis.call('SISMEMBER', KEYS[2], ARGV[1]) == 0 then return 0 end
local batch = redis.call('HMGET', KEYS[1], 'doc', 'toldAt')
if not batch[1] then
  redis.call('SREM', KEYS[2], ARGV[1])
  return 0
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local passed = now - tonumber(batch[2] or '0')
-- Less than none: another server's clock, which is behind.
if passed >= 0 and passed < tonumber(ARGV[2]) then return 0 end
redis.call('SREM', KEYS[2], ARGV[1])
redis.call('HSET', KEYS[1], 'toldAt', string.format('%.0f', now))
redis.call('XADD', KEYS[3], '*', 'type', 'batch.progress',
  'at', string.format('%.0f', now), 'batch', cjson.encode(redis.call('HGETALL', KEYS[1])))
return 1
