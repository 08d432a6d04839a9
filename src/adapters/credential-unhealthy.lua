-- Notes that a credential's secret was refused, and its event, or nothing at all. It is of this very secret:
-- one that was replaced meanwhile, or is known to be unhealthy, stays as it is. Safe to resend.
--
-- KEYS  1 credential   2 events
-- ARGV  1 tenant  2 sealed secret that was refused  3 {since, code} JSON  4 event JSON
-- Result 1 when noted, 0 when it is gone, another tenant's, has another secret, or is known to be so since another time
local present = redis.call('HMGET', KEYS[1], 'tenant', 'doc', 'unhealthy')
if present[1] ~= ARGV[1] then return 0 end
if present[3] == ARGV[3] then return 1 end
if present[3] or cjson.decode(present[2]).sealed ~= ARGV[2] then return 0 end

redis.call('HSET', KEYS[1], 'unhealthy', ARGV[3])
redis.call('XADD', KEYS[2], '*', 'event', ARGV[4])
return 1
