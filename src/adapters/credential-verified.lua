-- Notes when upstream last took a credential's secret. The time never falls, and is of this very secret:
-- of one that was replaced meanwhile nothing is noted. It is healthy from then on. Safe to resend.
--
-- KEYS  1 credential
-- ARGV  1 tenant  2 sealed secret that was verified  3 time ms
-- Result 1 when noted, 0 when it is gone, another tenant's, has another secret, or was verified later already
local present = redis.call('HMGET', KEYS[1], 'tenant', 'doc', 'verifiedAt')
if present[1] ~= ARGV[1] then return 0 end
if cjson.decode(present[2]).sealed ~= ARGV[2] then return 0 end
if present[3] and tonumber(present[3]) >= tonumber(ARGV[3]) then return 0 end

redis.call('HSET', KEYS[1], 'verifiedAt', ARGV[3])
redis.call('HDEL', KEYS[1], 'unhealthy')
return 1
