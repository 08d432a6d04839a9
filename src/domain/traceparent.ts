// Where something stands in a trace, as the W3C writes it (traceparent). A text that breaks a rule of it stands nowhere.

export interface TracePlace {
  /** 32 digits of lower case hex, not all zero. */
  readonly traceId: string;
  /** 16 digits of lower case hex, not all zero. */
  readonly spanId: string;
  /** Whoever began the trace wants it kept. */
  readonly isSampled: boolean;
}

/** version - trace id - span id - flags; what a later version puts after them is none of ours. */
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.{0,256})?$/;
const ZERO = /^0+$/;
const SAMPLED = 1;

export function parseTraceparent(text: string | null | undefined): TracePlace | null {
  const parts = FORM.exec(text ?? '');
  if (parts === null) return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = parts;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (ZERO.test(traceId) || ZERO.test(spanId)) return null;
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

export const writeTraceparent = ({ traceId, spanId, isSampled }: TracePlace): string =>
  `00-${traceId}-${spanId}-0${isSampled ? SAMPLED : 0}`;
