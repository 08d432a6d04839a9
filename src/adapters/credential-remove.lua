-- Removes a credential and its place in the list, unless a migration that has not ended uses it: no
-- migration can be accepted with it between the look and the removal. A resend answers "gone".
--
-- KEYS  1 credential   2 ids of tenant   3 credential users
-- ARGV  1 id  2 tenant
-- Result 'removed' | 'in_use' | 'gone' (also when it is another tenant's)
if redis.call('HGET', KEYS[1], 'tenant') ~= ARGV[2] then return 'gone' end
if redis.call('SCARD', KEYS[3]) > 0 then return 'in_use' end

redis.call('DEL', KEYS[1])
redis.call('ZREM', KEYS[2], ARGV[1])
return 'removed'
