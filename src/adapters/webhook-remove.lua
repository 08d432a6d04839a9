-- Removes a webhook with all its deliveries. A resend answers "gone".
--
-- KEYS  1 webhook   2 ids of tenant   3 ids of all   4 webhooks by master key   5 webhooks due
--       6 deliveries   7 delivery log   8 due deliveries   9 ended deliveries
-- ARGV  1 id  2 tenant
-- Result 'removed' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'doc')
if present[1] ~= ARGV[2] then return 'gone' end
local keyVersion = cjson.decode(present[2]).keyVersion

redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('ZREM', KEYS[4], keyVersion .. ' ' .. ARGV[1])
redis.call('ZREM', KEYS[5], ARGV[1])
redis.call('UNLINK', KEYS[1], KEYS[6], KEYS[7], KEYS[8], KEYS[9])
return 'removed'
