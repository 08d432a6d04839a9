-- Drops the oldest entries of all tenants, with their places, and keeps of each chain the last that was dropped as
-- its anchor; or nothing, when another has dropped some meanwhile.
--
-- KEYS  1 places of all entries, a list   2 anchor of it, a hash   then of each tenant its entries and its anchor
-- ARGV  1 seq of the anchor of places that was read   2 places to drop
--       then of each tenant seq and hash of the last entry to drop, and its time
-- Result 'dropped' | 'moved'
local dropped = tonumber(redis.call('HGET', KEYS[2], 'seq') or '0')
if dropped ~= tonumber(ARGV[1]) then return 'moved' end
local counts = {}
for at = 3, #KEYS, 2 do
  local arg = 3 + (at - 3) / 2 * 3
  local before = tonumber(redis.call('HGET', KEYS[at + 1], 'seq') or '0')
  counts[at] = tonumber(ARGV[arg]) - before
  local last = counts[at] > 0 and redis.call('LINDEX', KEYS[at], counts[at] - 1)
  if not last or cjson.decode(last).hash ~= ARGV[arg + 1] then return 'moved' end
end

redis.call('LTRIM', KEYS[1], ARGV[2], -1)
redis.call('HSET', KEYS[2], 'seq', string.format('%.0f', dropped + tonumber(ARGV[2])))
for at = 3, #KEYS, 2 do
  local arg = 3 + (at - 3) / 2 * 3
  redis.call('LTRIM', KEYS[at], counts[at], -1)
  redis.call('HSET', KEYS[at + 1], 'seq', ARGV[arg], 'hash', ARGV[arg + 1], 'at', ARGV[arg + 2])
end
return 'dropped'
