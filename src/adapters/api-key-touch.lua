-- Notes when an API key was last used, once in so many milliseconds: of many requests at the same time
-- one writes. The time never falls. Safe to resend.
--
-- KEYS  1 key
-- ARGV  1 time ms  2 least distance to the time before ms
-- Result 1 when noted, else 0 (also when there is no such key)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'lastUsedAt')
if not present[1] then return 0 end
if present[2] and tonumber(ARGV[1]) - tonumber(present[2]) < tonumber(ARGV[2]) then return 0 end

redis.call('HSET', KEYS[1], 'lastUsedAt', ARGV[1])
return 1
