-- Notes a call to upstream that had no answer; the failure that makes it an outage opens the pause. One that is
-- open already stays as it is. A resend counts one failure more, which does no harm.
--
-- KEYS  1 failures   2 pauses
-- ARGV  1 scope  2 now ms  3 failures that are an outage  4 over at least ms  5 forgotten after ms
--       6 pause JSON, as it would be opened
-- Result 1 when this opened it, else 0
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
local now = tonumber(ARGV[2])
local count, since, last = string.match(redis.call('HGET', KEYS[1], ARGV[1]) or '', '^(%d+) (%d+) (%d+)$')
if not last or now - tonumber(last) > tonumber(ARGV[5]) then count, since = '0', ARGV[2] end
count = tonumber(count) + 1
if count >= tonumber(ARGV[3]) and now - tonumber(since) >= tonumber(ARGV[4]) then
  redis.call('HDEL', KEYS[1], ARGV[1])
  redis.call('HSET', KEYS[2], ARGV[1], ARGV[6])
  return 1
end
redis.call('HSET', KEYS[1], ARGV[1], count .. ' ' .. since .. ' ' .. ARGV[2])
return 0
