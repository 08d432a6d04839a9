-- Reads the events after a place, and whether none after it was dropped. The oldest are dropped first: so
-- none was as long as an entry at or before the place is there, or all that there ever were.
--
-- KEYS  1 events
-- ARGV  1 place (entry id)   2 most events
-- Result {'1' when none was dropped, id of the newest there ever was, {entry, …}}, an entry as XRANGE gives it
if redis.call('EXISTS', KEYS[1]) == 0 then return { '1', '0-0', {} } end
local stream = {}
local info = redis.call('XINFO', 'STREAM', KEYS[1])
for index = 1, #info, 2 do stream[info[index]] = info[index + 1] end

local isWhole = stream['entries-added'] == stream['length']
  or #redis.call('XRANGE', KEYS[1], '-', ARGV[1], 'COUNT', 1) > 0
return { isWhole and '1' or '0', stream['last-generated-id'],
  redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+', 'COUNT', ARGV[2]) }
