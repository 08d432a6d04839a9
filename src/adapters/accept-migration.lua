-- Accepts one migration: the record, its indexes, its first history entry, its event and its wake-up,
-- or nothing at all. Safe to resend: the same id with the same token answers "accepted" again.
-- As a member of a batch it does nothing unless the batch's draft carries the token of this very
-- acceptance: batch-begin.lua and batch-check.lua have looked at the rules for all members before, in
-- the same MULTI.
--
-- KEYS  1 migration   2 history     3 ids of tenant   4 ids by status   5 ids by source   6 ids by target
--       7 due         8 queued      9 waiting source 10 waiting target 11 outbox         12 events
--      13 counters   14 same       15 credential     16 credential users 17 idempotency  18 batch
--      19 waiting of batch         20 ids of batch   21 work            22 sizes         23 tenants
--      24 missing of batch         25… ids by label, then dependents of each that it depends on
-- ARGV  1 id  2 token  3 record JSON  4 status  5 history entry JSON  6 event JSON  7 wakeAt ms or ''
--       8 waiter JSON or ''  9 queuedAt ms or ''  10 idempotency hash or ''  11 its life ms
--      12 '1' to allow a duplicate  13 queue to wake or ''  14 tenant  15 how many labels
--      16 source instance  17 target instance  18 batch's token or ''  19 how many it depends on
-- Result {'accepted', outbox entry, if any} | {'replayed', record JSON, entry JSON} | {'key_reused'} | {'duplicate', id}
--        | {'credential_gone'} | {'refused'}, for a member
local id, token = ARGV[1], ARGV[2]
local isMember = ARGV[18] ~= ''

if isMember then
  if redis.call('HGET', KEYS[18], 'draft') ~= ARGV[18] then return { 'refused' } end
else
  if ARGV[10] ~= '' then
    local first = redis.call('HMGET', KEYS[17], 'hash', 'id', 'doc', 'entry')
    if first[1] and first[2] ~= id then
      if first[1] ~= ARGV[10] then return { 'key_reused' } end
      return { 'replayed', first[3], first[4] }
    end
  end
  if redis.call('HGET', KEYS[1], 'accepted') == token then return { 'accepted' } end
  if redis.call('HGET', KEYS[15], 'tenant') ~= ARGV[14] then return { 'credential_gone' } end
  if ARGV[12] ~= '1' then
    local same = redis.call('SMEMBERS', KEYS[14])
    if #same > 0 then
      table.sort(same)
      return { 'duplicate', same[1] }
    end
  end
end

redis.call('HSET', KEYS[1], 'doc', ARGV[3], 'status', ARGV[4], 'version', 1, 'token', token, 'accepted', token,
  'source', ARGV[16], 'target', ARGV[17], 'ready', ARGV[8] ~= '' and '1' or '')
redis.call('RPUSH', KEYS[2], ARGV[5])
for _, index in ipairs({ 3, 4, 5, 6 }) do redis.call('ZADD', KEYS[index], 0, id) end
redis.call('SADD', KEYS[23], ARGV[14])
local firstDependents = 25 + tonumber(ARGV[15])
for index = 25, firstDependents - 1 do redis.call('ZADD', KEYS[index], 0, id) end
for index = firstDependents, #KEYS do redis.call('SADD', KEYS[index], id) end
if ARGV[19] ~= '0' then redis.call('HSET', KEYS[24], id, ARGV[19]) end
redis.call('SADD', KEYS[14], id)
redis.call('SADD', KEYS[16], id)
if ARGV[7] ~= '' then redis.call('ZADD', KEYS[7], ARGV[7], id) end
if ARGV[4] == 'queued' then redis.call('ZADD', KEYS[8], ARGV[9], id) end
if ARGV[8] ~= '' then
  -- As apply-step.lua writes and weighs it.
  local bytes = redis.call('HGET', KEYS[22], ARGV[16]) or ''
  local row = bytes .. '|' .. ARGV[8]
  redis.call('HSET', KEYS[9], id, row)
  redis.call('HSET', KEYS[10], id, row)
  if isMember then redis.call('HSET', KEYS[19], id, row) end
  for _, instance in ipairs({ ARGV[16], ARGV[17] }) do
    if bytes == '' then
      redis.call('HINCRBY', KEYS[21], instance .. ' unsized', 1)
    else
      redis.call('HINCRBY', KEYS[21], instance .. ' sized', 1)
      redis.call('HINCRBYFLOAT', KEYS[21], instance .. ' bytes', bytes)
    end
  end
end
local entry = nil
if ARGV[13] ~= '' then
  entry = ARGV[13] .. ' ' .. id .. ' 1 ' .. (ARGV[7] ~= '' and ARGV[7] or '0')
  redis.call('ZADD', KEYS[11], redis.call('HINCRBY', KEYS[13], 'outbox', 1), entry)
end
redis.call('XADD', KEYS[12], '*', 'event', ARGV[6])
if isMember then
  redis.call('ZADD', KEYS[20], 0, id)
  redis.call('HINCRBY', KEYS[18], ARGV[4], 1)
elseif ARGV[10] ~= '' then
  redis.call('HSET', KEYS[17], 'hash', ARGV[10], 'id', id, 'doc', ARGV[3], 'entry', ARGV[5])
  redis.call('PEXPIRE', KEYS[17], ARGV[11])
end
return { 'accepted', entry }
