import { randomBytes } from 'node:crypto'
import { createGithubGitRemote } from '../../../src/github/calls/git-remote.ts'
import { tokenOctokit } from '../../../src/github/calls/token-octokit.ts'
import { createGitEffectLog } from '../../../src/stores/git/git-effect-log.ts'
import { createGitEventStore } from '../../../src/stores/git/git-event-store.ts'
import { openMemory } from '../../../src/stores/memory/open-memory.ts'
import type { BareRepository } from '../../github-stand-in/bare-repository.ts'
import { gitDataOf } from '../../github-stand-in/git-data.ts'
import type { Rig } from '../../github-stand-in/rig.ts'
import { type Adapter, stoppedClock } from '../adapters.ts'

let made = 0

/** The refs of a repository behind a stand-in, by GraphQL or, with `older`, by fast-forward over REST. */
export function gitAdapter(rig: () => Rig, older: boolean): Adapter & { last(): Promise<BareRepository> } {
  let name = ''
  return {
    name: older ? 'git refs, fast-forward' : 'git refs',
    last: () => gitDataOf(rig().github).bare(name),
    async create() {
      const fullName = `acme/store-${++made}`
      name = fullName
      const clock = stoppedClock()
      const { github } = rig()
      gitDataOf(github).withoutUpdateRefs = older
      await github.createRepository({ fullName })
      return {
        clock,
        folder: null,
        dispose: async () => {},
        async open() {
          const octokit = tokenOctokit({ token: github.token('github-root'), apiUrl: github.url })
          const remote = createGithubGitRemote(octokit, fullName)
          const nonce = () => randomBytes(8).toString('hex')
          return {
            ...openMemory(clock),
            events: createGitEventStore({
              remote,
              nonce,
              stateOf: (_, events) => ({ events: events.length }),
            }),
            effects: createGitEffectLog({ remote, nonce, now: clock.now }),
          }
        },
      }
    },
  }
}
