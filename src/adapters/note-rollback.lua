-- Records that Redis lost writes: one more rollback, nothing is sent before `until`, and the counter of
-- intents goes on from the highest anybody has seen, so that one loss is noticed once.
--
-- KEYS  1 rollback  2 counters
-- ARGV  1 now ms  2 until ms  3 highest intent seen  4 rollbacks seen
-- Result {epoch, noticedAt, until}
local known = redis.call('HMGET', KEYS[1], 'epoch', 'until')
local epoch = math.max(tonumber(known[1] or '0'), tonumber(ARGV[4])) + 1
local till = math.max(tonumber(known[2] or '0'), tonumber(ARGV[2]))
local intents = tonumber(redis.call('HGET', KEYS[2], 'intents') or '0')
redis.call('HSET', KEYS[1], 'epoch', epoch, 'noticedAt', ARGV[1], 'until', string.format('%.0f', till))
if intents < tonumber(ARGV[3]) then redis.call('HSET', KEYS[2], 'intents', ARGV[3]) end
return { tostring(epoch), ARGV[1], string.format('%.0f', till) }
