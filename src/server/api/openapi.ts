import { z } from 'zod'
import { tokenBody } from '../access/token-routes.ts'
import { actionPaths, comparePaths } from './action-paths.ts'
import { advisoriesBody } from './api-advisories.ts'
import { auditBody } from './api-audit.ts'
import { keysBody, runsBody } from './api-runs.ts'
import {
  blockBody,
  checkInBody,
  labelBody,
  lateFileBody,
  machineBody,
  ownerBody,
  publishersBody,
  resultsBody,
  shadowBody,
  startBody,
  statusBody,
  unblockBody,
  versionBody,
  whyBody,
  yankBody,
} from './api-schemas.ts'
import type { Operation } from './operation.ts'

const paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  '/rollouts': {
    get: { summary: 'Rollouts, newest first; filtered by `phase` and `package`.', answers: [200] },
    post: {
      summary: 'Begin a rollout, or reserve it before its files exist.',
      body: startBody,
      answers: [200, 201],
      secured: true,
    },
  },
  '/rollouts/{id}': { get: { summary: 'One rollout, by rollout id or release id.', answers: [200] } },
  '/rollouts/{id}/events': {
    get: {
      summary: 'Its events, chained by hash. What names private repositories is left out without `operate`.',
      answers: [200],
    },
  },
  '/rollouts/{id}/explanation': { get: { summary: 'Why it is where it is.', answers: [200] } },
  ...comparePaths,
  ...actionPaths(),
  '/rollouts/{id}/results': {
    post: {
      summary: "A canary's report, authenticated by its workflow run's OIDC token.",
      body: resultsBody,
      answers: [200, 201],
      secured: true,
    },
  },
  '/rollouts/{id}/machines': {
    post: {
      summary:
        'A test on one machine of a fleet, counted as an ordinary run, or whether it may take the candidate up. Needs `report` or `operate`, or the token of an issuer under `oidcIssuers`.',
      body: machineBody,
      answers: [202],
      secured: true,
    },
  },
  '/canaries': {
    post: {
      summary:
        "A canary's run offers to test packages and takes what rollouts want of it, by its OIDC token.",
      body: checkInBody,
      answers: [200, 401, 403, 404, 409],
      secured: true,
    },
  },
  '/why': {
    get: { summary: 'What a key (`key`; else the asker’s) sees of `rollout`, and why.', answers: [200] },
    post: { summary: 'The same with the key in the body.', body: whyBody, answers: [200] },
  },
  '/cohort-vectors.json': {
    get: { summary: 'Keys and the buckets that every implementation has to give them.', answers: [200] },
  },
  '/packages/{ecosystem}/{name}': {
    get: { summary: 'Versions, tags and rollouts of a package.', answers: [200] },
  },
  '/packages/{ecosystem}/{name}/owner': {
    get: { summary: 'The repository that owns the package.', answers: [200], secured: true },
    put: { summary: 'Set the owner.', body: ownerBody, answers: [200], secured: true },
  },
  '/packages/{ecosystem}/{name}/upstream': {
    get: {
      summary: 'A package of another index: its versions, and what its upstream changed afterwards.',
      answers: [200],
    },
  },
  '/exceptions': {
    get: { summary: 'Versions of other indexes that are shown to everybody for a time.', answers: [200] },
  },
  '/packages/{ecosystem}/{name}/late-files': {
    put: {
      summary: 'Show a file that came late to a version of another index, or hide it.',
      body: lateFileBody,
      answers: [200],
      secured: true,
    },
  },
  '/packages/{ecosystem}/{name}/shadow': {
    put: {
      summary: 'Allow a name that exists upstream to be published here, or no longer.',
      body: shadowBody,
      answers: [200],
      secured: true,
    },
  },
  '/packages/{ecosystem}/{name}/publishers': {
    get: { summary: 'Workflows that may publish without a stored secret.', answers: [200], secured: true },
    put: { summary: 'Set them.', body: publishersBody, answers: [200], secured: true },
  },
  '/packages/{ecosystem}/{name}/advisories': {
    get: { summary: 'What is known against versions of the package.', answers: [200] },
    put: {
      summary: 'Set it: a release that fixes one takes the urgent ladder of its policy when it starts.',
      body: advisoriesBody,
      answers: [200],
      secured: true,
    },
  },
  '/packages/{ecosystem}/{name}/dependents': {
    get: { summary: 'Versions hosted here that need the package, with their range.', answers: [200] },
  },
  '/packages/{ecosystem}/{name}/calendar': {
    get: { summary: 'When its releases came and come (`from`, `until`).', answers: [200] },
  },
  '/packages/{ecosystem}/{name}/calendar.ics': {
    get: { summary: 'The same as a feed.', answers: [200, 304] },
  },
  '/packages/{ecosystem}/{name}/feed.atom': {
    get: { summary: 'What happened to its releases, newest first, as Atom.', answers: [200, 304] },
  },
  '/packages/{ecosystem}/{name}/status': {
    get: { summary: 'The status marker of the package (PEP 792).', answers: [200] },
    put: { summary: 'Set it; some take no uploads.', body: statusBody, answers: [200], secured: true },
  },
  '/packages/{ecosystem}/{name}/yank': {
    post: {
      summary: 'Yank a version (on npm: deprecate it).',
      body: yankBody,
      answers: [200],
      secured: true,
    },
    delete: { summary: 'Take the yank back.', body: versionBody, answers: [200], secured: true },
  },
  '/packages/{ecosystem}/{name}/label': {
    put: {
      summary: 'Label a version as deprecated or unsupported.',
      body: labelBody,
      answers: [200],
      secured: true,
    },
    delete: { summary: 'Take the label off.', body: versionBody, answers: [200], secured: true },
  },
  '/packages/{ecosystem}/{name}/block': {
    post: {
      summary: 'Refuse a version everywhere, exact pins included.',
      body: blockBody,
      answers: [200],
      secured: true,
    },
  },
  '/packages/{ecosystem}/{name}/unblock': {
    post: {
      summary: 'Lift a block: exact pins have the version again.',
      body: unblockBody,
      answers: [200],
      secured: true,
    },
  },
  '/keys': {
    post: {
      summary: "The cohort key of a workflow run's repository, for the run's OIDC token.",
      body: keysBody,
      answers: [200],
      secured: true,
    },
  },
  '/runs': {
    post: {
      summary: 'How an ordinary run ended: evidence for live rollouts of its packages. Once each attempt.',
      body: runsBody,
      answers: [202],
      secured: true,
    },
  },
  '/audit': {
    post: {
      summary: 'Compare every hosted package with its files; `repair` extracts metadata that is missing.',
      body: auditBody,
      answers: [200],
      secured: true,
    },
  },
  '/tokens/self': {
    get: { summary: 'What the asking token is and may do.', answers: [200], secured: true },
  },
  '/tokens': {
    post: {
      summary: 'Make a token; its secret is shown once.',
      body: tokenBody,
      answers: [201],
      secured: true,
    },
    get: {
      summary: 'Tokens that do nothing which the asking one may not, newest first (`cursor`, `limit`).',
      answers: [200],
      secured: true,
    },
  },
  '/tokens/{id}': {
    delete: {
      summary: 'Revoke a token: it is refused from the next request on. Every token may revoke itself.',
      answers: [200],
      secured: true,
    },
  },
  '/audit-log': {
    get: {
      summary: 'Who did what, newest first (`cursor`, `limit`, `subject`, `action`); asks for `operate`.',
      answers: [200],
      secured: true,
    },
  },
}

const problem = {
  description: 'A problem document (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
}

/** The API as OpenAPI 3.1: what is built, with the schemas that bodies are really checked against. */
export function openApiDocument(publicUrl: string) {
  const described = Object.entries(paths).map(([path, operations]) => [
    path,
    { parameters: parametersOf(path), ...mapOperations(operations) },
  ])
  return {
    openapi: '3.1.0',
    info: { title: 'Slipway', version: '1' },
    servers: [{ url: `${publicUrl}/api/v1` }],
    paths: Object.fromEntries(described),
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'detail'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            field: { type: 'string' },
            value: { type: 'string' },
            expected: { type: 'string' },
          },
        },
      },
    },
  }
}

function mapOperations(operations: Readonly<Record<string, Operation>>) {
  return Object.fromEntries(
    Object.entries(operations).map(([method, operation]) => [method, describe(operation)]),
  )
}

function describe({ summary, body, answers, secured }: Operation) {
  const responses = answers.map((status) => [
    String(status),
    { description: 'Done.', content: { 'application/json': { schema: { type: 'object' } } } },
  ])
  return {
    summary,
    ...(secured ? { security: [{ token: [] }] } : {}),
    ...(body
      ? {
          requestBody: { content: { 'application/json': { schema: z.toJSONSchema(body, { io: 'input' }) } } },
        }
      : {}),
    responses: { ...Object.fromEntries(responses), default: problem },
  }
}

function parametersOf(path: string) {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }))
}
