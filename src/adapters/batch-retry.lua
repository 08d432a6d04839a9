-- Writes the decision that what failed of a batch is tried again, by compare-and-set on the version of the
-- batch; opens the gate of a halted one. Workers carry it out, and clear it (batch-retried.lua). Safe to
-- resend: the same token answers the same again.
--
-- KEYS  1 batch   2 outbox   3 counters   4 events   5 changed batches   6 ended   7 due
-- ARGV  1 id   2 version   3 token   4 now ms
-- Result {'decided', gate} | {'stale'}
local now = redis.call('HMGET', KEYS[1], 'version', 'decision', 'gate', 'finishedAt')
if now[2] == ARGV[3] then return { 'decided', now[3] } end
if now[1] ~= ARGV[2] or now[3] == 'canceled' then return { 'stale' } end
local gate = now[3] == 'halted' and 'open' or now[3]
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
redis.call('HSET', KEYS[1], 'gate', gate, 'finishedAt', '', 'decision', ARGV[3], 'retry', version,
  'haltsOnResume', '')
redis.call('ZREM', KEYS[6], ARGV[1])
-- Should its wake-up be lost the sweep finds it due.
redis.call('ZADD', KEYS[7], ARGV[4], ARGV[1])
local order = redis.call('HINCRBY', KEYS[3], 'outbox', 1)
redis.call('ZADD', KEYS[2], order, 'schedule ' .. ARGV[1] .. ' ' .. version .. ' 0')
if gate ~= now[3] or (now[4] or '') ~= '' then
  redis.call('XADD', KEYS[4], '*', 'type', gate == 'paused' and 'batch.paused' or 'batch.running', 'at', ARGV[4], 'batch', cjson.encode(redis.call('HGETALL', KEYS[1])))
  redis.call('SREM', KEYS[5], ARGV[1])
end
return { 'decided', gate }
