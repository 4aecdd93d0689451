import type { EvidenceGatherer } from '../roles/evidence-gatherer.ts'
import type { OfferKeeper } from '../roles/offer-keeper.ts'
import type { ReleaseStarter } from '../roles/release-starter.ts'
import type { RolloutCommander } from '../roles/rollout-commander.ts'
import type { RolloutReader } from '../roles/rollout-reader.ts'
import type { RunCounter } from '../roles/run-counter.ts'
import type { TimeKeeper } from '../roles/time-keeper.ts'

/**
 * The imperative shell around the heart: loads, decides, appends with bounded retries, keeps every rollout in
 * memory, reconciles effects. Only who puts the program together holds all of it; everybody else names the roles
 * that it asks.
 */
export type Engine = RolloutReader &
  ReleaseStarter &
  RolloutCommander &
  EvidenceGatherer &
  RunCounter &
  OfferKeeper &
  TimeKeeper
