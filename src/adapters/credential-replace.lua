-- Replaces a credential's record by compare-and-set on its version; the time of its last use stays, and
-- that of its verification, or of its being refused, where the secret stays.
-- Safe to resend: the version and content already there answer "replaced" again.
--
-- KEYS  1 credential   2 credentials by master key
-- ARGV  1 tenant  2 version before  3 version after  4 record JSON  5 id
-- Result 'replaced' | 'stale' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'version', 'doc')
if present[1] ~= ARGV[1] then return 'gone' end
if present[2] == ARGV[3] and present[3] == ARGV[4] then return 'replaced' end
if present[2] ~= ARGV[2] then return 'stale' end

local was, now = cjson.decode(present[3]), cjson.decode(ARGV[4])
if was.sealed ~= now.sealed then
  redis.call('HDEL', KEYS[1], 'verifiedAt', 'unhealthy')
end
redis.call('HSET', KEYS[1], 'doc', ARGV[4], 'version', ARGV[3])
redis.call('ZREM', KEYS[2], was.keyVersion .. ' ' .. ARGV[5])
redis.call('ZADD', KEYS[2], 0, now.keyVersion .. ' ' .. ARGV[5])
return 'replaced'
