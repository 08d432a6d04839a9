// Every reason has a remedy: that of upstream's code where one is known, else that of the reason itself.
import { REASONS, type ReasonCode } from './errors.js';
import { ACCESS_REMEDIES } from './remedies-of-access.js';
import { CANCEL_REMEDIES } from './remedies-of-cancels.js';
import { REQUEST_REMEDIES } from './remedies-of-requests.js';
import { UPSTREAM_REMEDIES } from './remedies-of-upstream.js';
import { remedyFinder, type FindRemedy, type Remedy } from './remedy-rules.js';

/** The rules of access come before those of requests: `MissingSecurityToken` is no missing parameter. */
const ofImport = remedyFinder([...ACCESS_REMEDIES, ...REQUEST_REMEDIES, ...UPSTREAM_REMEDIES]);
const ofCancel = remedyFinder(CANCEL_REMEDIES);

export function remedyOf(code: ReasonCode, upstreamCode: string | undefined): Remedy {
  const { retryable, remedy }: Remedy = REASONS[code];
  const found = upstreamCode === undefined ? null : finderOf(code)(upstreamCode);
  if (found === null) return { retryable, remedy };
  // What must not be tried again for its own sake stays so, whatever upstream's code is.
  return { retryable: retryable && found.retryable, remedy: found.remedy };
}

function finderOf(code: ReasonCode): FindRemedy {
  switch (code) {
    // It may have been started: no code of upstream makes a retry the right thing to do.
    case 'outcome_unknown':
      return () => null;
    // The import goes on, and it is the cancel that is tried again.
    case 'cancel_refused':
      return ofCancel;
    default:
      return ofImport;
  }
}
