import type { CanaryCondition } from '../../gates/evidence.ts'
import type { ForgeFailure, Repository, RepositoryReader } from '../../ports/forge.ts'

/** Why a canary's workflow cannot be started, in one word and in one sentence. */
export interface Trouble {
  readonly state: Exclude<CanaryCondition, 'ok'>
  readonly message: string
}

/** GitHub tells these apart by its words only. The first that fits speaks. */
const tellTale: readonly (readonly [RegExp, Trouble['state'], string])[] = [
  [/suspended/i, 'suspended', 'the App is suspended there'],
  [/archived/i, 'archived', 'the repository is archived'],
  [/disabled workflow|workflow (is|was|has been) disabled/i, 'workflow-disabled', 'its workflow is disabled'],
  [
    /actions (is|are|was|has been|have been) (disabled|not enabled)/i,
    'actions-off',
    'Actions is turned off there',
  ],
]

/** What GitHub's own words say of a refused start; null when they say nothing that is known. */
export function troubleInWords({ message }: ForgeFailure): Trouble | null {
  const found = tellTale.find(([pattern]) => pattern.test(message))
  return found === undefined ? null : { state: found[1], message: found[2] }
}

/**
 * The one clear state behind a start that was refused for good. Where GitHub's words do not tell, the repository
 * is looked up by its id: GitHub says the same of what is missing and of what it does not show.
 */
export async function findTrouble(
  forge: RepositoryReader,
  failure: ForgeFailure,
  repositoryId: string,
  workflow: string,
): Promise<Trouble> {
  const told = troubleInWords(failure)
  if (told !== null) return told
  // The list is always asked for: what is believed for a minute may be what has just ended.
  const listed = await forge.repositories()
  if (!listed.ok) {
    return troubleInWords(listed.failure) ?? { state: 'app-removed', message: 'the App has no access there' }
  }
  const found = listed.value.find(({ id }) => id === repositoryId)
  if (found === undefined) {
    return {
      state: 'app-removed',
      message: 'the repository is gone, or the App is no longer installed there',
    }
  }
  return troubleOf(found, failure, workflow)
}

function troubleOf(repository: Repository, failure: ForgeFailure, workflow: string): Trouble {
  if (repository.archived === true) return { state: 'archived', message: 'the repository is archived' }
  switch (failure.kind) {
    case 'gone':
      return { state: 'workflow-missing', message: `there is no workflow ${workflow} on its branch` }
    case 'forbidden':
      return {
        state: 'app-removed',
        message: 'the App may not start workflows there; it needs the permission actions: write',
      }
    default:
      return {
        state: 'workflow-missing',
        message: `GitHub does not start its workflow ${workflow} (${failure.message.slice(0, 200)})`,
      }
  }
}
