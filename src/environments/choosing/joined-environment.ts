import { delimiter } from 'node:path'
import { z } from 'zod'
import { packageIdOf } from '../../versions/release.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { EnvironmentFiles } from '../root/environment-files.ts'
import { type FoundVersion, findInstalled } from './find-installed.ts'
import type { PackageRequest } from './version-rule.ts'

const chosenSchema = z.object({
  ecosystem: z.enum(['pypi', 'npm']),
  name: z.string(),
  version: z.string().nullable(),
  folder: z.string(),
  rules: z.array(z.string()),
  contents: z.record(z.string(), z.string()),
  /** Who asked, as people recognise it: `--with demo-lib@1.2`. */
  asker: z.string(),
})

/** One version that a process was given; told to its children and to the import-time modules. */
export type ChosenVersion = z.infer<typeof chosenSchema>

/** The variable that carries the choices of the surrounding `env run`. */
export const CHOICES = 'SLIPWAY_ENV_WITH'

export interface JoinedEnvironment {
  readonly chosen: readonly ChosenVersion[]
  /** What is set on top of the surroundings. */
  readonly variables: Readonly<Record<string, string>>
}

/**
 * One environment out of several requests. Rules for one package are put together, so that the most specific
 * one decides; where no version satisfies all, or two packages bring different versions of a third into one
 * Python, the refusal names both askers.
 */
export async function joinEnvironment(
  files: EnvironmentFiles,
  roots: readonly string[],
  requests: readonly PackageRequest[],
  env: NodeJS.ProcessEnv,
): Promise<Outcome<JoinedEnvironment>> {
  const found: { readonly request: PackageRequest; readonly version: FoundVersion }[] = []
  for (const request of requests) {
    const version = await findInstalled(files, roots, request)
    if (!version.ok) return version
    found.push({ request, version: version.value })
  }
  const earlier = choicesIn(env)
  if (earlier === null) return refuse(`${CHOICES}: got a text that no env run wrote; unset it`, 'usage')
  const chosen: { readonly choice: ChosenVersion; readonly version: FoundVersion }[] = []
  for (const [id, asked] of Map.groupBy(found, ({ version }) => packageIdOf(version.ref))) {
    const agreed = await agree(files, roots, id, asked)
    if (!agreed.ok) return agreed
    const asker = asked.map(({ request }) => `--with ${request.text}`).join(' and ')
    chosen.push({ choice: choiceOf(agreed.value, asker), version: agreed.value })
  }
  const added = chosen.map(({ choice }) => choice)
  const clash = clashIn([
    ...earlier.map((one) => ({ ...one, asker: `${one.asker} of the surrounding env run` })),
    ...added,
  ])
  if (clash !== null) return refuse(clash)
  const isNew = (choice: ChosenVersion) => !earlier.some(({ folder }) => folder === choice.folder)
  const all = [...added, ...earlier.filter(({ folder }) => !added.some((choice) => choice.folder === folder))]
  const versions = chosen.filter(({ choice }) => isNew(choice)).map(({ version }) => version)
  return done({ chosen: all, variables: variablesFor(versions, roots, all, env) })
}

type Asked = { readonly request: PackageRequest; readonly version: FoundVersion }

/** The one version of a package that all its requests accept. */
async function agree(
  files: EnvironmentFiles,
  roots: readonly string[],
  id: string,
  asked: readonly Asked[],
): Promise<Outcome<FoundVersion>> {
  const [first, ...others] = asked
  if (first === undefined) throw new Error('a group has at least one member')
  if (others.length === 0) return done(first.version)
  const rules = asked.map(({ request }) => request.rule)
  if (!rules.some(({ kind }) => kind === 'path')) {
    const together = await findInstalled(
      files,
      roots,
      { ...first.request, packages: [first.version.ref] },
      rules,
    )
    if (together.ok) return together
  }
  const other = others.find(({ version }) => version.folder !== first.version.folder)
  if (other === undefined) return done(first.version)
  return refuse(
    twoVersions(id, [
      { asker: `--with ${first.request.text}`, version: first.version.version ?? first.version.folder },
      { asker: `--with ${other.request.text}`, version: other.version.version ?? other.version.folder },
    ]),
  )
}

interface Asker {
  readonly asker: string
  readonly version: string
}

function twoVersions(id: string, [first, second]: readonly [Asker, Asker]): string {
  return `two versions of ${id} in one process: ${first.asker} asks for ${first.version}, ${second.asker} asks for ${second.version}`
}

function choiceOf({ ref, version, folder, rules, contents }: FoundVersion, asker: string): ChosenVersion {
  const { ecosystem, name } = ref
  return { ecosystem, name, version, folder, rules: [...rules], contents: { ...contents }, asker }
}

/** The first package of which two versions would meet in one process; Node packages have their own ones. */
function clashIn(choices: readonly ChosenVersion[]): string | null {
  const met = new Map<string, Asker & { readonly by: ChosenVersion }>()
  for (const by of choices) {
    const own = by.version ?? by.folder
    for (const [name, version] of Object.entries({ ...by.contents, [by.name]: own })) {
      const id = `${by.ecosystem}:${name}`
      const brings = name === by.name ? by.asker : `${by.asker}, which brings it,`
      const before = met.get(id)
      if (before === undefined) met.set(id, { asker: brings, version, by })
      else if (before.version !== version) return twoVersions(id, [before, { asker: brings, version }])
    }
  }
  return null
}

/** What the surrounding `env run` gave this process, nothing when there is none; null for an unreadable text. */
function choicesIn(env: NodeJS.ProcessEnv): readonly ChosenVersion[] | null {
  const text = env[CHOICES] ?? ''
  if (text === '') return []
  try {
    return z.array(chosenSchema).parse(JSON.parse(text))
  } catch {
    return null
  }
}

function variablesFor(
  versions: readonly FoundVersion[],
  roots: readonly string[],
  all: readonly ChosenVersion[],
  env: NodeJS.ProcessEnv,
): Record<string, string> {
  const entriesOf = (name: string): string[] =>
    (env[name] ?? '').split(delimiter).filter((entry) => entry !== '')
  const join = (name: string, added: readonly string[]): string =>
    [...new Set([...added, ...entriesOf(name)])].join(delimiter)
  const modulesOf = (ecosystem: string): string[] =>
    versions.filter(({ ref }) => ref.ecosystem === ecosystem).map(({ modules }) => modules)
  // It holds only what imports by version, so it is last, and stays where it is.
  const rootFor = (name: string): readonly string[] =>
    roots.slice(0, 1).filter((root) => !entriesOf(name).includes(root))
  return {
    PATH: join(
      'PATH',
      versions.flatMap(({ commands }) => (commands === null ? [] : [commands])),
    ),
    PYTHONPATH: join('PYTHONPATH', [...modulesOf('pypi'), ...rootFor('PYTHONPATH')]),
    NODE_PATH: join('NODE_PATH', [...modulesOf('npm'), ...rootFor('NODE_PATH')]),
    [CHOICES]: JSON.stringify(all),
  }
}
