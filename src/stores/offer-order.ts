import type { OfferRecord } from '../ports/offer-store.ts'

/** Ascending by repository id as text, then by source. */
export function compareOffers(left: OfferRecord, right: OfferRecord): number {
  const [a, b] = [left, right].map(({ repository, source }) => `${repository.id} ${source}`)
  return (a ?? '') < (b ?? '') ? -1 : 1
}
