/** One test on one machine of a fleet, vouched for by whoever operates the package. */
export interface MachineRun {
  /** The machine's cohort key; stored only as a keyed hash. */
  readonly key: string
  readonly failed: boolean
}
