-- Files a page of events: each into the log of its tenant, under the id it has, where it is dropped only for
-- newer ones of the same tenant. What was filed stays where it was for a while, for those who read what is
-- new. Whoever else has filed the page was faster, and nothing is written. Where events were dropped before
-- they were filed the floor says so: places below it cannot be told everything any more.
--
-- KEYS  1 events   2 filing   3 tenants   4… logs of the tenants of the page
-- ARGV  1 filed before (entry id)   2 filed after   3 drop from the log of all what is older (ms)   4 most
--       events of a tenant, then the names of the tenants in the order of their logs, then of each event its
--       entry id and the place of its tenant from 1; one that nobody can read has none
-- Result 1 when filed, else 0
local filing = redis.call('HMGET', KEYS[2], 'filed', 'passed')
if (filing[1] or '0-0') ~= ARGV[1] then return 0 end
local entries = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], ARGV[2])
if #entries == 0 then return 0 end

local log = {}
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for index = 1, #info, 2 do log[info[index]] = info[index + 1] end
local passed = tonumber(filing[2] or '0')
local dropped = log['entries-added'] - log.length
if dropped > passed then
  passed = dropped
  redis.call('HSET', KEYS[2], 'floor', entries[1][1])
end

local tenants, owner = #KEYS - 3, {}
for index = 5 + tenants, #ARGV, 2 do owner[ARGV[index]] = tonumber(ARGV[index + 1]) end
for index = 1, tenants do redis.call('SADD', KEYS[3], ARGV[4 + index]) end
for _, entry in ipairs(entries) do
  local tenant = owner[entry[1]]
  if tenant then
    redis.call('XADD', KEYS[3 + tenant], 'MAXLEN', '~', ARGV[4], entry[1], unpack(entry[2]))
  end
end
redis.call('HSET', KEYS[2], 'filed', ARGV[2], 'passed', string.format('%.0f', passed + #entries))
redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[3])
return 1
