-- Replaces a credential's record by compare-and-set on its version; the time of its last use stays, and
-- that of its verification where the secret stays.
-- Safe to resend: the version and content already there answer "replaced" again.
--
-- KEYS  1 credential
-- ARGV  1 tenant  2 version before  3 version after  4 record JSON
-- Result 'replaced' | 'stale' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'version', 'doc')
if present[1] ~= ARGV[1] then return 'gone' end
if present[2] == ARGV[3] and present[3] == ARGV[4] then return 'replaced' end
if present[2] ~= ARGV[2] then return 'stale' end

if cjson.decode(present[3]).sealed ~= cjson.decode(ARGV[4]).sealed then
  redis.call('HDEL', KEYS[1], 'verifiedAt')
end
redis.call('HSET', KEYS[1], 'doc', ARGV[4], 'version', ARGV[3])
return 'replaced'
