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

type Lines = readonly string[]

/** Runs code that nobody has released yet: no secret, no write permission, credentials of nobody. */
function canaryWorkflow(project: FoundProject, packages: readonly PackageId[], choices: InitChoices): string {
  const { server, account, repository } = choices
  const names =
    packages.length === 1
      ? [`          for: ${packages[0]}`]
      : ['          for: |', ...packages.map((id) => `            ${id}`)]
  const source =
    server === null
      ? [
          `          repository: ${repository} # where it is released; its refs say what there is to test`,
          ...names,
        ]
      : [`          slipway: ${expression('needs.ask.outputs.tries')}`]
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
    ...(server === null ? [] : askJob(account, server, names)),
    ...testJob(project, account, source, server !== null),
    ...(server === null ? [] : reportJob(account)),
    '',
  ].join('\n')
}

/** Finds out what there is to test: the only thing that needs to know who asks. */
function askJob(account: string, server: string, names: Lines): Lines {
  return [
    '  ask:',
    '    runs-on: ubuntu-latest',
    '    permissions:',
    '      id-token: write # says which repository asks',
    '    outputs:',
    `      tries: ${expression('steps.ask.outputs.tries')}`,
    '    steps:',
    `      - ${ownAction(account)}`,
    '        id: ask',
    '        with:',
    '          command: canary',
    `          server: ${server}`,
    ...names,
  ]
}

function testJob(
  { hasNode, hasPython, test }: FoundProject,
  account: string,
  source: Lines,
  isAsked: boolean,
): Lines {
  const reader = isAsked ? 'the next job sends it' : "the maintainer's tick reads it"
  return [
    '  test: # runs what nobody has released yet, so it holds no secret and cannot sign its own verdict',
    ...(isAsked ? ['    needs: ask', "    if: needs.ask.outputs.tries != '[]'"] : []),
    '    runs-on: ubuntu-latest',
    '    permissions:',
    '      contents: read',
    '    steps:',
    checkout(),
    ...(hasNode ? [`      - ${pinnedStep('actions/setup-node')}`] : []),
    ...(hasPython ? [`      - ${pinnedStep('actions/setup-python')}`] : []),
    `      - ${ownAction(account)}`,
    '        id: canary',
    '        with:',
    '          command: canary',
    ...source,
    `          run: ${test ?? 'echo "say here how this repository is tested" && exit 1'}`,
    `      - ${pinnedStep('actions/upload-artifact')}; ${reader}`,
    "        if: steps.canary.outputs.report != ''",
    '        with:',
    '          name: slipway-report',
    `          path: ${expression('steps.canary.outputs.report')}`,
  ]
}

/** Signs what the job before kept, and runs nothing of it. */
function reportJob(account: string): Lines {
  return [
    '  report:',
    '    needs: [ask, test]',
    "    if: always() && needs.test.result != 'skipped'",
    '    runs-on: ubuntu-latest',
    '    permissions:',
    '      id-token: write # signs the report',
    '    steps:',
    `      - ${pinnedStep('actions/download-artifact')}`,
    '        with:',
    '          pattern: slipway-report*',
    '          path: reports',
    `      - ${ownAction(account)}`,
    '        with:',
    '          command: canary',
    `          slipway: ${expression('needs.ask.outputs.tries')}`,
    '          reports: reports',
  ]
}
