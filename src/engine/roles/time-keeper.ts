import type { RolloutId } from '../../rollout/history/event.ts'

/** Lets time pass, and makes the outside what it should be. */
export interface TimeKeeper {
  /** One pass over everything due: settle uploads, ticks, deadlines. Resolves when appended. */
  tick(): Promise<void>
  /** Reads what other processes wrote since. */
  follow(): Promise<void>
  /** The log is not what was signed: everything live is hidden and nothing begins or rises, until a restart finds it whole. */
  distrust(why: string): void
  /** What stands at this place (`{repositoryId, issue}`, `{repositoryId, comment}`) is no longer what was put there. */
  drifted(place: Readonly<Record<string, string | number>>): Promise<void>
  /** Compares wanted with applied effects for rollouts that changed (or all) and applies the difference. */
  reconcile(id?: RolloutId): Promise<void>
  /** Begins no more effects; resolves when those under way and the last append are through. Stop timers first. */
  close(): Promise<void>
}
