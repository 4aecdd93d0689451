import { expect, it } from 'vitest'
import { createGroupCommit } from '../../../src/stores/sql/group-commit.ts'

it('commits what comes meanwhile together, within the limit, and answers each item its own', async () => {
  const commits: (readonly number[])[] = []
  const double = createGroupCommit<number, number>(3, async (items) => {
    commits.push(items)
    await new Promise((resolve) => setImmediate(resolve))
    return items.map((item) => item * 2)
  })
  expect(await Promise.all([1, 2, 3, 4, 5, 6].map(double))).toEqual([2, 4, 6, 8, 10, 12])
  expect(commits).toEqual([
    [1, 2, 3],
    [4, 5, 6],
  ])
})

it('waits for what lies in sockets while a commit holds the thread', async () => {
  const commits: (readonly number[])[] = []
  const store = createGroupCommit<number, number>(10, async (items) => {
    commits.push(items)
    return items
  })
  const first = store(1)
  // As requests that became readable in the same turn of the event loop.
  await new Promise((resolve) => process.nextTick(resolve))
  await Promise.all([first, store(2), store(3)])
  expect(commits).toEqual([[1, 2, 3]])
})

it('rejects exactly the items of a failed commit and goes on', async () => {
  const commit = createGroupCommit<string, string>(10, async (items) => {
    await new Promise((resolve) => setImmediate(resolve))
    if (items.includes('bad')) throw new Error('disk full')
    return items
  })
  const first = commit('first')
  await new Promise((resolve) => setImmediate(resolve))
  const answers = await Promise.allSettled([first, ...['bad', 'unlucky'].map(commit)])
  expect(answers.map((answer) => answer.status)).toEqual(['fulfilled', 'rejected', 'rejected'])
  expect(await commit('later')).toBe('later')
})
