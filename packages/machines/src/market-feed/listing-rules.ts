import { parseRules, rulesDisagreement, settlementStation } from '@kwm/model-venue'
import type { MarketListing } from './state.ts'

/** The mapper's word for a market whose strike is not announced yet. */
export const STRIKE_UNKNOWN = 'strike-unknown'
/** The mapper's word for a market without a price grid. */
export const NO_PRICE_RANGES = 'no price ranges'
/** Before the hash of the wording nobody here has read. */
export const UNKNOWN_TEMPLATE = 'unknown rules template'

/**
 * A listing with its rules read, its fees as of now, and whether it may be traded. Judged again at
 * every change: a strike that arrives by the socket must agree with the rules as well.
 */
export function judgeListing(found: MarketListing, nowUs: number): MarketListing {
  const listing = { ...found, ...feesAt(found, nowUs) }
  const parsed = parseRules(listing.rulesPrimary)
  const sourceUrls = listing.sourceUrls ?? []
  const reason = reasonAgainst(listing, parsed, sourceUrls)
  return {
    ...listing,
    isTradable: reason === null,
    untradableReason: reason,
    rules: parsed.ok ? publishedRules(parsed.rules, sourceUrls) : null,
  }
}

type Parsed = ReturnType<typeof parseRules>

function reasonAgainst(
  listing: MarketListing,
  parsed: Parsed,
  sourceUrls: readonly string[],
): string | null {
  if (listing.untradableReason === NO_PRICE_RANGES) return NO_PRICE_RANGES
  if (!parsed.ok) return `${UNKNOWN_TEMPLATE} ${parsed.templateHash}`
  const { strikeType, floorStrike, capStrike } = listing
  if (strikeType === '' || (floorStrike ?? capStrike) === null) return STRIKE_UNKNOWN
  return rulesDisagreement(parsed.rules, {
    ...listing,
    subtitle: listing.subtitle ?? '',
    sourceUrls,
  })
}

type PublishedRules = NonNullable<MarketListing['rules']>

function publishedRules(
  rules: Extract<Parsed, { ok: true }>['rules'],
  sourceUrls: readonly string[],
): PublishedRules {
  const { templateId, templateHash, statistic, comparator, unit, source, revision } = rules
  const station = settlementStation(rules.station, sourceUrls)
  return { templateId, templateHash, statistic, station, comparator, unit, source, revision }
}

/** The fees of a listing once the announced changes that are due are in force. */
export function feesAt(
  { feeType, feeMultiplierMilli, feeChanges }: MarketListing,
  nowUs: number,
): Pick<MarketListing, 'feeType' | 'feeMultiplierMilli'> {
  const due = feeChanges?.findLast(({ effectiveTimeUs }) => effectiveTimeUs <= nowUs)
  return due
    ? { feeType: due.feeType, feeMultiplierMilli: due.feeMultiplierMilli }
    : { feeType, feeMultiplierMilli }
}
