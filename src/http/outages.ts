// Tells an error that says "the storage is away" from a defect of ours, and both from a caller who hung up.
import { isStoreAway } from '../use-cases/outages.js';

/** The caller hung up while sending: it has the code of a lost connection, but of the caller's, not of the storage's. */
export const isAbortedUpload = (error: unknown): boolean =>
  error instanceof Error &&
  error.message === 'aborted' &&
  'code' in error &&
  error.code === 'ECONNRESET';

export const isOutage = (error: unknown): boolean => !isAbortedUpload(error) && isStoreAway(error);
