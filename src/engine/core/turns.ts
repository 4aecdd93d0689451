/** Runs tasks one after the other in the order they came. A failed task fails alone. */
export type Turns = <T>(task: () => Promise<T>) => Promise<T>

/**
 * One queue for everything that decides and appends: within this process nobody then loses a race against
 * a neighbour, and conflicts come from other processes only.
 */
export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return (task) => {
    const mine = last.then(task, task)
    last = mine.catch(() => {})
    return mine
  }
}
