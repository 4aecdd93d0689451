/**
 * Why a version is hidden, as clients print it and lockfiles keep it. One sentence that stays true forever:
 * no percent, no date.
 */
export function stagedReason(statusUrl: string): string {
  return `Staged rollout by Slipway, not a defect; status and how to choose: ${statusUrl}`
}
