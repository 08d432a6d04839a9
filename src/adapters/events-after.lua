-- Reads events after a place: of all tenants, or of one. Of one it reads the log of that tenant, which
-- holds what was filed; so it answers "unfiled" while there is more, unless told to read what is there.
-- "dropped": some after the place may be kept no more. The oldest are dropped first: so none was as long
-- as an entry at or before the place is there, or all that there ever were.
--
-- A place ahead of all events was given by a Redis that has lost writes since, as was one this process has
-- seen whose entry is missing or is another. What was told after the loss may then have ids that were
-- given before: the log is raised above all of them, and places from before it are "dropped" from then on.
--
-- KEYS  1 events   2 filing   3 the tenant's log, or events again for all
-- ARGV  1 place (entry id)   2 most events   3 greatest entry id that this process has seen   4 digest of
--       that entry's fields, or ''   5 '1' to answer "unfiled"
-- Result {'whole' | 'dropped' | 'unfiled', id of the newest event there ever was, {entry, …}}, an entry as XRANGE gives it
local function isBefore(a, b)
  local aMs, aSeq = string.match(a, '^(%d+)-(%d+)$')
  local bMs, bSeq = string.match(b, '^(%d+)-(%d+)$')
  if tonumber(aMs) ~= tonumber(bMs) then return tonumber(aMs) < tonumber(bMs) end
  -- 64 bits are more than a number of Lua holds.
  if #aSeq ~= #bSeq then return #aSeq < #bSeq end
  return aSeq < bSeq
end
local function logOf(key)
  local log = { ['last-generated-id'] = '0-0', ['entries-added'] = 0, length = 0 }
  if redis.call('EXISTS', key) == 0 then return log end
  local info = redis.call('XINFO', 'STREAM', key)
  for index = 1, #info, 2 do log[info[index]] = info[index + 1] end
  return log
end

local place, seen = ARGV[1], ARGV[3]
local all = logOf(KEYS[1])
local newest = all['last-generated-id']
local isLost = isBefore(newest, seen)
if not isLost and all.length > 0 and not isBefore(seen, all['first-entry'][1]) then
  local entry = redis.call('XRANGE', KEYS[1], seen, seen)[1]
  isLost = not entry or (ARGV[4] ~= '' and redis.sha1hex(table.concat(entry[2], '\n')) ~= ARGV[4])
end
if isLost then
  local time = redis.call('TIME')
  local ms = math.max(tonumber(time[1]) * 1000, tonumber(string.match(seen, '^%d+')), tonumber(string.match(newest, '^%d+')))
  newest = string.format('%.0f-0', ms + 1001)
  -- No event: readers pass over it.
  redis.call('XADD', KEYS[1], newest, 'raised', '1')
  redis.call('HSET', KEYS[2], 'floor', newest)
end

local filing = redis.call('HMGET', KEYS[2], 'filed', 'floor')
if ARGV[5] == '1' and (filing[1] or '0-0') ~= newest then return { 'unfiled', newest, {} } end
local log = logOf(KEYS[3])
local isWhole = not isBefore(newest, place) and not (filing[2] and isBefore(place, filing[2]))
  and (log['entries-added'] == log.length or not isBefore(place, log['last-generated-id'])
    or #redis.call('XRANGE', KEYS[3], '-', place, 'COUNT', 1) > 0)
local found = isWhole and redis.call('XRANGE', KEYS[3], '(' .. place, '+', 'COUNT', ARGV[2]) or {}
return { isWhole and 'whole' or 'dropped', newest, found }
