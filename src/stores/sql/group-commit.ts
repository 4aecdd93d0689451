interface Waiting<Item, Answer> {
  readonly item: Item
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

/**
 * Turns a commit of many into a function for one: items that come while a commit runs go together into the
 * next, at most `limit` at once. A failed commit rejects exactly the items that were in it.
 *
 * An embedded database commits without letting anything else happen. What came in meanwhile lies in sockets
 * then, so each commit first waits one turn of the event loop: else it would be for one item every time.
 */
export function createGroupCommit<Item, Answer>(
  limit: number,
  commit: (items: readonly Item[]) => Promise<readonly Answer[]>,
): (item: Item) => Promise<Answer> {
  const queue: Waiting<Item, Answer>[] = []
  let running = false

  async function run(): Promise<void> {
    running = true
    while (queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      const batch = queue.splice(0, limit)
      try {
        const answers = await commit(batch.map((waiting) => waiting.item))
        for (const [index, waiting] of batch.entries()) waiting.resolve(answers[index] as Answer)
      } catch (error) {
        for (const waiting of batch) waiting.reject(error)
      }
    }
    running = false
  }

  return (item) =>
    new Promise((resolve, reject) => {
      queue.push({ item, resolve, reject })
      if (!running) void run()
    })
}
