-- Removes a webhook with all its deliveries, those that wait so many at a time: until the last of them is gone
-- it is disabled, and the caller comes again. A resend after the end answers "gone". After webhook-backlog.lua.
--
-- KEYS  1 webhook   2 ids of tenant   3 ids of all   4 webhooks by master key   5 webhooks due
--       6 deliveries   7 delivery log   8 due deliveries   9 ended deliveries   10 backlog   11 order
-- ARGV  1 id  2 tenant  3 most deliveries at a time
-- Result 'removed' | 'more' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'doc', 'disabled')
if present[1] ~= ARGV[2] then return 'gone' end

for _, eventId in ipairs(redis.call('ZRANGE', KEYS[8], 0, tonumber(ARGV[3]) - 1)) do
  local row = redis.call('HGET', KEYS[6], eventId)
  if row then release(KEYS[10], KEYS[11], eventId, row) end
  redis.call('HDEL', KEYS[6], eventId)
  redis.call('ZREM', KEYS[7], eventId)
  redis.call('ZREM', KEYS[8], eventId)
end
redis.call('ZREM', KEYS[5], ARGV[1])
if redis.call('ZCARD', KEYS[8]) > 0 then
  if not present[3] then
    local at = redis.call('TIME')[1] .. '000'
    redis.call('HSET', KEYS[1], 'disabled', '{"at":' .. at .. ',"reason":"by_user"}')
  end
  return 'more'
end

local keyVersion = cjson.decode(present[2]).keyVersion
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], keyVersion .. ' ' .. ARGV[1])
redis.call('UNLINK', KEYS[1], KEYS[6], KEYS[7], KEYS[8], KEYS[9])
return 'removed'
