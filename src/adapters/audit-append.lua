-- Puts entries at the end of a tenant's chain, if that still ends where they were chained to, or nothing.
-- Safe to resend: entries that are there already answer "appended" again.
--
-- KEYS  1 entries of the tenant, a list: entry n at index n - 1   2 places of all entries, a list
-- ARGV  1 seq of the entry before, 0 for none   2 its hash, any for none   3 tenant   4... entries JSON
-- Result {'appended'} | {'moved', seq and hash of the last entry; 0 and '' for none}
local before = tonumber(ARGV[1])
if redis.call('LINDEX', KEYS[1], before) == ARGV[4] then return { 'appended' } end

local seq, hash = 0, ''
local last = redis.call('LINDEX', KEYS[1], -1)
if last then
  local entry = cjson.decode(last)
  seq, hash = entry.seq, entry.hash
end
if seq ~= before or (last and hash ~= ARGV[2]) then return { 'moved', seq, hash } end

for at = 4, #ARGV do
  redis.call('RPUSH', KEYS[1], ARGV[at])
  redis.call('RPUSH', KEYS[2], string.format('%.0f %s', before + at - 3, ARGV[3]))
end
return { 'appended' }
