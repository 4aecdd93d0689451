import type { z } from 'zod'

/** One method of one address, for the description of the API. */
export interface Operation {
  readonly summary: string
  readonly body?: z.ZodType
  /** Statuses of success. */
  readonly answers: readonly number[]
  /** Needs a token (bearer). */
  readonly secured?: true
}
