// Every tunable number of the rules: its unit, its value and the reason for it.

/** Upstream refuses a request whose timestamp is older than 15 minutes; the intent's own limit is far inside that. */
export const MAX_INTENT_AGE_TO_SEND_MS = 30_000;

/** A fence lasts this part longer than a signature, a minute for upstream's fifteen: clocks differ, requests travel. */
export const FENCE_MARGIN = 1 / 15;

/** What upstream itself takes: a shorter lifetime, or a shorter fence, is good against a simulator alone. */
export const UPSTREAM_SIGNATURE_LIFETIME_MS = 900_000;
export const UPSTREAM_SUBMISSION_FENCE_MS = 2_100_000;

/** How long before the intent a listing starts: upstream filters by minute and its clock may differ from ours. */
export const LISTING_MARGIN_MS = 120_000;

/** First wait after an answer that settles nothing; doubled up to the maximum. */
export const RETRY_DELAY_MIN_MS = 1_000;
export const RETRY_DELAY_MAX_MS = 60_000;

/** How long a migration may wait, holding its instances, for an upstream that keeps saying "busy". */
export const MAX_BUSY_WAIT_MS = 30 * 60_000;

/** Where upstream gives no clear answer about one instance while it answers others: tries, at last a minute apart. */
export const MAX_UNCLEAR_TRIES = 360;

/** So many calls without an answer, over so long and with none between them, are an outage of upstream. */
export const OUTAGE_FAILURES = 5;
export const OUTAGE_SPAN_MS = 5_000;
/** Failures further apart than this are not one row. */
export const OUTAGE_FORGOTTEN_MS = 120_000;

/** Upstream is asked whether it answers again: soon at first, later ones further apart. */
export const PROBE_DELAY_MIN_MS = 2_000;
export const PROBE_DELAY_MAX_MS = 60_000;

/** A probe that its process did not finish is made by another after this long: beyond any deadline of a call. */
export const PROBE_LEASE_MS = 75_000;

/** Looks for evidence of a submission without an answer: the first soon, later ones further apart. */
export const EVIDENCE_DELAY_MIN_MS = 2_000;
export const EVIDENCE_DELAY_MAX_MS = 15_000;

/** Two complete empty listings must lie this far apart before "not started" may be believed (late visibility). */
export const EMPTY_LISTINGS_APART_MS = 130_000;

/** How often an unknown outcome is looked at again: a late record may still name its import. */
export const UNKNOWN_LOOK_MS = 60_000;

/** A running import is looked at every interval at first, up to this many intervals apart later. */
export const TRACK_STRETCH_MAX = 8;

/** The next look comes after this part of the age: the end is then seen at most 10 % late. */
export const TRACK_AGE_PART = 0.1;

/** A migration passed over for longer is served first on its instances. */
export const MAX_PASSED_OVER_MS = 60 * 60_000;

/** What each such span adds to its priority: an urgent newcomer (100) still passes five hours of waiting. */
export const AGING_PRIORITY = 20;

/** A wake-up this much overdue is taken for lost and made again by the sweep. */
export const LOST_WAKE_AFTER_MS = 10_000;

/** A process sweeps as long as it renews this lease; a lost wake-up is made again within a minute all the same. */
export const SWEEP_LEASE_MS = 25_000;

/** For a time further away than this no job is made: the sweep makes it, when the time is near. */
export const FAR_WAKE_MS = 10 * 60_000;

/** The sweep makes jobs for times this near: it comes several times meanwhile, whichever process makes it. */
export const SWEEP_AHEAD_MS = 2 * 60_000;

/** A record whose looks crashed their worker, or threw, so many times in a row is parked. */
export const MAX_TRIES = 3;

/** Tries count together within this time. */
export const TRIES_KEPT_MS = 60 * 60_000;

/** A look that began this long ago may still be under way in another process. */
export const LONGEST_LOOK_MS = 60_000;

/** What cannot be parked, as a batch or a webhook, is left alone for so long after as many tries. */
export const LEFT_ALONE_MS = 10 * 60_000;

/** A rollback may have lost this much: imports are looked for from that long before it was noticed. */
export const ROLLBACK_WINDOW_MS = 15 * 60_000;

/** Upstream calls of one preflight: two instances, their databases and usage, the target's listing. */
export const PREFLIGHT_CALLS = 7;

/** Of one that skips its checks: the target's listing. */
export const LISTING_CALLS = 1;

/** Upstream calls that the facts of one instance take: itself, its databases, its usage. */
export const FACT_CALLS = 3;

/** A submission rests on facts no older: states and storage change, and a queue for calls may take its time. */
export const MAX_FACTS_AGE_MS = 10_000;

/** How long who asks for one preflight waits for room in the quota: longer, and a person tries again. */
export const PREFLIGHT_PATIENCE_MS = 10_000;

/** The reads of a planned batch's preflight, in all: the answer must leave before a silent connection is cut at 60 s. */
export const PLAN_FACTS_MS = 50_000;

/** Instances of a plan that are read side by side: enough to use up the quota, too few to crowd a process. */
export const PLAN_FACTS_AT_ONCE = 8;

/** Reports of a plan that an answer lists; more would be megabytes that nobody reads. */
export const MAX_PLAN_REPORTS = 1_000;

/** Limits of a request, from the contract. */
export const MAX_DATABASES = 500;
export const MAX_BATCH_ITEMS = 10_000;
export const MAX_BATCH_NAME_LENGTH = 200;
export const MAX_DEPENDENCIES = 100;

/**
 * Of all migrations of a batch together: five for each of 10,000. Each is a write in the transaction that accepts
 * the batch, which keeps Redis from everybody else, and some 200 bytes; a hundred for each would be a million.
 */
export const MAX_BATCH_DEPENDENCIES = 50_000;

export const MAX_LABELS = 16;
export const MAX_LABEL_LENGTH = 63;
export const PRIORITY_MIN = -100;
export const PRIORITY_MAX = 100;

/** A look that comes this early waits for its time; an earlier one is a stray, and another is on its way. */
export const EARLY_LOOK_MS = 5_000;

/** How long what became of a submission is tried to be written while Redis is away, and how often. */
export const INSIST_MS = 60_000;
export const INSIST_DELAY_MIN_MS = 250;
export const INSIST_DELAY_MAX_MS = 2_000;

/** Clocks of two hosts may differ by this much; a needless look after a rollback is harmless. */
export const CLOCK_SKEW_MS = 300_000;

/** Finished imports that durations are learned from: the newest of each engine. */
export const MAX_DURATION_SAMPLES = 200;

/** A shorter wait for the quota is not put on record. */
export const LEAST_NOTED_WAIT_MS = 1_000;

/** An import longer than any window starts in this first part of one: it overruns by the least. */
export const OPENING_PART = 0.1;

/** Where surveys serve, the usual wait is halved: calls stay the same, and ends are seen sooner. */
export const SURVEYED_PART = 0.5;

/**
 * Among looks that a survey serves, every so many asks the import itself: only its record tells that
 * it is being canceled or waits for a person.
 */
export const OWN_LOOK_EVERY = 100;

/** Of a batch no two events of progress are closer. */
export const PROGRESS_APART_MS = 1_000;

/**
 * Of a tenant's events those beyond these are dropped, the oldest first; of nobody else's. A batch of 10,000
 * makes some 60,000: three of them in a night can be followed up the next day. At about 450 bytes each
 * they take 90 MB of Redis at most.
 */
export const MOST_EVENTS_OF_TENANT = 200_000;

/** How long an event stays where all processes read what is new: one that stalls for longer reads the tenant's log. */
export const EVENT_TAIL_MS = 60_000;
