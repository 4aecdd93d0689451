import { readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { fullVersion } from '../choosing/version-rule.ts'
import { done, type Outcome, refuse } from '../outcome.ts'
import {
  type InstalledContents,
  type InstallOrder,
  type InstallTools,
  lastLines,
  wasUnreachable,
} from './installer.ts'

const manifestSchema = z.looseObject({ version: z.string() })

/** Installs one Node package with its dependencies into `node_modules`; `bin` leads to its commands. */
export async function installNode(
  order: InstallOrder,
  tools: InstallTools,
): Promise<Outcome<InstalledContents>> {
  const { folder, ref } = order
  // npm looks for a project in the folders above unless there is one here.
  await writeFile(join(folder, 'package.json'), '{"private":true}\n')
  const spec = specOf(order)
  const ran = await tools.run({
    program: tools.npm,
    args: [
      ...[
        'install',
        '--no-global',
        '--no-audit',
        '--no-fund',
        '--no-package-lock',
        '--no-save',
        '--prefix',
        folder,
      ],
      ...(tools.index === null ? [] : ['--registry', tools.index]),
      spec,
    ],
    cwd: folder,
    env: tools.env,
    timeoutMs: tools.timeoutMs,
    ...(tools.onOutput === undefined ? {} : { onOutput: tools.onOutput }),
  })
  if (ran.timedOut) return refuse(`npm did not finish in ${tools.timeoutMs / 1000} s`)
  if (ran.code !== 0) {
    const kind = wasUnreachable(ran.tail) ? 'unreachable' : 'refused'
    return refuse(`npm could not install ${spec}:\n${lastLines(ran.tail)}`, kind)
  }
  const version = await versionIn(join(folder, 'node_modules', ref.name))
  if (version === null) return refuse(`npm installed no ${ref.name}`)
  const commands = await commandsIn(join(folder, 'node_modules'))
  if (commands.length > 0) await symlink(join('node_modules', '.bin'), join(folder, 'bin'))
  return done({
    version,
    contents: { [ref.name]: version },
    imports: [ref.name],
    commands,
    madeWith: `Node ${process.version}`,
  })
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

async function commandsIn(modules: string): Promise<readonly string[]> {
  try {
    return (await readdir(join(modules, '.bin'))).sort()
  } catch {
    return []
  }
}
