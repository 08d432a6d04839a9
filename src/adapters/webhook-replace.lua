-- Replaces a webhook's record by compare-and-set on its version, and switches it on or off where asked.
-- Switched on, what is pending goes on from where it stood. Safe to resend: the version and content
-- already there answer "replaced" again.
--
-- KEYS  1 webhook   2 webhooks by master key   3 due deliveries   4 webhooks due
-- ARGV  1 id  2 tenant  3 version before  4 version after  5 record JSON  6 {at, reason} JSON to switch it
--       off, 'on' to switch it on, or ''
-- Result 'replaced' | 'stale' | 'gone' (also when it is another tenant's)
local present = redis.call('HMGET', KEYS[1], 'tenant', 'version', 'doc')
if present[1] ~= ARGV[2] then return 'gone' end
if present[2] == ARGV[4] and present[3] == ARGV[5] then return 'replaced' end
if present[2] ~= ARGV[3] then return 'stale' end
local was, now = cjson.decode(present[3]).keyVersion, cjson.decode(ARGV[5]).keyVersion

redis.call('HSET', KEYS[1], 'doc', ARGV[5], 'version', ARGV[4])
redis.call('ZREM', KEYS[2], was .. ' ' .. ARGV[1])
redis.call('ZADD', KEYS[2], 0, now .. ' ' .. ARGV[1])
if ARGV[6] == 'on' then
  redis.call('HDEL', KEYS[1], 'disabled')
  local first = redis.call('ZRANGE', KEYS[3], 0, 0, 'WITHSCORES')
  if first[2] then redis.call('ZADD', KEYS[4], first[2], ARGV[1]) end
elseif ARGV[6] ~= '' then
  redis.call('HSET', KEYS[1], 'disabled', ARGV[6])
  redis.call('ZREM', KEYS[4], ARGV[1])
end
return 'replaced'
