-- Clears the decision that what failed of a batch is tried again, unless another one was made since.
--
-- KEYS  1 batch
-- ARGV  1 number of the decision
-- Result 1 when it was cleared, else 0
if redis.call('HGET', KEYS[1], 'retry') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'retry', '')
return 1
