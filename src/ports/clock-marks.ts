/** A clock that goes on from process to process and that nobody sets: the time since a machine was switched on, or a database's. */
export interface LastingTime {
  /** Which clock; times of different ones say nothing about each other. */
  readonly clock: string
  readonly ms: number
}

/** When the rollouts of a storage were last looked at. */
export interface ClockMark {
  /** By the engine's time, integer ms since the epoch. */
  readonly at: number
  /** The same moment by a clock that outlives the process; null where there is none. */
  readonly lasting: LastingTime | null
}

/** What a process leaves to the next one about time. */
export interface ClockMarks {
  read(): Promise<ClockMark | null>
  write(mark: ClockMark): Promise<void>
  /** Now, by the clock that outlives processes; null where there is none. */
  lasting(): Promise<LastingTime | null>
}
