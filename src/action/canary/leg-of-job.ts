/** One job of a matrix, and how many there are. */
export interface Leg {
  readonly name: string
  /** Null where the runner does not say. */
  readonly of: number | null
}

/** Longer ones are cut; they are names for people, and GitHub's own are no longer. */
const longestName = 200

/**
 * The leg that a job is. `matrix` is what the runner fills in: the JSON of the job's matrix, or a name that the
 * workflow gives. A job without a matrix is the one leg `default`.
 */
export function legOfJob(matrix: string, total: string): Leg {
  const of = /^[1-9]\d{0,2}$/.test(total) ? Number(total) : null
  return { name: nameOf(matrix.trim()).slice(0, longestName), of }
}

function nameOf(text: string): string {
  const matrix = text.startsWith('{') ? parsed(text) : null
  if (matrix !== null)
    return (
      Object.entries(matrix)
        .map(([key, value]) => `${key}=${said(value)}`)
        .join(', ') || 'default'
    )
  return text === '' || text === 'null' ? 'default' : text
}

function parsed(text: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return null
  }
}

const said = (value: unknown): string => (typeof value === 'object' ? JSON.stringify(value) : String(value))
