-- Tells what the server that holds the key says of itself: in a cluster and behind a proxy INFO without a key
-- may be answered by another. What it refuses is left out.
--
-- KEYS  1 any key of ours
-- ARGV  sections of INFO
-- Result text, as of INFO
local told = {}
for _, section in ipairs(ARGV) do
  local part = redis.pcall('INFO', section)
  if type(part) == 'string' then table.insert(told, part) end
end
return table.concat(told, '\r\n')
