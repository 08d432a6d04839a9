-- Drops what is kept of a tenant of which there is no record and no event any more; else nothing. Places in
-- its log of events from before are below the floor from then on: what followed them was dropped.
--
-- KEYS  1 tenants   2 ids of tenant   3 batches of tenant   4 events of tenant   5 filing
-- ARGV  1 tenant
-- Result 1 when dropped, else 0
if redis.call('EXISTS', KEYS[2], KEYS[3]) > 0 or redis.call('XLEN', KEYS[4]) > 0 then return 0 end
if redis.call('EXISTS', KEYS[4]) == 1 then
  local log = {}
  local info = redis.call('XINFO', 'STREAM', KEYS[4])
  for index = 1, #info, 2 do log[info[index]] = info[index + 1] end
  local floor, last = redis.call('HGET', KEYS[5], 'floor') or '0-0', log['last-generated-id']
  if tonumber(string.match(floor, '^%d+')) <= tonumber(string.match(last, '^%d+')) then
    redis.call('HSET', KEYS[5], 'floor', string.format('%.0f-0', tonumber(string.match(last, '^%d+')) + 1))
  end
  redis.call('DEL', KEYS[4])
end
redis.call('SREM', KEYS[1], ARGV[1])
return 1
