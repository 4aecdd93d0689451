/** What a checkpoint says: a log of this origin had this root at this size. */
export interface CheckpointHead {
  readonly origin: string
  readonly size: number
  /** Base64. */
  readonly root: string
}

/** The text of a C2SP checkpoint (tlog-checkpoint): origin, size, root, a line each. */
export function writeCheckpoint({ origin, size, root }: CheckpointHead): string {
  return `${origin}\n${size}\n${root}\n`
}

/** The head that a note's text begins with; null for anything else. */
export function readCheckpoint(text: string): CheckpointHead | null {
  const [origin = '', size = '', root = ''] = text.split('\n')
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(size) || !/^[A-Za-z0-9+/]{43}=$/.test(root)) return null
  return { origin, size: Number(size), root }
}
