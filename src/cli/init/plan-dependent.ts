import type { PackageId } from '../../versions/release.ts'
import type { FoundProject } from './find-project.ts'
import { expression, ownAction, pinnedStep } from './own-action.ts'
import { checkout } from './plan-maintainer.ts'
import type { InitChoices, PlannedFile } from './planned-file.ts'

/** The offer and the workflow of somebody whose tests try releases of what they depend on. */
export function planDependent(
  project: FoundProject,
  packages: readonly PackageId[],
  choices: InitChoices,
): readonly PlannedFile[] {
  const offers = packages.map(
    (id) => `  - { for: ${JSON.stringify(id)}, mode: pull, workflow: slipway-canary.yml }`,
  )
  const head =
    '# What this repository offers to test before others get it. Its maintainers still have to admit it.\n'
  return [
    { path: '.github/slipway.yml', text: `${head}canaries:\n${offers.join('\n')}\n` },
    { path: '.github/workflows/slipway-canary.yml', text: canaryWorkflow(project, packages, choices) },
  ]
}

/** Runs code that nobody has released yet: no secret, no write permission, credentials of nobody. */
function canaryWorkflow(
  { hasNode, hasPython, test }: FoundProject,
  packages: readonly PackageId[],
  { server, account, repository }: InitChoices,
): string {
  const report = [
    `      - ${pinnedStep('actions/upload-artifact')}; the maintainer's tick reads it`,
    "        if: steps.canary.outputs.report != ''",
    '        with:',
    '          name: slipway-report',
    `          path: ${expression('steps.canary.outputs.report')}`,
  ]
  return [
    'name: slipway canary',
    'on:',
    '  workflow_dispatch:',
    '  schedule:',
    "    - cron: '17 * * * *'",
    'permissions:',
    '  contents: read',
    'concurrency: slipway-canary',
    'jobs:',
    '  canary:',
    '    runs-on: ubuntu-latest',
    '    permissions:',
    '      contents: read',
    ...(server === null ? [] : ['      id-token: write # signs the report']),
    '    steps:',
    checkout(),
    ...(hasNode ? [`      - ${pinnedStep('actions/setup-node')}`] : []),
    ...(hasPython ? [`      - ${pinnedStep('actions/setup-python')}`] : []),
    `      - ${ownAction(account)}`,
    '        id: canary',
    '        with:',
    '          command: canary',
    ...(server === null
      ? [`          repository: ${repository} # where it is released; its refs say what there is to test`]
      : [`          server: ${server}`]),
    ...(packages.length === 1
      ? [`          for: ${packages[0]}`]
      : ['          for: |', ...packages.map((id) => `            ${id}`)]),
    `          run: ${test ?? 'echo "say here how this repository is tested" && exit 1'}`,
    ...(server === null ? report : []),
    '',
  ].join('\n')
}
