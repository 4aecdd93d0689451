import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fullVersion } from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import type { InstalledContents } from '../root/installed-marker.ts'
import { type InstallOrder, type InstallTools, lastLines, wasUnreachable } from './installer.ts'

const manifestSchema = z.looseObject({ version: z.string() })

interface Interpreter {
  /** `node-115`: what compiled modules are made for. */
  readonly tag: string
  readonly version: string
}

/** The Node that npm runs on, found as npm finds it. */
export async function nodeInterpreter(tools: InstallTools): Promise<Outcome<Interpreter>> {
  const args = ['-p', 'process.versions.modules + " " + process.version']
  const ran = await tools.run({ program: 'node', args, cwd: '/', env: tools.env, timeoutMs: 60_000 })
  const [modules, version] = lastLines(ran.stdout, 1).split(' ')
  if (ran.code === 0 && modules && version) return done({ tag: `node-${modules}`, version })
  return refuse(`node: cannot run it: ${lastLines(ran.tail, 2)}`, 'usage')
}

/** Installs one Node package with its dependencies into `node_modules`; `bin` leads to its commands. */
export async function installNode(
  order: InstallOrder,
  tools: InstallTools,
): Promise<Outcome<InstalledContents>> {
  const { folder, ref } = order
  const node = await nodeInterpreter(tools)
  if (!node.ok) return node
  const problem = await npmInstalled(order, tools)
  if (problem !== null) return problem
  const modules = join(folder, 'node_modules')
  const version = await versionIn(join(modules, ref.name))
  if (version === null) return refuse(`npm installed no ${ref.name}`)
  const commands = await commandsIn(modules)
  if (commands.length > 0) await symlink(join('node_modules', '.bin'), join(folder, 'bin'))
  // An import of it has to start from here, whoever asks: Node has no other way to say where to look.
  await writeFile(join(folder, 'slipway-env.mjs'), 'export default (specifier) => import(specifier)\n')
  return done({
    version,
    extras: [],
    interpreter: (await hasCompiled(modules)) ? node.value.tag : 'node',
    contents: { [ref.name]: version },
    imports: { [ref.name]: [ref.name] },
    hasPathFiles: false,
    commands: [...commands],
    madeWith: `Node ${node.value.version}`,
  })
}

async function npmInstalled(
  order: InstallOrder,
  tools: InstallTools,
): Promise<Outcome<InstalledContents> | null> {
  const { folder } = order
  // npm looks for a project in the folders above unless there is one here.
  await writeFile(join(folder, 'package.json'), '{"private":true}\n')
  const spec = specOf(order)
  const ran = await tools.run({
    program: tools.npm,
    args: [
      ...['install', '--no-global', '--no-audit', '--no-fund', '--no-package-lock', '--no-save'],
      ...['--loglevel', 'notice', '--prefix', folder],
      // An editable folder is linked to; of any other one a copy is packed, as of a tarball.
      ...(order.rule.kind === 'path' && !order.isEditable ? ['--install-links'] : []),
      ...(tools.index === null ? [] : ['--registry', tools.index]),
      spec,
    ],
    cwd: folder,
    env: tools.env,
    timeoutMs: tools.timeoutMs,
    ...(tools.onOutput === undefined ? {} : { onOutput: tools.onOutput }),
  })
  if (ran.timedOut) return refuse(`npm did not finish in ${tools.timeoutMs / 1000} s`)
  if (ran.code === 0) return null
  const kind = wasUnreachable(ran.tail) ? 'unreachable' : 'refused'
  // npm tells of peers that exclude each other in more lines than of anything else.
  const lines = /ERESOLVE/.test(ran.tail) ? 20 : 6
  return refuse(`npm could not install ${spec}:\n${lastLines(ran.tail, lines)}`, kind)
}

function specOf({ ref, rule }: InstallOrder): string {
  if (rule.kind === 'path') return rule.path
  if (rule.kind === 'live') return ref.name
  return `${ref.name}@${rule.kind === 'full' ? (fullVersion('npm', rule.text) ?? rule.text) : rule.text}`
}

/** The version in a package's manifest; null when there is none. */
async function versionIn(folder: string): Promise<string | null> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')))
    return fullVersion('npm', manifest.version)
  } catch {
    return null
  }
}

/** Whether anything below is machine code, which is made for one generation of Node. */
async function hasCompiled(folder: string): Promise<boolean> {
  for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
    if (entry.isFile() && entry.name.endsWith('.node')) return true
    if (entry.isDirectory() && (await hasCompiled(join(folder, entry.name)))) return true
  }
  return false
}

async function commandsIn(modules: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(modules, '.bin'))).sort()
  } catch {
    return []
  }
}
