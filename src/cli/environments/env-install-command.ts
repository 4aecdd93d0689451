import type { Command } from 'commander'
import { installVersions, realInstaller } from '../../environments/installing/install-versions.ts'
import { type CliContext, EXIT } from '../cli-context.ts'
import { paintFor } from '../paint.ts'
import { printJson } from '../server-options.ts'
import {
  type EnvInstallOptions,
  installTools,
  requestFrom,
  rootParts,
  unwrap,
  withInstaller,
} from './env-options.ts'

/** `env install`: versions beside each other, each with its dependencies. */
export function addEnvInstall(group: Command, context: CliContext, finish: (code: number) => void): void {
  withInstaller(
    group
      .command('install')
      .description('install versions beside what is there, with the pip or npm of this machine')
      .argument('<package...>', 'such as demo-lib@1.2.0 or npm:@scope/lib@2.0.0'),
  ).action(async (texts: string[], options: EnvInstallOptions) => {
    const requests = texts.map(requestFrom)
    const parts = rootParts(options, context)
    const reports = unwrap(
      await installVersions(parts, requests, realInstaller(installTools(options, context))),
    )
    if (options.json) printJson(context, { root: parts.root, installed: reports })
    const paint = paintFor(context.colour)
    for (const report of options.json ? [] : reports) {
      const verb = report.isNew ? paint('green', 'installed') : 'already there:'
      context.out(`${verb} ${report.package}@${report.version}, found as ${report.links.join(', ')}\n`)
    }
    finish(EXIT.done)
  })
}
