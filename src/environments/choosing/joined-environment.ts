import { join } from 'node:path'
import { z } from 'zod'
import { packageIdOf } from '../../versions/release.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { EnvironmentFiles } from '../root/environment-files.ts'
import { CHOICES, type ChosenVersion, chosenSchema } from './chosen-version.ts'
import { ANY_INTERPRETER, type FoundVersion, findInstalled, type Interpreters } from './find-installed.ts'
import { variablesFor } from './process-variables.ts'
import type { PackageRequest } from './version-rule.ts'

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
  interpreters: Interpreters = ANY_INTERPRETER,
): Promise<Outcome<JoinedEnvironment>> {
  const found: { readonly request: PackageRequest; readonly version: FoundVersion }[] = []
  for (const request of requests) {
    const version = await findInstalled(files, roots, request, [request.rule], interpreters)
    if (!version.ok) return version
    found.push({ request, version: version.value })
  }
  const earlier = choicesIn(env)
  if (earlier === null) return refuse(`${CHOICES}: got a text that no env run wrote; unset it`, 'usage')
  const chosen: { readonly choice: ChosenVersion; readonly version: FoundVersion }[] = []
  for (const [id, asked] of Map.groupBy(found, ({ version }) => packageIdOf(version.ref))) {
    const agreed = await agree(files, roots, id, asked, interpreters)
    if (!agreed.ok) return agreed
    const asker = asked.map(({ request }) => `--with ${request.text}`).join(' and ')
    chosen.push({ choice: choiceOf(agreed.value, asker), version: agreed.value })
  }
  const twoPythons = interpretersClash(chosen)
  if (twoPythons !== null) return refuse(twoPythons)
  const added = chosen.map(({ choice }) => choice)
  // What is asked for here replaces what the surrounding run has of the same package: it is another process.
  const stay = earlier.filter((one) => !added.some((choice) => isSamePackage(one, choice)))
  const replaced = earlier.filter((one) => !stay.includes(one))
  const clash = clashIn([
    ...stay.map((one) => ({ ...one, asker: `${one.asker} of the surrounding env run` })),
    ...added,
  ])
  if (clash !== null) return refuse(clash)
  const versions = chosen.map(({ version }) => version)
  const home = await moduleHome(files, versions, roots)
  return done({
    chosen: [...added, ...stay],
    variables: variablesFor({ versions, replaced, all: [...added, ...stay], home, roots, env }),
  })
}

const isSamePackage = (a: ChosenVersion, b: ChosenVersion): boolean =>
  a.ecosystem === b.ecosystem && a.name === b.name

/** A root with the modules that find versions at import time; null where none of them has those. */
async function moduleHome(
  files: EnvironmentFiles,
  versions: readonly FoundVersion[],
  roots: readonly string[],
): Promise<string | null> {
  const found = versions.flatMap(({ root }) => (root === null ? [] : [root]))
  for (const root of [...found, ...roots])
    if ((await files.read(join(root, 'slipway-env', 'register.cjs'))) !== null) return root
  return null
}

type Asked = { readonly request: PackageRequest; readonly version: FoundVersion }

/** The one version of a package that all its requests accept. */
async function agree(
  files: EnvironmentFiles,
  roots: readonly string[],
  id: string,
  asked: readonly Asked[],
  interpreters: Interpreters,
): Promise<Outcome<FoundVersion>> {
  const [first, ...others] = asked
  if (first === undefined) throw new Error('a group has at least one member')
  if (others.length === 0) return done(first.version)
  const rules = asked.map(({ request }) => request.rule)
  if (!rules.some(({ kind }) => kind === 'path')) {
    const extras = [...new Set(asked.flatMap(({ request }) => request.extras))]
    const request = { ...first.request, packages: [first.version.ref], extras }
    const together = await findInstalled(files, roots, request, rules, interpreters)
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

function choiceOf(found: FoundVersion, asker: string): ChosenVersion {
  const { ref, version, folder, modules, contents } = found
  return { ...ref, version, folder, modules, contents: { ...contents }, asker }
}

/** One process has one Python: who asks for versions of which. */
function interpretersClash(
  chosen: readonly { readonly choice: ChosenVersion; readonly version: FoundVersion }[],
): string | null {
  const made = chosen.filter(
    ({ version }) => version.ref.ecosystem === 'pypi' && version.interpreter !== null,
  )
  const [first] = made
  const other = made.find(({ version }) => version.interpreter !== first?.version.interpreter)
  if (first === undefined || other === undefined) return null
  const say = ({ choice, version }: typeof first) => `${choice.asker} is installed for ${version.interpreter}`
  return `two Pythons in one process: ${say(first)}, ${say(other)}; --python says which one to look for`
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
