-- Looks whether members of a batch are the same as migrations that have not ended; the first that is
-- ends the draft of the batch, so that nothing after it in the MULTI does anything.
--
-- KEYS  1 batch   2… same, of each member that allows no duplicate
-- ARGV  1 token
-- Result {'passed'} | {'refused'} | {'duplicate', place from 0 among these, id}
if redis.call('HGET', KEYS[1], 'draft') ~= ARGV[1] then return { 'refused' } end
for index = 2, #KEYS do
  local same = redis.call('SMEMBERS', KEYS[index])
  if #same > 0 then
    redis.call('DEL', KEYS[1])
    table.sort(same)
    return { 'duplicate', tostring(index - 2), same[1] }
  end
end
return { 'passed' }
