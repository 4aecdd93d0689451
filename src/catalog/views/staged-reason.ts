/**
 * Why a version is hidden, as clients print it and lockfiles keep it. One sentence that stays true forever:
 * no percent, no date.
 */
export function stagedReason(statusUrl: string): string {
  return `Staged rollout by Slipway, not a defect; status and how to choose: ${statusUrl}`
}

/** Stands where a file or version is hidden because its name cannot be read as a version. */
export const unreadReason =
  'Hidden by Slipway: its name cannot be read as a version, so nobody could stage it'
