/** The only source of time outside the pure part: integer milliseconds since the epoch. */
export interface Clock {
  now(): number
}
