-- Puts a credential's secrets under another master key, by compare-and-set on its version: whoever wrote
-- meanwhile wins. The times of its last use and of its verification stay: the secret is the same.
-- Safe to resend: the version and content already there answer "resealed" again.
--
-- KEYS  1 credential   2 credentials by master key
-- ARGV  1 id  2 tenant  3 version before  4 version after  5 record JSON
-- Result 'resealed' | 'changed' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'version', 'doc')
if present[1] ~= ARGV[2] then return 'gone' end
if present[2] == ARGV[4] and present[3] == ARGV[5] then return 'resealed' end
if present[2] ~= ARGV[3] then return 'changed' end
local was, now = cjson.decode(present[3]).keyVersion, cjson.decode(ARGV[5]).keyVersion

redis.call('HSET', KEYS[1], 'doc', ARGV[5], 'version', ARGV[4])
redis.call('ZREM', KEYS[2], was .. ' ' .. ARGV[1])
redis.call('ZADD', KEYS[2], 0, now .. ' ' .. ARGV[1])
return 'resealed'
