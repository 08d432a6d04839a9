-- Puts entries at the end of a tenant's chain, if that still ends where they were chained to, or nothing.
-- What stands in line goes first: entries of one that has not stood there do not get past it.
-- Safe to resend: entries that are there already answer "appended" again.
--
-- KEYS  1 entries of the tenant, a list: entry n at index n - 1 - seq of the anchor   2 anchor, a hash
--       3 places of all entries, a list   4 the line, a list of "token count notes JSON"
--       5… turn of each that is taken from the line, a string: seq of its first entry
-- ARGV  1 seq of the entry before, 0 for none   2 its hash, any for none   3 tenant   4 life of a turn ms
--       then for each that is taken its token and the count of its notes, then the entries JSON
-- Result {'appended'} | {'moved', seq and hash of the last entry; '0' and '' for none}
local before, taken = tonumber(ARGV[1]), #KEYS - 4
local firstEntry = 5 + 2 * taken
local anchor = redis.call('HMGET', KEYS[2], 'seq', 'hash')
local dropped = tonumber(anchor[1] or '0')
if before >= dropped and redis.call('LINDEX', KEYS[1], before - dropped) == ARGV[firstEntry] then
  return { 'appended' }
end

local seq, hash = dropped, anchor[2] or ''
local last = redis.call('LINDEX', KEYS[1], -1)
if last then
  local entry = cjson.decode(last)
  seq, hash = entry.seq, entry.hash
end
local isMoved = seq ~= before or (seq > 0 and hash ~= ARGV[2])
if taken == 0 and redis.call('EXISTS', KEYS[4]) == 1 then isMoved = true end
for turn = 1, taken do
  local token = ARGV[3 + 2 * turn] .. ' '
  local inLine = redis.call('LINDEX', KEYS[4], turn - 1) or ''
  if string.sub(inLine, 1, #token) ~= token then isMoved = true end
end
if isMoved then return { 'moved', string.format('%.0f', seq), hash } end

for at = firstEntry, #ARGV do
  redis.call('RPUSH', KEYS[1], ARGV[at])
  redis.call('RPUSH', KEYS[3], string.format('%.0f %s', before + at - firstEntry + 1, ARGV[3]))
end
local first = before + 1
for turn = 1, taken do
  redis.call('LPOP', KEYS[4])
  redis.call('SET', KEYS[4 + turn], string.format('%.0f', first), 'PX', ARGV[4])
  first = first + tonumber(ARGV[4 + 2 * turn])
end
return { 'appended' }
