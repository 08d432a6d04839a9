-- Reads entries of a tenant's chain, or places of all entries, with the anchor that says how many are gone
-- before them: at one moment, so that none is taken for another while the oldest are dropped.
--
-- KEYS  1 a list: the one of place n at index n - 1 - seq of the anchor   2 anchor, a hash
-- ARGV  'range', first and last place | 'at', places…
-- Result {seq of the anchor, its hash or '', place of the last one, then the texts: of a range those that are there,
--        else one for each place, nil for one that is not there}
local anchor = redis.call('HMGET', KEYS[2], 'seq', 'hash')
local dropped = tonumber(anchor[1] or '0')
local length = redis.call('LLEN', KEYS[1])
local answer = { anchor[1] or '0', anchor[2] or '', string.format('%.0f', dropped + length) }
if ARGV[1] == 'range' then
  local from = math.max(tonumber(ARGV[2]) - dropped, 1)
  local to = tonumber(ARGV[3]) - dropped
  if to < from then return answer end
  for _, text in ipairs(redis.call('LRANGE', KEYS[1], from - 1, to - 1)) do
    answer[#answer + 1] = text
  end
  return answer
end
for at = 2, #ARGV do
  local index = tonumber(ARGV[at]) - dropped - 1
  answer[#answer + 1] = index >= 0 and redis.call('LINDEX', KEYS[1], index) or false
end
return answer
