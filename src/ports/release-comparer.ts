import type { ReleaseId } from '../versions/release.ts'

/** The loudest thing that two releases of a package differ in, by their files alone. */
export type Loudest = 'stop' | 'ask' | 'say' | 'nothing'

/** Reads the files of releases side by side. Runs nothing of them. */
export interface ReleaseComparer {
  /** Null where they cannot be compared: a file is missing, damaged, too large, or no two are alike. */
  loudest(before: ReleaseId, after: ReleaseId): Promise<Loudest | null>
}
