import { delimiter, join, resolve } from 'node:path'

/** Where the prefix of an interpreter, the user's and the system's own versions may lie. */
export const OWN_FOLDER = 'slipway-env'

export interface RootSettings {
  /** `--root`; null when it was not given. */
  readonly root: string | null
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}

/** The roots a person named, in order: `--root`, then each of `SLIPWAY_ENV_PATH`. */
export function namedRoots({ root, env, cwd }: RootSettings): readonly string[] {
  const path = (env.SLIPWAY_ENV_PATH ?? '').split(delimiter).filter((entry) => entry !== '')
  return [...(root === null ? [] : [root]), ...path].map((entry) => resolve(cwd, entry))
}

/** The user's own root, by the XDG base directory specification. */
export function userRoot({ env, cwd }: RootSettings): string {
  const data = env.XDG_DATA_HOME || join(env.HOME || cwd, '.local', 'share')
  return join(data, OWN_FOLDER)
}

/** Every root in the order of the search; the first that has any match decides. */
export function searchRoots(
  settings: RootSettings,
  interpreterPrefixes: readonly string[],
): readonly string[] {
  const own = interpreterPrefixes.map((prefix) => join(prefix, 'share', OWN_FOLDER))
  const system = join('/usr/local/share', OWN_FOLDER)
  return [...new Set([...namedRoots(settings), ...own, userRoot(settings), system])]
}

/** The root that is changed: the first that a person named, else the user's own. */
export function rootToChange(settings: RootSettings): string {
  return namedRoots(settings)[0] ?? userRoot(settings)
}
