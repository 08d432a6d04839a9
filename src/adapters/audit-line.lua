-- Puts notes in line for a tenant's chain, once, and tells what stands at its front. Whoever sees the line may
-- take its front to the chain with audit-append.lua, for all that stand there. Safe to resend.
--
-- KEYS  1 to 4 as of audit-append.lua   5 turn of these notes
-- ARGV  1 token   2 count of the notes   3 notes JSON   4 most notes to be told of
-- Result {'taken', entries JSON…} | {'gone'}: they were taken, and are not there any more
--        | {'waiting', seq and hash of the last entry; '0' and '' for none, "token count notes JSON"…}
local count = tonumber(ARGV[2])
local anchor = redis.call('HMGET', KEYS[2], 'seq', 'hash')
local dropped = tonumber(anchor[1] or '0')
local first = tonumber(redis.call('GET', KEYS[5]) or '0')
if first > 0 then
  if first <= dropped then return { 'gone' } end
  local from = first - dropped - 1
  local entries = redis.call('LRANGE', KEYS[1], from, from + count - 1)
  if #entries < count then return { 'gone' } end
  return { 'taken', unpack(entries) }
end

local mine = ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3]
if not redis.call('LPOS', KEYS[4], mine) then redis.call('RPUSH', KEYS[4], mine) end

local seq, hash = dropped, anchor[2] or ''
local last = redis.call('LINDEX', KEYS[1], -1)
if last then
  local entry = cjson.decode(last)
  seq, hash = entry.seq, entry.hash
end
local answer, told = { 'waiting', string.format('%.0f', seq), hash }, 0
for _, waiting in ipairs(redis.call('LRANGE', KEYS[4], 0, 99)) do
  told = told + tonumber(string.match(waiting, '^%S+ (%d+) '))
  if told > tonumber(ARGV[4]) and #answer > 3 then break end
  answer[#answer + 1] = waiting
end
return answer
