import type { Command } from 'commander'
import { installVersions } from '../../environments/installing/install-versions.ts'
import { realInstaller } from '../../environments/installing/real-installer.ts'
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

interface InstallOptions extends EnvInstallOptions {
  readonly editable?: boolean
  readonly together?: boolean
}

/** `env install`: versions beside each other, each with its dependencies. */
export function addEnvInstall(group: Command, context: CliContext, finish: (code: number) => void): void {
  withInstaller(
    group
      .command('install')
      .description('install versions beside what is there, with the pip or npm of this machine')
      .argument('<package...>', 'such as demo-lib@1.2.0, demo-lib[extra] or npm:@scope/lib@2.0.0')
      .option('--editable', 'leave folders of sources where they are: name@/path/to/sources')
      .option('--together', 'choose versions that one process can have all of, or say who excludes whom'),
  ).action(async (texts: string[], options: InstallOptions) => {
    const requests = texts.map(requestFrom)
    const parts = rootParts(options, context)
    const reports = unwrap(
      await installVersions(parts, requests, realInstaller(installTools(options, context)), {
        isEditable: options.editable === true,
        isTogether: options.together === true,
      }),
    )
    if (options.json) printJson(context, { root: parts.root, installed: reports })
    const paint = paintFor(context.colour)
    for (const report of options.json ? [] : reports) {
      const verb = report.isNew ? paint('green', 'installed') : 'already there:'
      const { extras, links, standing } = report
      const chosen = extras.length === 0 ? '' : `[${extras.join(',')}]`
      const waits = standing === 'untested' ? '; no other link names it before a test or promotion' : ''
      context.out(
        `${verb} ${report.package}${chosen}@${report.version}, found as ${links.join(', ')}${waits}\n`,
      )
    }
    finish(EXIT.done)
  })
}
