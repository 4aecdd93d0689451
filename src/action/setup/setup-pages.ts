import { createHash } from 'node:crypto'
import { exportVariable, getInput, info, saveState, setOutput } from '@actions/core'
import { failFor, httpUrl } from '../action-input.ts'
import { projectFolder } from '../project-folder.ts'
import { SETUP_STATE, type SetupState } from './setup-state.ts'

/** As many pages as `tick` writes for each package. */
const keys = 100

/**
 * `setup` without a server: chooses one of the static indexes that the maintainer's `tick` wrote, always the same for
 * a repository. uv is led there and takes all other packages from its own index; pip has no setting for one package,
 * so it gets the address as the output `index` and as SLIPWAY_INDEX.
 */
export async function setupPages(): Promise<void> {
  const read = httpUrl('pages', getInput('pages'))
  if (!read.ok) throw failFor(read.problem)
  const { project } = await projectFolder()
  const index = `${read.value.replace(/\/+$/, '')}/key/${keyOf(process.env.GITHUB_REPOSITORY_ID ?? '')}/simple/`
  // The first index that has a package is the only one that uv asks for it.
  const own = process.env.UV_INDEX ?? ''
  const variables = { SLIPWAY_INDEX: index, UV_INDEX: own === '' ? index : `${index} ${own}` }
  const before = Object.fromEntries(Object.keys(variables).map((name) => [name, process.env[name] ?? '']))
  const state: SetupState = { server: read.value, key: null, project, before }
  saveState(SETUP_STATE, JSON.stringify(state))
  for (const [name, value] of Object.entries(variables)) exportVariable(name, value)
  setOutput('index', index)
  info(`uv of the following steps takes what ${index} has from there, and everything else as before.`)
  info('pip: pip install --no-deps --index-url "$SLIPWAY_INDEX" <package>, before the other requirements.')
}

function keyOf(repositoryId: string): number {
  return createHash('sha256').update(`slipway pages\0${repositoryId}`).digest().readUInt32BE(0) % keys
}
