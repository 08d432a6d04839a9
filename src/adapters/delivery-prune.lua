-- Drops deliveries of events from before a place, pending ones too, so many at a time. Safe to resend. After
-- webhook-backlog.lua.
--
-- KEYS  1 deliveries   2 delivery log   3 due deliveries   4 ended deliveries   5 webhooks due   6 backlog   7 order
-- ARGV  1 webhook id  2 place  3 most at a time
-- Result how many were dropped
local old = redis.call('ZRANGE', KEYS[2], '-', '(' .. ARGV[2], 'BYLEX', 'LIMIT', 0, ARGV[3])
for _, eventId in ipairs(old) do
  local row = redis.call('ZSCORE', KEYS[3], eventId) and redis.call('HGET', KEYS[1], eventId)
  if row then release(KEYS[6], KEYS[7], eventId, row) end
  redis.call('HDEL', KEYS[1], eventId)
  redis.call('ZREM', KEYS[2], eventId)
  redis.call('ZREM', KEYS[3], eventId)
  redis.call('ZREM', KEYS[4], eventId)
end
if #old > 0 and redis.call('ZCARD', KEYS[3]) == 0 then redis.call('ZREM', KEYS[5], ARGV[1]) end
return #old
