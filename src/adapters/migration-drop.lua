-- Drops one migration that ended long ago, with its history and every index it is in, or nothing: only as
-- it was read, and a member of a batch only while the batch as a whole has ended long ago, too. Whoever
-- wants it again writes to the one or the other first, or finds nothing. Safe to resend.
--
-- Its ImportIds stay in the import owners: what a later look at upstream lists from before must not be
-- taken for the import of another migration. When it ended is noted with them: they go once no look can
-- reach back so far.
--
-- KEYS  1 migration   2 history     3 ids of tenant   4 ids by status   5 ids by source   6 ids by target
--       7 due         8 queued      9 dependents     10 imports of tenant                11 ended
--      12 same       13 credential users             14 batch            15 ids of batch
--      16 past import owners         17… ids by label, then dependents of each that it depends on
-- ARGV  1 id  2 version  3 status  4 batch id or ''  5 ended by then (ms)  6 how many labels  7 when it ended (ms)
--       8 "target instance/"  9… ImportIds
-- Result 'dropped' | 'gone' | 'kept'
local id = ARGV[1]
local now = redis.call('HMGET', KEYS[1], 'status', 'version')
if not now[1] then
  redis.call('ZREM', KEYS[11], id)
  return 'gone'
end
if now[1] ~= ARGV[3] or now[2] ~= ARGV[2] then return 'kept' end
if ARGV[4] ~= '' then
  local finishedAt = redis.call('HGET', KEYS[14], 'finishedAt')
  if not finishedAt or finishedAt == '' or tonumber(finishedAt) > tonumber(ARGV[5]) then return 'kept' end
end

redis.call('DEL', KEYS[1], KEYS[2], KEYS[9])
for _, index in ipairs({ 3, 4, 5, 6, 7, 8, 11 }) do redis.call('ZREM', KEYS[index], id) end
redis.call('SREM', KEYS[12], id)
redis.call('SREM', KEYS[13], id)
if ARGV[4] ~= '' then redis.call('ZREM', KEYS[15], id) end
local firstDependents = 17 + tonumber(ARGV[6])
for index = 17, firstDependents - 1 do redis.call('ZREM', KEYS[index], id) end
for index = firstDependents, #KEYS do redis.call('SREM', KEYS[index], id) end
for index = 9, #ARGV do
  redis.call('ZADD', KEYS[16], ARGV[7], ARGV[8] .. ARGV[index])
  if redis.call('HGET', KEYS[10], ARGV[index]) == id then redis.call('HDEL', KEYS[10], ARGV[index]) end
end
return 'dropped'
