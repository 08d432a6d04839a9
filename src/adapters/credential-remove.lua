-- Removes a credential and its place in the list, unless a migration that has not ended uses it: no
-- migration can be accepted with it between the look and the removal. A resend answers "gone".
--
-- KEYS  1 credential   2 ids of tenant   3 credential users   4 credentials by master key
-- ARGV  1 id  2 tenant
-- Result 'removed' | 'in_use' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'doc')
if present[1] ~= ARGV[2] then return 'gone' end
if redis.call('SCARD', KEYS[3]) > 0 then return 'in_use' end
local keyVersion = cjson.decode(present[2]).keyVersion

redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
redis.call('ZREM', KEYS[4], keyVersion .. ' ' .. ARGV[1])
return 'removed'
