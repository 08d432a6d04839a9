-- Notes when a credential was last used. The time never falls, and a removed credential stays removed.
-- Safe to resend.
--
-- KEYS  1 credential
-- ARGV  1 tenant  2 time of use ms
-- Result 1 when noted, 0 when it is gone, another tenant's, or was used later already
local present = redis.call('HMGET', KEYS[1], 'tenant', 'lastUsedAt')
if present[1] ~= ARGV[1] then return 0 end
if present[2] and tonumber(present[2]) >= tonumber(ARGV[2]) then return 0 end

redis.call('HSET', KEYS[1], 'lastUsedAt', ARGV[2])
return 1
