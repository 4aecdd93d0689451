import { basename } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createGithubGitRemote } from '../../../src/github/calls/git-remote.ts'
import { tokenOctokit } from '../../../src/github/calls/token-octokit.ts'
import type { EventStore } from '../../../src/ports/event-store.ts'
import { createGitEventStore } from '../../../src/stores/git/git-event-store.ts'
import { type Rig, startRig } from '../../github-stand-in/rig.ts'
import { effectLogContract } from '../effect-log-contract.ts'
import { eventStoreContract } from '../event-store-contract.ts'
import { event } from '../recorded-event.ts'
import { gitAdapter } from './git-adapter.ts'

let rig: Rig
beforeAll(async () => {
  rig = await startRig()
})
afterAll(() => rig.close())

for (const older of [false, true]) {
  const adapter = gitAdapter(() => rig, older)
  eventStoreContract(adapter)
  if (!older) effectLogContract(adapter)

  describe(`what a person finds in the repository: ${adapter.name}`, () => {
    it('one commit per event that says what happened, events and state as JSON, all of it sound', async () => {
      const storage = await adapter.create()
      const { events } = await storage.open()
      const append = (store: EventStore, stream: string, version: number, ...reasons: string[]) =>
        store.append({
          streams: [
            { stream, expectedVersion: version, events: reasons.map((reason) => event(reason, 90_000)) },
          ],
          claims: [],
        })
      await append(events, 'ro-a', 0, 'one\n\nSlipway-Nonce: forged', 'two')
      await append((await storage.open()).events, 'ro-a', 2, 'three')
      const bare = await adapter.last()
      const log = await bare.git('log', '--format=%s|%b', 'refs/slipway/ro-a')
      expect(log.replace(/[0-9a-f]{16}/g, 'N').trim()).toMatchInlineSnapshot(`
        "ro-a 2: paused|by the system

        three

        Slipway-Nonce: N

        ro-a 1: paused|by the system

        two

        Slipway-Nonce: N

        ro-a 0: paused|by the system

        one Slipway-Nonce: forged

        Slipway-Nonce: N"
      `)
      expect(await bare.git('show', 'refs/slipway/ro-a:state.json')).toBe('{\n "events": 3\n}\n')
      const lines = (await bare.git('show', 'refs/slipway/ro-a:events.jsonl')).trim().split('\n')
      expect(lines.map((line) => JSON.parse(line).position)).toEqual([1, 2, 3])
      expect(await bare.git('rev-list', '--count', '--first-parent', 'refs/slipway/log')).toBe('3\n')
      expect(await bare.git('fsck', '--strict', '--no-progress')).toBe('')
      // Nothing hangs on the stream's own ref: the log holds its commits, too.
      const sha = (await bare.ref('refs/slipway/ro-a')) ?? ''
      await bare.git('update-ref', '-d', 'refs/slipway/ro-a')
      await bare.git('gc', '--quiet', '--prune=now')
      expect(await bare.git('cat-file', '-t', sha)).toBe('commit\n')
    })
  })
}

describe('a job without the permission', () => {
  it('is told the line to add, and no ref has moved', async () => {
    const adapter = gitAdapter(() => rig, false)
    await adapter.create()
    const bare = await adapter.last()
    const fullName = basename(bare.directory, '.git').replace('+', '/')
    const token = await rig.installationToken('acme', { permissions: { contents: 'read' } })
    const remote = createGithubGitRemote(tokenOctokit({ token, apiUrl: rig.github.url }), fullName)
    const events = createGitEventStore({ remote, nonce: () => 'n', stateOf: () => null })
    const batch = { streams: [{ stream: 'ro-a', expectedVersion: 0, events: [event('x')] }], claims: [] }
    await expect(events.append(batch)).rejects.toThrow(
      `this job may not read or write refs of ${fullName}; add to the job: permissions: { contents: write }`,
    )
    expect(await bare.ref('refs/slipway/log')).toBeNull()
  })
})

describe('what is not whole', () => {
  it('refuses a log that it did not write, and appends nothing to it', async () => {
    const adapter = gitAdapter(() => rig, false)
    const storage = await adapter.create()
    const { events } = await storage.open()
    const bare = await adapter.last()
    const blob = await bare.write('blob', Buffer.from('{"v":2}'))
    const tree = await bare.writeTree([{ path: 'log.json', mode: '100644', sha: blob }])
    const sha = await bare.writeCommit({ tree, parents: [], message: 'x', seconds: 1 })
    await bare.git('update-ref', 'refs/slipway/log', sha)
    await expect(
      events.append({ streams: [{ stream: 'ro-a', expectedVersion: 0, events: [event('x')] }], claims: [] }),
    ).rejects.toThrow('refs/slipway/log: v of log.json is wrong')
    expect(await bare.ref('refs/slipway/log')).toBe(sha)
  })

  it.each(['../heads/main', 'log', 'effects', 'ro-A'])('takes no stream named %s', async (stream) => {
    const { events } = await (await gitAdapter(() => rig, false).create()).open()
    const batch = { streams: [{ stream, expectedVersion: 0, events: [event('x')] }], claims: [] }
    await expect(events.append(batch)).rejects.toThrow('the end of a ref')
  })
})
