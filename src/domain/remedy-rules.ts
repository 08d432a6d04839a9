// Rules from upstream's codes to remedies: an exact code beats every pattern; of equals the first decides.

/** What a person can do about a failure, and whether a new attempt of the same request may then succeed. */
export interface Remedy {
  readonly retryable: boolean;
  readonly remedy: string;
}

export interface RemedyRule extends Remedy {
  readonly codes: readonly (string | RegExp)[];
}

export type FindRemedy = (upstreamCode: string) => Remedy | null;

/** The codes come from outside: a Map, because an object has more keys than were put into it. */
export function remedyFinder(rules: readonly RemedyRule[]): FindRemedy {
  const exact = new Map<string, Remedy>();
  const patterns: (readonly [RegExp, Remedy])[] = [];
  for (const { codes, retryable, remedy } of rules) {
    for (const code of codes) {
      if (typeof code !== 'string') patterns.push([code, { retryable, remedy }]);
      else if (!exact.has(code)) exact.set(code, { retryable, remedy });
    }
  }
  return (upstreamCode) =>
    exact.get(upstreamCode) ?? patterns.find(([code]) => code.test(upstreamCode))?.[1] ?? null;
}
