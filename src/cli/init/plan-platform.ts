import type { FoundProject } from './find-project.ts'
import { ownAction, pinnedStep } from './own-action.ts'
import { checkout } from './plan-maintainer.ts'
import type { InitChoices, PlannedFile } from './planned-file.ts'

/** The server's file of a platform team, and a job whose clients go through it. */
export function planPlatform(project: FoundProject, choices: InitChoices): readonly PlannedFile[] {
  const file = { path: 'slipway.server.yml', text: serverFile(choices) }
  const { server } = choices
  if (server === null || !(project.hasNode || project.hasPython)) return [file]
  const text = ciWorkflow(project, server, choices.account)
  return [file, { path: '.github/workflows/slipway-ci.yml', text }]
}

function serverFile({ server, profile }: InitChoices): string {
  return `# An index in front of npm and PyPI: what they release reaches your builds in stages. docs/operating.md has all settings.
${server === null ? '# publicUrl: https://packages.example.org' : `publicUrl: ${server}`}
upstreams:
  npm: { url: https://registry.npmjs.org }
  pypi: { url: https://pypi.org/simple }
# Names that are never asked for upstream: your own.
# hosted: ["@acme/*", "pypi:acme-*"]
adopt:
  - match: "*"
    policy: { profile: ${profile} }
`
}

function ciWorkflow(
  { hasNode, hasPython, test, client }: FoundProject,
  server: string,
  account: string,
): string {
  const install = hasNode
    ? client === 'npm'
      ? 'npm ci'
      : `${client} install`
    : 'python -m pip install -r requirements.txt'
  return [
    'name: slipway ci',
    'on:',
    '  workflow_dispatch:',
    '  pull_request:',
    'permissions: {}',
    'jobs:',
    '  test:',
    '    runs-on: ubuntu-latest',
    '    permissions:',
    '      contents: read',
    '      id-token: write # the key of this repository',
    '    steps:',
    checkout(),
    ...(hasNode ? [`      - ${pinnedStep('actions/setup-node')}`] : []),
    ...(hasPython ? [`      - ${pinnedStep('actions/setup-python')}`] : []),
    `      - ${ownAction(account)}`,
    '        with:',
    '          command: setup # points the clients of this job at the index',
    `          server: ${server}`,
    `      - run: ${install}`,
    `      - run: ${test ?? 'echo "say here how this repository is tested"'}`,
    '',
  ].join('\n')
}
