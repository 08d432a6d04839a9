-- Writes a decision about a batch itself by compare-and-set on its version: its gate, or that it has
-- ended; with its event and its wake-up. What has ended is not canceled any more,
-- and in what is canceled nothing is tried again any more. Safe to resend: the same token answers the same again.
--
-- KEYS  1 batch   2 outbox   3 counters   4 events   5 changed batches   6 ended
-- ARGV  1 id   2 version   3 token   4 gate   5 finishedAt ms or ''   6 '1' to wake it   7 type of the event or ''
--       8 when it was decided (ms)   9 what a cancel means for what runs, or ''   10 '1' when it halts once it is resumed
-- Result {'decided'} | {'stale'}
local now = redis.call('HMGET', KEYS[1], 'version', 'decision', 'gate', 'total', 'succeeded', 'failed', 'canceled', 'retry')
if now[2] == ARGV[3] then return { 'decided' } end
if now[1] ~= ARGV[2] then return { 'stale' } end
if ARGV[4] == 'canceled' and now[3] ~= 'canceled' and (now[8] or '') == '' then
  local sum = tonumber(now[5] or '0') + tonumber(now[6] or '0') + tonumber(now[7] or '0')
  if sum == tonumber(now[4]) then return { 'stale' } end
end
redis.call('HSET', KEYS[1], 'gate', ARGV[4], 'finishedAt', ARGV[5], 'decision', ARGV[3],
  'running', ARGV[9], 'haltsOnResume', ARGV[10])
if ARGV[4] == 'canceled' then redis.call('HSET', KEYS[1], 'retry', '') end
if ARGV[5] == '' then redis.call('ZREM', KEYS[6], ARGV[1]) else redis.call('ZADD', KEYS[6], ARGV[5], ARGV[1]) end
local version = redis.call('HINCRBY', KEYS[1], 'version', 1)
if ARGV[6] == '1' then
  local order = redis.call('HINCRBY', KEYS[3], 'outbox', 1)
  redis.call('ZADD', KEYS[2], order, 'schedule ' .. ARGV[1] .. ' ' .. version .. ' 0')
end
if ARGV[7] ~= '' then
  redis.call('XADD', KEYS[4], '*', 'type', ARGV[7], 'at', ARGV[8],
    'batch', cjson.encode(redis.call('HGETALL', KEYS[1])))
  redis.call('SREM', KEYS[5], ARGV[1])
end
return { 'decided' }
